"""What a study will take, from the durations and energies that the paper's release states for the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kit.model.study import Cell, CellKey, Study

S_PER_H: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class CellCost:
    """What 1,000 inferences of a cell took in the release, on one A100 of a node of eight.

    Attributes:
        duration_s: of the query window.
        energy_kwh: of the query window, whole node.
    """

    duration_s: float
    energy_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplan:
    """A study in numbers.

    Attributes:
        hours, energy_kwh: for the cells that the release holds; loading is not in them.
        unknown: cells that the release does not hold, for which nothing is estimated.
    """

    models: int
    datasets: int
    cells: int
    runs: int
    inferences: int
    hours: float
    energy_kwh: float
    unknown: int


def estimate(study: Study, costs: Mapping[CellKey, CellCost]) -> Workplan:
    """Add up a study. On other hardware than an A100 hours and energy say nothing; the caller knows."""
    hours = energy_kwh = 0.0
    unknown = runs = inferences = 0
    for planned in study.cells:
        count = planned.repetitions * planned.cell.protocol.inferences
        runs += planned.repetitions
        inferences += count
        cost = costs.get(planned.cell.key)
        if cost is None:
            unknown += 1
            continue
        hours += cost.duration_s * count / 1_000 / S_PER_H
        energy_kwh += cost.energy_kwh * count / 1_000
    return Workplan(
        models=len({planned.cell.model.id for planned in study.cells}),
        datasets=len({_dataset(planned.cell) for planned in study.cells}),
        cells=len(study.cells),
        runs=runs,
        inferences=inferences,
        hours=hours,
        energy_kwh=energy_kwh,
        unknown=unknown,
    )


def _dataset(cell: Cell) -> tuple[str, str]:
    """The paper counts a data set once a task that reads it."""
    return (cell.task.value, cell.dataset.key)
