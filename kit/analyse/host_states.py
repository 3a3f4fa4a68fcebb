"""How the hosts stood before and after the runs of each process, as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kit.model.record import HostState, Record
from kit.model.results import Column, Table, Value

_OF_GPU = ("uuid", "temperature_c", "clock_sm_mhz", "clock_memory_mhz", "throttle_reasons", "processes")


def host_states_table(record: Record) -> Table:
    """A row a moment and GPU, or a row a moment where there is none; what is not known is absent."""
    columns = (
        Column("model", "whose runs"),
        Column("moment", "before or after them"),
        Column("taken_at", "UTC"),
        Column("host_id", "the host record"),
        Column("load_average", "processes that ran or waited, over the last minute"),
        Column("gpu", "UUID of the GPU"),
        Column("temperature_c", "degrees Celsius"),
        Column("clock_sm_mhz", "clock of the processors"),
        Column("clock_memory_mhz", "clock of the memory"),
        Column("held_back", "what held the clocks back"),
        Column("processes", "processes that computed on it"),
        Column("fault", "why nothing is known of the GPUs"),
    )
    rows = tuple(row for state in record.states for row in _rows(state))
    return Table("host_states", "The machine before and after the runs of each model", columns, rows)


def _rows(state: HostState) -> Iterator[tuple[Value, ...]]:
    name = (state.model, state.moment, state.taken_at, state.host_id, state.values.get("load_average"))
    gpus: Sequence[Mapping[str, Any]] = state.values.get("gpus") or ({},)
    for gpu in gpus:
        yield (*name, *_of_gpu(gpu), state.values.get("fault"))


def _of_gpu(gpu: Mapping[str, Any]) -> tuple[Value, ...]:
    values = [gpu.get(key) for key in _OF_GPU]
    return tuple(", ".join(map(str, value)) or None if isinstance(value, list) else value for value in values)
