"""An uncertainty budget of a cell's energy: where it comes from, how much each source makes, and together.

Every entry is a relative standard uncertainty of the mean energy of an
inference. Independent sources are combined in quadrature (JCGM 100:2008, 5.1.2);
a bound without known distribution is taken as rectangular, its standard
uncertainty being the bound over the square root of three (ibid., 4.3.7). The
expanded uncertainty covers what two standard deviations of a normal
distribution cover, 95.45 %: its coverage factor is that of Student's t for the
effective degrees of freedom (ibid., G.4.1 and table G.2), 2 where they are many
and 4.5 where three scattered repetitions are all there is.

Only what was measured has a budget. A modelled or constant energy has an error
that nobody knows; its components are named, with their share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Final

from scipy.special import stdtrit

from kit.analyse.counted import Counted
from kit.model.readings import Provenance, Reading
from kit.model.record import Record
from kit.model.results import Boundary, Column, Table
from kit.model.runs import Measured, Phase, Run, Window

GAIN_BOUND: Final = 0.05
"""Gain error of power sensors and of the counters fed by them (Yang et al., SC'24, arXiv 2312.02741): the same in every
repetition, so that none averages it away."""
ASSUMED_PERIOD_S: Final = 0.1
"""Update period of a GPU's counter where the meter stated no resolution: that of an A100."""
COVERAGE: Final = math.erf(math.sqrt(2))
"""Probability that an expanded uncertainty stands for."""

_MEASURED: Final = frozenset({Provenance.COUNTER, Provenance.POWER_INTEGRAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Relative standard uncertainties of a cell's energy within one boundary. None: does not apply or is not known.

    Attributes:
        energy_j: mean energy of an inference.
        runs: repetitions that it rests on.
        repetitions: scatter of the repetitions, over the square root of their number.
        edges: of the windows against the meter's steps.
        drift: of the idle power that was taken away (boundary `net` alone).
        gain: of the sensors, on all that they read: within `net` too, as idle and busy need not err alike.
        combined: all of these in quadrature; None where nothing is measured.
        unmeasured: components that are modelled or constant, with their share of the energy.
    """

    cell_id: str
    boundary: Boundary
    energy_j: float
    runs: int
    repetitions: float | None
    edges: float | None
    drift: float | None
    gain: float | None
    combined: float | None
    unmeasured: Mapping[str, float]

    @property
    def expanded(self) -> float | None:
        """Relative expanded uncertainty, of 95.45 % coverage."""
        factor = self.coverage_factor
        return None if self.combined is None or factor is None else factor * self.combined

    @property
    def coverage_factor(self) -> float | None:
        """Student's t for the effective degrees of freedom by Welch and Satterthwaite (JCGM 100:2008, G.2b).

        Only the scatter of repetitions has few of them; the bounds are taken as known.
        """
        if self.combined is None:
            return None
        if not self.repetitions:
            return 2.0
        freedom = (self.runs - 1) * (self.combined / self.repetitions) ** 4
        return float(stdtrit(freedom, (1 + COVERAGE) / 2))


@dataclass(frozen=True, slots=True)
class _Repetition:
    """Joules of an inference in one run, and what they are uncertain by, in joules of an inference too."""

    energy_j: float
    edges_j: float | None
    drift_j: float | None
    measured_j: float
    unmeasured_j: Mapping[str, float]


def cell_budgets(record: Record, boundary: Boundary, counted: Counted) -> tuple[Budget, ...]:
    """The budget of every cell that has an energy within a boundary, in the order of the record's runs.

    Args:
        record: where from.
        boundary: what is counted.
        counted: which readings that is.
    """
    by_cell: dict[str, list[_Repetition]] = {}
    for run in record.runs:
        if run.use is None and isinstance(run.outcome, Measured):
            repetition = _repetition(run, boundary, counted)
            if repetition is not None:
                by_cell.setdefault(run.cell_id, []).append(repetition)
    return tuple(_budget(cell_id, boundary, repetitions) for cell_id, repetitions in by_cell.items())


def _repetition(run: Run, boundary: Boundary, counted: Counted) -> _Repetition | None:
    query = run.window(Phase.QUERY)
    readings = counted(query, boundary) if query is not None else None
    if query is None or not readings or query.work is None or query.work.inferences <= 0:
        return None
    scale = 1 / query.work.inferences
    energy_j, drift_j = sum(reading.energy_j for reading in readings), None
    if boundary is Boundary.NET:
        idle_w = [_power_w(window, counted) for window in run.resting]
        known_w = [power_w for power_w in idle_w if power_w is not None]
        if not known_w:
            return None
        energy_j -= mean(known_w) * query.duration_s
        drift_j = (max(known_w) - min(known_w)) / 2 * query.duration_s if len(known_w) > 1 else None
    measured_j = sum(reading.energy_j for reading in readings if reading.provenance in _MEASURED)
    unmeasured_j = {
        f"{reading.component} ({reading.provenance.value})": reading.energy_j * scale
        for reading in readings
        if reading.provenance not in _MEASURED
    }
    edges_j = _edges_j(readings, query.duration_s)
    return _Repetition(
        energy_j * scale,
        None if edges_j is None else edges_j * scale,
        None if drift_j is None else drift_j * scale,
        measured_j * scale,
        unmeasured_j,
    )


def _power_w(window: Window, counted: Counted) -> float | None:
    readings = counted(window, Boundary.DEVICE)
    return None if not readings else sum(reading.energy_j for reading in readings) / window.duration_s


def _edges_j(readings: Sequence[Reading], duration_s: float) -> float | None:
    """Bounds of the edges of all readings, in quadrature; None where none is known."""
    bounds_j = []
    for reading in readings:
        if reading.provenance is Provenance.CONSTANT:
            continue
        if reading.resolution_j is not None:
            bounds_j.append(reading.resolution_j)
        elif reading.component.startswith("gpu/") and duration_s > 0:
            bounds_j.append(reading.energy_j / duration_s * ASSUMED_PERIOD_S)
    return math.hypot(*bounds_j) if bounds_j else None


def _budget(cell_id: str, boundary: Boundary, repetitions: Sequence[_Repetition]) -> Budget:
    count = len(repetitions)
    energies = [item.energy_j for item in repetitions]
    energy_j = mean(energies)

    def relative(value_j: float | None) -> float | None:
        return None if value_j is None or energy_j <= 0 else value_j / energy_j

    scatter = relative(stdev(energies) / math.sqrt(count)) if count > 1 else None
    edges_j = _mean_square([item.edges_j for item in repetitions])
    edges = relative(None if edges_j is None else edges_j / math.sqrt(3 * count))
    drift_j = _mean_square([item.drift_j for item in repetitions])
    drift = relative(None if drift_j is None else drift_j / math.sqrt(3))
    measured_j = mean(item.measured_j for item in repetitions)
    gain = relative(GAIN_BOUND / math.sqrt(3) * measured_j) if measured_j > 0 else None
    parts = [part for part in (scatter, edges, drift, gain) if part is not None]
    return Budget(
        cell_id=cell_id,
        boundary=boundary,
        energy_j=energy_j,
        runs=count,
        repetitions=scatter,
        edges=edges,
        drift=drift,
        gain=gain,
        combined=math.hypot(*parts) if measured_j > 0 and parts else None,
        unmeasured=_shares(repetitions, sum(energies)),
    )


def _mean_square(values_j: Sequence[float | None]) -> float | None:
    known = [value for value in values_j if value is not None]
    return math.sqrt(mean(value**2 for value in known)) if known else None


def _shares(repetitions: Sequence[_Repetition], total_j: float) -> dict[str, float]:
    names = sorted({name for item in repetitions for name in item.unmeasured_j})
    if total_j <= 0:
        return {}
    return {name: sum(item.unmeasured_j.get(name, 0.0) for item in repetitions) / total_j for name in names}


def uncertainty_table(budgets: Sequence[Budget]) -> Table:
    """One row a cell and boundary; uncertainties are relative, and absent where they do not apply."""
    columns = (
        Column("cell_id", "the cell"),
        Column("boundary", "what is counted"),
        Column("runs", "repetitions"),
        Column("energy_j_per_inference", "mean energy of an inference, joules"),
        Column("repetitions", "relative standard uncertainty by the scatter of the repetitions"),
        Column("edges", "by the edges of the windows"),
        Column("drift", "by the drift of the idle power"),
        Column("gain", "by the gain of the sensors"),
        Column("combined", "all in quadrature"),
        Column("coverage_factor", "Student's t for the effective degrees of freedom, for 95.45 %"),
        Column("expanded", "combined times the coverage factor"),
        Column("unmeasured", "components that are modelled or constant, with their share"),
    )
    rows = tuple(
        (
            item.cell_id,
            item.boundary.value,
            item.runs,
            item.energy_j,
            item.repetitions,
            item.edges,
            item.drift,
            item.gain,
            item.combined,
            item.coverage_factor,
            item.expanded,
            ", ".join(f"{name} {share:.0%}" for name, share in item.unmeasured.items()) or None,
        )
        for item in budgets
    )
    return Table("uncertainty", "Uncertainty budget of each cell", columns, rows)
