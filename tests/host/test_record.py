"""A host record names what can change an energy, and has one id for one machine."""

from __future__ import annotations

from kit.host import host_record


def test_the_same_machine_has_the_same_id() -> None:
    assert host_record({}).host_id == host_record({}).host_id


def test_thread_settings_change_the_id() -> None:
    assert host_record({"OMP_NUM_THREADS": "1"}).host_id != host_record({"OMP_NUM_THREADS": "2"}).host_id


def test_the_record_names_processor_memory_and_packages() -> None:
    values = host_record({}).values
    assert values["cpu"]
    assert values["ram_gb"] > 0
    assert values["packages"]["numpy"]
    assert values["environment"]["OMP_NUM_THREADS"] is None
