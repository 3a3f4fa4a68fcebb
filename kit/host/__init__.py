"""The machine that a run was made on, as a record that travels with it."""

from kit.host.record import HostRecord, host_record

__all__ = ["HostRecord", "host_record"]
