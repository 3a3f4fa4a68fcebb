"""Which runs are still to be made, grouped by the process that makes them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from kit.model.study import Cell, Study


@dataclass(frozen=True, slots=True, order=True)
class PendingRun:
    """A repetition of a cell that is still to be measured."""

    cell_id: str
    repetition: int


@dataclass(frozen=True, slots=True)
class Job:
    """The work of one fresh process: all pending runs of one model.

    Attributes:
        model: published id.
        cells: in the order of the study.
        pending: runs to make, cell by cell.
    """

    model: str
    cells: tuple[Cell, ...]
    pending: tuple[PendingRun, ...]


def jobs(study: Study, done: Container[PendingRun]) -> tuple[Job, ...]:
    """The jobs that a study still needs, in the study's order; empty when all is measured."""
    cells: dict[str, list[Cell]] = {}
    pending: dict[str, list[PendingRun]] = {}
    for planned in study.cells:
        runs = [PendingRun(planned.cell.cell_id, number) for number in range(1, planned.repetitions + 1)]
        missing = [run for run in runs if run not in done]
        if missing:
            cells.setdefault(planned.cell.model.id, []).append(planned.cell)
            pending.setdefault(planned.cell.model.id, []).extend(missing)
    return tuple(Job(model, tuple(cells[model]), tuple(pending[model])) for model in cells)
