"""What is doubtful in measured data, as findings. Pure: a record goes in, sentences come out.

Each check looks at what a meter cannot know by itself: two accounts of the same
energy against each other, a window against the counter's steps, the machine
before against the machine after, one repetition against the others, an energy
against what the device can take at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from statistics import mean, stdev
from typing import Any, Final

from kit.model.readings import Provenance, Reading
from kit.model.record import Record
from kit.model.results import Column, Table
from kit.model.runs import Measured, Phase, Run, Window

POWER_TOLERANCE: Final = 0.05
"""How far counter and sampled power may differ: the gain error of the sensors (Yang et al., arXiv 2312.02741)."""
EDGE_TOLERANCE: Final = 0.02
"""Share of an energy that the edges of its window may be uncertain by."""
ASSUMED_PERIOD_S: Final = 0.1
"""Update period of an energy counter where the meter stated none: that of an A100."""
DRIFT_TOLERANCE: Final = 0.02
"""Share of an energy that a change of the idle power, over the window, may make."""
SPREAD_TOLERANCE: Final = 0.1
"""Coefficient of variation of the repetitions of a cell."""
SLOWING_TOLERANCE: Final = 0.05
"""By how much the last third of a cell's repetitions may take longer than the first."""
POWER_LIMIT_SHARE: Final = 0.97
"""From so much of its power limit on, a device is held back by it."""

DESIGN_POWER_W: Final[Mapping[str, float]] = {
    "A100-PCI": 300, "A100": 400, "A10G": 300, "A10": 150, "V100": 300, "T4": 70, "L40S": 350, "L4": 72, "H200": 700,
    "H100-PCI": 350, "H100": 700, "B200": 1000,
}  # fmt: skip
"""Thermal design power of GPUs by a part of their name, by their data sheets; the longest part that fits counts."""
GREATEST_POWER_W: Final = 1500.0
"""No GPU that could have been used takes more; stands in where the model is not known."""


class Check(StrEnum):
    """What was looked at."""

    COUNTER_AGAINST_POWER = "counter against integrated power"
    WINDOW_AGAINST_PERIOD = "window against update period"
    BASELINE_DRIFT = "drift of the baseline"
    THROTTLING = "throttling"
    SPREAD = "spread of repetitions"
    PHYSICAL_LIMIT = "energy over the physical limit"
    ZERO_OR_MISSING = "zero or missing energy"
    NOTED = "noted while measuring"


class Severity(StrEnum):
    """What a finding means for the figure."""

    ERROR = "error"
    """The figure cannot be right."""
    WARNING = "warning"
    """The figure is less certain than it looks."""


@dataclass(frozen=True, slots=True)
class QualityFinding:
    """One thing that is doubtful.

    Attributes:
        check, severity: what was looked at, and what it means.
        cell_id: the cell.
        run_id: the run, or None where the finding is of the whole cell.
        sentence: one sentence with the numbers.
    """

    check: Check
    severity: Severity
    cell_id: str
    run_id: str | None
    sentence: str


def check_quality(record: Record) -> tuple[QualityFinding, ...]:
    """All findings of a record, in the order of its runs and then of its cells. Failed and unused runs are left out."""
    runs = [run for run in record.runs if run.use is None and isinstance(run.outcome, Measured)]
    findings: list[QualityFinding] = []
    for run in runs:
        host = record.hosts.get(run.host_id, {})
        findings += _of_run(run, record.study.device, host)
    by_cell = sorted(runs, key=lambda run: run.cell_id)
    for cell_id, repetitions in groupby(by_cell, key=lambda run: run.cell_id):
        findings += _of_cell(cell_id, list(repetitions))
    return tuple(findings)


def quality_table(findings: Sequence[QualityFinding]) -> Table:
    """How often each check found something, worst first, with an example."""
    columns = (
        Column("check", "what was looked at"),
        Column("severity", "error: the figure cannot be right; warning: it is less certain than it looks"),
        Column("findings", "how many"),
        Column("cells", "in how many cells"),
        Column("example", "one of them"),
    )
    rows = []
    for severity in Severity:
        for check in Check:
            found = [item for item in findings if item.check is check and item.severity is severity]
            if found:
                cells = len({item.cell_id for item in found})
                rows.append((check.value, severity.value, len(found), cells, found[0].sentence))
    return Table("quality", "Quality of the data", columns, tuple(rows))


def _of_run(run: Run, device: str, host: Mapping[str, Any]) -> Iterator[QualityFinding]:
    def finding(check: Check, severity: Severity, sentence: str) -> QualityFinding:
        return QualityFinding(check, severity, run.cell_id, run.run_id, sentence)

    query = run.window(Phase.QUERY)
    if query is None:
        yield finding(Check.ZERO_OR_MISSING, Severity.ERROR, "The run has no window of its inferences.")
        return
    for sentence in _zero_or_missing(query, device):
        yield finding(Check.ZERO_OR_MISSING, Severity.ERROR, sentence)
    for sentence in _over_limit(query, host):
        yield finding(Check.PHYSICAL_LIMIT, Severity.ERROR, sentence)
    for sentence in _counter_against_power(query):
        yield finding(Check.COUNTER_AGAINST_POWER, Severity.WARNING, sentence)
    for sentence in _short_window(query):
        yield finding(Check.WINDOW_AGAINST_PERIOD, Severity.WARNING, sentence)
    for sentence in _baseline_drift(run, query):
        yield finding(Check.BASELINE_DRIFT, Severity.WARNING, sentence)
    for sentence in _throttling(query, host):
        yield finding(Check.THROTTLING, Severity.WARNING, sentence)
    for window in run.outcome.windows if isinstance(run.outcome, Measured) else ():
        for sentence in window.notes:
            yield finding(Check.NOTED, Severity.WARNING, sentence)


def _of_cell(cell_id: str, runs: Sequence[Run]) -> Iterator[QualityFinding]:
    for component, energies in _energies_per_inference(runs).items():
        if len(energies) > 1 and mean(energies) > 0 and stdev(energies) / mean(energies) > SPREAD_TOLERANCE:
            share = stdev(energies) / mean(energies)
            sentence = f"The energy of {component} varies by {share:.0%} over {len(energies)} repetitions."
            yield QualityFinding(Check.SPREAD, Severity.WARNING, cell_id, None, sentence)
    durations = [_duration_per_inference(run) for run in sorted(runs, key=lambda run: run.repetition)]
    third = len(durations) // 3
    if third >= 2:
        first_s, last_s = mean(durations[:third]), mean(durations[-third:])
        if first_s > 0 and last_s / first_s - 1 > SLOWING_TOLERANCE:
            sentence = (
                f"The last {third} of {len(durations)} repetitions took {last_s / first_s - 1:.0%} longer than the "
                f"first {third}, as a device does that is slowed down by heat."
            )
            yield QualityFinding(Check.THROTTLING, Severity.WARNING, cell_id, None, sentence)


def _energies_per_inference(runs: Sequence[Run]) -> dict[str, list[float]]:
    energies: dict[str, list[float]] = {}
    for run in runs:
        query = run.window(Phase.QUERY)
        if query is None:
            continue
        for reading in query.readings:
            if reading.provenance in (Provenance.COUNTER, Provenance.MODEL):
                name = f"{reading.component} ({reading.meter})"
                energies.setdefault(name, []).append(reading.energy_j / _inferences(query))
    return energies


def _inferences(window: Window) -> int:
    return window.work.inferences if window.work is not None and window.work.inferences > 0 else 1


def _duration_per_inference(run: Run) -> float:
    query = run.window(Phase.QUERY)
    return query.duration_s / _inferences(query) if query is not None else 0.0


def _zero_or_missing(query: Window, device: str) -> Iterator[str]:
    if not query.readings:
        yield "No energy of the inferences was read."
        return
    for reading in query.readings:
        if reading.energy_j == 0:
            yield f"{reading.meter} states an energy of zero for {reading.component}."
    if device == "cuda" and not any(reading.component.startswith("gpu/") for reading in query.readings):
        yield "The work was done by a GPU, and no energy of a GPU was read."


def _over_limit(query: Window, host: Mapping[str, Any]) -> Iterator[str]:
    for reading in _of_gpus(query):
        limit_w = design_power_w(host) * _gpu_count(reading)
        power_w = reading.energy_j / query.duration_s if query.duration_s > 0 else 0.0
        if power_w > limit_w * (1 + POWER_TOLERANCE):
            yield (f"{reading.component} took {power_w:.0f} W by {reading.meter}, its limit is {limit_w:.0f} W.")


def _throttling(query: Window, host: Mapping[str, Any]) -> Iterator[str]:
    for gpu in _gpus_of(host):
        reasons = gpu.get("throttle_reasons")
        if reasons:
            yield f"GPU {gpu.get('uuid', '')} was slowed down: {', '.join(map(str, reasons))}."
        limit_w = gpu.get("power_limit_w")
        for reading in _of_gpus(query):
            if isinstance(limit_w, int | float) and reading.component == f"gpu/{gpu.get('uuid')}":
                power_w = reading.energy_j / query.duration_s if query.duration_s > 0 else 0.0
                if power_w >= POWER_LIMIT_SHARE * limit_w:
                    yield f"{reading.component} ran at {power_w:.0f} W, its power limit being {limit_w:.0f} W."


def _of_gpus(query: Window) -> list[Reading]:
    return [reading for reading in query.readings if reading.component.startswith("gpu/")]


def _gpu_count(reading: Reading) -> int:
    name = reading.component.removeprefix("gpu/sum-of-")
    return int(name) if name.isdigit() else 1


def _gpus_of(host: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    gpus = host.get("gpus")
    return [gpu for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list | tuple) else []


def design_power_w(host: Mapping[str, Any]) -> float:
    """Thermal design power of one GPU of a host, in watts, by the names in its record (`gpus`, or `gpu_model`)."""
    names = [str(gpu.get("name", "")) for gpu in _gpus_of(host)] + [str(host.get("gpu_model") or "")]
    text = " ".join(names).replace(" ", "-")
    fitting = [part for part in DESIGN_POWER_W if part in text]
    return DESIGN_POWER_W[max(fitting, key=len)] if fitting else GREATEST_POWER_W


def _counter_against_power(query: Window) -> Iterator[str]:
    for counter in query.readings:
        for sampled in query.readings:
            same = counter.component == sampled.component and sampled.meter == f"{counter.meter} trace"
            if not same or counter.provenance is not Provenance.COUNTER:
                continue
            allowed_j = POWER_TOLERANCE * counter.energy_j + 2 * (
                (counter.resolution_j or 0) + (sampled.resolution_j or 0)
            )
            if abs(sampled.energy_j - counter.energy_j) > allowed_j:
                share = sampled.energy_j / counter.energy_j - 1 if counter.energy_j > 0 else float("inf")
                yield (
                    f"The sampled power of {counter.component} gives {sampled.energy_j:.1f} J, its counter "
                    f"{counter.energy_j:.1f} J ({share:+.0%})."
                )


def _short_window(query: Window) -> Iterator[str]:
    for reading in query.readings:
        if reading.provenance not in (Provenance.COUNTER, Provenance.MODEL) or reading.energy_j <= 0:
            continue
        if reading.resolution_j is not None:
            share = reading.resolution_j / reading.energy_j
        elif reading.component.startswith("gpu/") and query.duration_s > 0:
            share = ASSUMED_PERIOD_S / query.duration_s
        else:
            continue
        if share > EDGE_TOLERANCE:
            yield (
                f"The window of {query.duration_s:.2f} s is short for {reading.meter}: its edges leave the energy of "
                f"{reading.component} uncertain by {share:.0%}."
            )


def _baseline_drift(run: Run, query: Window) -> Iterator[str]:
    resting = run.resting
    if len(resting) < 2:
        return
    before, after = resting
    for reading in query.readings:
        if reading.provenance is Provenance.CONSTANT:
            continue
        idle = [_same(reading, window) for window in (before, after)]
        if idle[0] is None or idle[1] is None:
            continue
        before_w, after_w = idle[0].energy_j / before.duration_s, idle[1].energy_j / after.duration_s
        moved_j = abs(after_w - before_w) * query.duration_s
        noise_j = sum(
            (item.resolution_j or 0) / window.duration_s
            for item, window in zip(idle, (before, after), strict=True)
            if item
        )
        if moved_j > DRIFT_TOLERANCE * reading.energy_j + noise_j * query.duration_s:
            yield (
                f"The idle power of {reading.component} went from {before_w:.2f} to {after_w:.2f} W, which over the "
                f"window is {moved_j / reading.energy_j if reading.energy_j else float('inf'):.0%} of its energy."
            )


def _same(reading: Reading, window: Window) -> Reading | None:
    return next(
        (
            item
            for item in window.readings
            if (item.component, item.meter, item.provenance) == (reading.component, reading.meter, reading.provenance)
        ),
        None,
    )
