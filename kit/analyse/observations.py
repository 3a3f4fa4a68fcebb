"""One observation a measured run: its energy within each boundary, scaled to 1,000 inferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.analyse.counted import counted_for
from kit.analyse.idle_power import IdlePower, estimate_idle_power, gpus_in_sum
from kit.model.readings import Reading
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.runs import Measured, Phase, Run, Window
from kit.model.study import Cell
from kit.model.units import kwh_from_j, per_1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A measured run in the units of the paper. What the readings do not give is absent.

    Attributes:
        use: None, or why no published table uses the run.
        energy_kwh_per_1000: for 1,000 inferences, by boundary.
        energy_range_kwh_per_1000: the same with the idle power at either end of its range, where it is an estimate.
        parts_kwh_per_1000: of the published energy, by component (`gpu`, `cpu`, `ram`).
        provenance: of each boundary's energy, as `counter` or `model and constant`.
        emissions_g_per_1000: that the meter reported itself, for 1,000 inferences.
        duration_s_per_1000: for 1,000 inferences.
        load_kwh: of loading the model once, within the published boundary.
        input_tokens, output_tokens: means of an inference.
    """

    run_id: str
    cell: Cell
    repetition: int
    use: str | None
    inferences: int
    energy_kwh_per_1000: Mapping[Boundary, float]
    energy_range_kwh_per_1000: Mapping[Boundary, tuple[float, float]]
    parts_kwh_per_1000: Mapping[str, float]
    provenance: Mapping[Boundary, str]
    emissions_g_per_1000: float | None
    duration_s_per_1000: float
    load_kwh: float | None
    input_tokens: float | None
    output_tokens: float | None

    @property
    def cell_id(self) -> str:
        """Of the cell that the run repeats."""
        return self.cell.cell_id


def observe(record: Record) -> tuple[Observation, ...]:
    """The observations of all measured runs that have a query window, in the journal's order."""
    idle = estimate_idle_power(record)
    found = (_observation(record, run, idle) for run in record.runs if isinstance(run.outcome, Measured))
    return tuple(observation for observation in found if observation is not None)


def published(observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Those that the published tables rest on."""
    return tuple(observation for observation in observations if observation.use is None)


def _observation(record: Record, run: Run, idle: IdlePower | None) -> Observation | None:
    window = run.window(Phase.QUERY)
    cell = record.cells[run.cell_id]
    if window is None:
        return None
    inferences = window.work.inferences if window.work is not None else cell.protocol.inferences
    if inferences <= 0:
        return None
    energies, ranges, provenance = _energies(record, run, window, idle)
    load = run.window(Phase.LOAD)
    emissions_g = window.grid.emissions_g if window.grid is not None else None
    return Observation(
        run_id=run.run_id,
        cell=cell,
        repetition=run.repetition,
        use=run.use,
        inferences=inferences,
        energy_kwh_per_1000={key: kwh_from_j(per_1000(value, inferences)) for key, value in energies.items()},
        energy_range_kwh_per_1000={
            key: (kwh_from_j(per_1000(low, inferences)), kwh_from_j(per_1000(high, inferences)))
            for key, (low, high) in ranges.items()
        },
        parts_kwh_per_1000=_parts(record, window, inferences),
        provenance=provenance,
        emissions_g_per_1000=None if emissions_g is None else per_1000(emissions_g, inferences),
        duration_s_per_1000=per_1000(window.duration_s, inferences),
        load_kwh=_load_kwh(record, load),
        input_tokens=_mean(window.work.input_tokens if window.work else None, inferences),
        output_tokens=_mean(window.work.output_tokens if window.work else None, inferences),
    )


def _mean(total: int | None, inferences: int) -> float | None:
    return None if total is None else total / inferences


def _energies(
    record: Record, run: Run, window: Window, idle: IdlePower | None
) -> tuple[dict[Boundary, float], dict[Boundary, tuple[float, float]], dict[Boundary, str]]:
    """Joules of the window by boundary, their ranges where an estimate is in them, and their provenance."""
    counted = counted_for(record.study.device)
    energies: dict[Boundary, float] = {}
    ranges: dict[Boundary, tuple[float, float]] = {}
    provenance: dict[Boundary, str] = {}
    whole = counted(window, Boundary.PUBLISHED)
    if whole:
        energies[Boundary.PUBLISHED] = sum(reading.energy_j for reading in whole)
        provenance[Boundary.PUBLISHED] = provenance_of(whole)
    device = counted(window, Boundary.DEVICE)
    summed = gpus_in_sum(window)
    if device:
        energies[Boundary.DEVICE] = sum(reading.energy_j for reading in device)
        provenance[Boundary.DEVICE] = provenance_of(device)
        resting_w = _resting_power_w(record, run)
        if resting_w is not None:
            energies[Boundary.NET] = energies[Boundary.DEVICE] - resting_w * window.duration_s
            provenance[Boundary.NET] = f"{provenance_of(device)} less the idle baseline"
    elif summed is not None and idle is not None and run.run_id in idle.by_run_w:
        count, energy_j = summed
        one_j = idle.by_run_w[run.run_id] * window.duration_s
        for boundary, resting in ((Boundary.DEVICE, count - 1), (Boundary.NET, count)):
            energies[boundary] = energy_j - resting * one_j
            if idle.below_w is not None and idle.above_w is not None:
                less_j, more_j = (resting * watts * window.duration_s for watts in (idle.below_w, idle.above_w))
                ranges[boundary] = (energies[boundary] - more_j, energies[boundary] - less_j)
            provenance[boundary] = f"counter of {count} GPUs less {resting} times an estimated idle power"
    return energies, ranges, provenance


def provenance_of(readings: tuple[Reading, ...]) -> str:
    """The provenances of readings, in words, each once."""
    return " and ".join(sorted({reading.provenance.value for reading in readings}))


def _resting_power_w(record: Record, run: Run) -> float | None:
    """Power of the device at rest: mean of the run's own idle windows; None without one."""
    counted = counted_for(record.study.device)
    powers: list[float] = []
    for window in run.resting:
        readings = counted(window, Boundary.DEVICE)
        if readings:
            powers.append(sum(reading.energy_j for reading in readings) / window.duration_s)
    return sum(powers) / len(powers) if powers else None


def _parts(record: Record, window: Window, inferences: int) -> dict[str, float]:
    parts: dict[str, float] = {}
    for reading in counted_for(record.study.device)(window, Boundary.PUBLISHED) or ():
        name = reading.component.partition("/")[0]
        parts[name] = parts.get(name, 0.0) + kwh_from_j(per_1000(reading.energy_j, inferences))
    return parts


def _load_kwh(record: Record, window: Window | None) -> float | None:
    readings = counted_for(record.study.device)(window, Boundary.PUBLISHED) if window is not None else None
    return kwh_from_j(sum(reading.energy_j for reading in readings)) if readings else None
