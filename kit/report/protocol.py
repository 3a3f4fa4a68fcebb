"""The protocol of a study as a table: how each task was measured."""

from __future__ import annotations

from typing import Final

from kit.model.results import Column, Table, Value
from kit.model.study import Generation, PlannedCell, Study

COLUMNS: Final = (
    Column("task", "task"),
    Column("pipeline", "pipeline that does the work"),
    Column("models", "models"),
    Column("datasets", "data sets, by their keys in the catalogue"),
    Column("inferences", "inferences in a window"),
    Column("repetitions", "windows for each model and data set"),
    Column("generation", "what decides the length of a generation"),
)


def protocol_table(study: Study) -> Table:
    """A row for each task, pipeline and setting; models and data sets of it counted and named."""
    groups: dict[tuple[Value, ...], list[PlannedCell]] = {}
    for planned in study.cells:
        protocol = planned.cell.protocol
        key = (planned.cell.task.value, protocol.pipeline, protocol.inferences, planned.repetitions)
        groups.setdefault((*key, _said(protocol.generation)), []).append(planned)
    rows = tuple(
        (
            task,
            pipeline,
            len({item.cell.model.id for item in members}),
            ", ".join(dict.fromkeys(item.cell.dataset.key for item in members)),
            inferences,
            repetitions,
            generation,
        )
        for (task, pipeline, inferences, repetitions, generation), members in groups.items()
    )
    return Table("protocol", "Protocol", COLUMNS, rows)


def _said(generation: Generation | None) -> str | None:
    if generation is None:
        return None
    set_values = ((name, getattr(generation, name)) for name in Generation.__dataclass_fields__)
    return ", ".join(f"{name}={value}" for name, value in set_values if value is not None) or None
