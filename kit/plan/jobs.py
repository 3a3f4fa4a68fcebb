"""Which runs are still to be made, grouped by the process that makes them."""

from __future__ import annotations

import random
from collections.abc import Container
from dataclasses import dataclass

from kit.model.procedure import RunOrder
from kit.model.study import Cell, PlannedCell, Study


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
        cells: in the order in which they are measured.
        pending: runs to make, cell by cell.
    """

    model: str
    cells: tuple[Cell, ...]
    pending: tuple[PendingRun, ...]


def jobs(study: Study, done: Container[PendingRun]) -> tuple[Job, ...]:
    """The jobs that a study still needs, in the order in which they are measured; empty when all is."""
    cells: dict[str, list[Cell]] = {}
    pending: dict[str, list[PendingRun]] = {}
    for planned in measuring_order(study):
        runs = [PendingRun(planned.cell.cell_id, number) for number in range(1, planned.repetitions + 1)]
        missing = [run for run in runs if run not in done]
        if missing:
            cells.setdefault(planned.cell.model.id, []).append(planned.cell)
            pending.setdefault(planned.cell.model.id, []).extend(missing)
    return tuple(Job(model, tuple(cells[model]), tuple(pending[model])) for model in cells)


def measuring_order(study: Study) -> tuple[PlannedCell, ...]:
    """The cells as they are measured. A random order follows from the seed alone, so that a resumed run keeps it.

    One process measures all the cells of a model: models follow each other in the order of their first cells.
    """
    cells = list(study.cells)
    if study.procedure.order is RunOrder.RANDOM:
        random.Random(study.seed).shuffle(cells)
    return tuple(cells)
