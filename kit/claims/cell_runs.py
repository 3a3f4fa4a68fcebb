"""The runs of a cell in every way that a published figure may have been taken from them: phases, parts, emissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kit.analyse.counted import counted_for
from kit.analyse.evidence import Evidence, Numbers
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.runs import IDLE_PHASES, Measured, Phase, Run, Window
from kit.model.study import Cell
from kit.model.units import kwh_from_j, per_1000


class Span(StrEnum):
    """Which windows of a run are counted."""

    QUERY = "the query windows"
    WHOLE = "whole runs (loading included)"


class Part(StrEnum):
    """Which readings of a window are counted."""

    NODE = "GPUs, CPU and RAM"
    GPU = "the GPUs alone"


@dataclass(frozen=True, slots=True)
class CellRuns:
    """The measured runs of one cell that tables use, or that none uses for one reason.

    Attributes:
        use: why no table uses them; None where tables do.
        figures: kWh or grams for 1,000 inferences, one entry a run that has it; by `energy` or `emissions`, span, part.
    """

    cell: Cell
    cell_id: str
    use: str | None
    figures: Mapping[tuple[str, Span, Part], Numbers]

    def figure(self, of: str, span: Span, part: Part) -> Numbers:
        """The energies, or the emissions (the part's share of the reported ones); empty where no run has them."""
        return self.figures.get((of, span, part), NONE)


NONE: Final[Numbers] = np.empty(0)


def cell_runs(evidence: Evidence) -> tuple[CellRuns, ...]:
    """The measured runs of a record that have a query window, by cell and use."""
    record = evidence.record
    figures: dict[tuple[str, str | None], dict[tuple[str, Span, Part], list[float]]] = {}
    for run in record.runs:
        if isinstance(run.outcome, Measured):
            found = figures.setdefault((run.cell_id, run.use), {})
            for key, value in _figures(record, run):
                found.setdefault(key, []).append(value)
    return tuple(
        CellRuns(record.cells[cell_id], cell_id, use, {key: np.array(values) for key, values in found.items()})
        for (cell_id, use), found in figures.items()
        if found
    )


def _figures(record: Record, run: Run) -> Iterator[tuple[tuple[str, Span, Part], float]]:
    query, cell = run.window(Phase.QUERY), record.cells[run.cell_id]
    if query is None or not isinstance(run.outcome, Measured):
        return
    inferences = query.work.inferences if query.work is not None else cell.protocol.inferences
    if inferences <= 0:
        return
    working = [window for window in run.outcome.windows if window.phase not in IDLE_PHASES]
    for span, windows in ((Span.QUERY, [query]), (Span.WHOLE, working)):
        joules, grams = _joules(record.study.device, windows), _grams(windows)
        for part, energy_j in joules.items():
            yield ("energy", span, part), kwh_from_j(per_1000(energy_j, inferences))
            if grams is not None and joules.get(Part.NODE):
                yield ("emissions", span, part), per_1000(grams, inferences) * energy_j / joules[Part.NODE]


def _joules(device: str, windows: Sequence[Window]) -> dict[Part, float]:
    """Joules of some windows by part; a part is absent where one of the windows has no reading of it."""
    counted = counted_for(device)
    found: dict[Part, float] = {}
    readings = [counted(window, Boundary.PUBLISHED) or () for window in windows]
    for part in Part:
        parts = [
            [item.energy_j for item in window if part is Part.NODE or item.component.startswith("gpu/")]
            for window in readings
        ]
        if all(parts):
            found[part] = sum(map(sum, parts))
    return found


def _grams(windows: Iterable[Window]) -> float | None:
    grams = [window.grid.emissions_g if window.grid is not None else None for window in windows]
    known = [value for value in grams if value is not None]
    return sum(known) if known and len(known) == len(grams) else None
