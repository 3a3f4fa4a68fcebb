"""A measured run in every way that a published figure may have been taken from it: phases, parts, energy, emissions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kit.analyse.counted import counted_for
from kit.analyse.evidence import Evidence
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
class RunFigures:
    """One measured run, whether a table uses it or not.

    Attributes:
        energy_kwh: for 1,000 inferences, by span and part; absent where not read.
        emissions_g: for 1,000 inferences, by span; absent where not reported.
    """

    cell: Cell
    cell_id: str
    use: str | None
    energy_kwh: dict[tuple[Span, Part], float]
    emissions_g: dict[Span, float]

    def figure(self, of: str, span: Span, part: Part) -> float | None:
        """An energy, or emissions (the part's share of the reported ones)."""
        energy = self.energy_kwh.get((span, part))
        if of == "energy":
            return energy
        whole, grams = self.energy_kwh.get((span, Part.NODE)), self.emissions_g.get(span)
        if grams is None or energy is None or not whole:
            return None
        return grams * energy / whole


def run_figures(evidence: Evidence) -> tuple[RunFigures, ...]:
    """Every measured run of a record that has a query window."""
    found = (_figures(evidence.record, run) for run in evidence.record.runs if isinstance(run.outcome, Measured))
    return tuple(figures for figures in found if figures is not None)


def _figures(record: Record, run: Run) -> RunFigures | None:
    query, cell = run.window(Phase.QUERY), record.cells[run.cell_id]
    if query is None or not isinstance(run.outcome, Measured):
        return None
    inferences = query.work.inferences if query.work is not None else cell.protocol.inferences
    if inferences <= 0:
        return None
    working = [window for window in run.outcome.windows if window.phase not in IDLE_PHASES]
    energy: dict[tuple[Span, Part], float] = {}
    emissions: dict[Span, float] = {}
    for span, windows in ((Span.QUERY, [query]), (Span.WHOLE, working)):
        for part in Part:
            joules = _joules(record.study.device, windows, part)
            if joules is not None:
                energy[span, part] = kwh_from_j(per_1000(joules, inferences))
        grams = _grams(windows)
        if grams is not None:
            emissions[span] = per_1000(grams, inferences)
    return RunFigures(cell, run.cell_id, run.use, energy, emissions)


def _joules(device: str, windows: Sequence[Window], part: Part) -> float | None:
    counted = counted_for(device)
    found: list[float] = []
    for window in windows:
        readings = counted(window, Boundary.PUBLISHED) or ()
        chosen = [item.energy_j for item in readings if part is Part.NODE or item.component.startswith("gpu/")]
        if not chosen:
            return None
        found.append(sum(chosen))
    return sum(found)


def _grams(windows: Iterable[Window]) -> float | None:
    grams = [window.grid.emissions_g if window.grid is not None else None for window in windows]
    known = [value for value in grams if value is not None]
    return sum(known) if known and len(known) == len(grams) else None
