"""Data that cannot be right, or that need explaining: checks that run on any record, whatever the paper says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np

from kit.analyse.counted import counted_for
from kit.claims.findings import Finding, Subject
from kit.claims.wording import number
from kit.model.record import Origin, Record
from kit.model.results import Boundary
from kit.model.runs import IDLE_PHASES, Measured, Phase, Run, Window
from kit.model.study import Task
from kit.model.units import kwh_from_j

INTENSITY_TOLERANCE: Final = 0.005
"""Relative; a meter that stays in one place reckons with one intensity."""
OUTLIER_DEVIATIONS: Final = 6.0
"""Robust standard deviations (1.4826 x median absolute deviation) from the median of a cell."""
OUTLIER_SHARE: Final = 0.1
"""And at least this share of the median."""
OVERLAP_S: Final = 2.0
"""Clocks are stored to the second."""
NAMED: Final = 4
"""Runs that are named in a sentence."""


def data_findings(record: Record) -> tuple[Finding, ...]:
    """Every finding of every check, in the order of this module."""
    runs = [run for run in record.runs if isinstance(run.outcome, Measured)]
    return (
        *_regions(record, runs),
        *_intensities(record, runs),
        *_repeated(record, runs),
        *_impossible(record, runs),
        *_overlaps(record, runs),
        *_outliers(record, runs),
        *_unequal(record, runs),
        *_set_aside(record, runs),
        *_contradictions(record),
    )


def _regions(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    declared = (record.study.country, record.study.region)
    found: dict[tuple[str | None, str | None], list[Run]] = {}
    for run in runs:
        for place in {(grid.country, grid.region) for window in _windows(run) if (grid := window.grid) is not None}:
            if place[0] is not None and not _same_place(place, declared):
                found.setdefault(place, []).append(run)
    for place, elsewhere in sorted(found.items(), key=str):
        where = ", ".join(part for part in reversed(place) if part)
        home = ", ".join(part for part in reversed(declared) if part)
        yield _finding(
            "region",
            f"{_runs(elsewhere)} in {where}",
            f"{_runs(elsewhere)} {_be(elsewhere)} recorded in {where}, and the study was declared to be in {home}; "
            f"a meter that was not told its place guesses it {_examples(record, elsewhere)}.",
        )


def _same_place(place: tuple[str | None, str | None], declared: tuple[str, str | None]) -> bool:
    region = place[1] is None or declared[1] is None or place[1].casefold() == declared[1].casefold()
    return place[0] == declared[0] and region


def _intensities(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    known = [(run, value) for run in runs if (value := _intensity(record, run)) is not None]
    if len(known) < 3:
        return
    usual = float(np.median([value for _, value in known]))
    odd = [(run, value) for run, value in known if abs(value - usual) > INTENSITY_TOLERANCE * usual]
    if odd:
        low, high = min(value for _, value in odd), max(value for _, value in odd)
        yield _finding(
            "carbon intensity",
            f"{len(odd)} runs at {number(low)} to {number(high)} g/kWh",
            f"{_runs([run for run, _ in odd])} have emissions of {number(low)} to {number(high)} g for each kWh, and "
            f"the others {number(usual)}: theirs were not reckoned with the grid of the others throughout "
            f"{_examples(record, [run for run, _ in odd])}.",
        )
        used = [run for run, _ in odd if run.use is None]
        if used:
            yield _finding(
                "carbon intensity in published figures",
                f"{len(used)} runs",
                f"{_runs(used)} of those {_be(used)} among the runs that the published tables use "
                f"{_examples(record, used)}.",
            )


def _intensity(record: Record, run: Run) -> float | None:
    """Grams of the whole run over its kWh."""
    counted = counted_for(record.study.device)
    grams = energy_j = 0.0
    for window in _windows(run):
        readings = counted(window, Boundary.PUBLISHED)
        if readings and window.grid is not None and window.grid.emissions_g is not None:
            grams += window.grid.emissions_g
            energy_j += sum(reading.energy_j for reading in readings)
    return grams / kwh_from_j(energy_j) if energy_j > 0.0 else None


def _repeated(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    ids = Counter(run.run_id for run in record.runs)
    twice = [run for run in runs if ids[run.run_id] > 1]
    if twice:
        yield _finding("run ids", f"{len(twice)} runs", f"{_runs(twice)} share their id {_examples(record, twice)}.")
    content: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        query = run.window(Phase.QUERY)
        if query is not None and query.readings:
            same = (query.duration_s, *sorted((item.component, item.energy_j) for item in query.readings))
            content.setdefault(same, []).append(run)
    copies = [run for group in content.values() if len(group) > 1 for run in group]
    if copies:
        yield _finding(
            "copied runs",
            f"{len(copies)} runs",
            f"{_runs(copies)} have the very energies and duration of another {_examples(record, copies)}.",
        )


def _impossible(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    nothing = [
        run for run in runs if any(window.duration_s <= 0.0 or _took_nothing(window) for window in _windows(run))
    ]
    if nothing:
        yield _finding(
            "durations and energies",
            f"{len(nothing)} runs",
            f"{_runs(nothing)} have a window without duration or without energy {_examples(record, nothing)}.",
        )
    short = [run for run in runs if run.use is None and (query := run.window(Phase.QUERY)) and query.duration_s < 1.0]
    if short:
        yield _finding(
            "durations and energies",
            f"{len(short)} runs under 1 s",
            f"{_runs(short)} answered all inputs in less than a second {_examples(record, short)}.",
        )


def _took_nothing(window: Window) -> bool:
    """Whether work took no energy. A process at rest may take less than its model resolves."""
    return window.phase not in IDLE_PHASES and any(reading.energy_j <= 0.0 for reading in window.readings)


def _overlaps(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    """Runs of one host whose inferences overlap in time."""
    by_host: dict[str, list[tuple[float, float, Run]]] = {}
    for run in runs:
        query = run.window(Phase.QUERY)
        span = None if query is None else _span(query, record.origin)
        if span is not None:
            by_host.setdefault(run.host_id, []).append((*span, run))
    for host, spans in sorted(by_host.items()):
        spans.sort(key=lambda item: item[:2])
        touched, most = _overlapping(spans)
        if touched:
            yield _finding(
                "overlapping runs",
                f"{len(touched)} of {len(spans)} runs, up to {most} at once",
                f"{len(touched):,} of {len(spans):,} runs of host {host} overlap in time with another, up to {most} at "
                "once: they share one node and each counts the others' energy, or were made on several nodes that "
                "the record does not tell apart.",
            )


def _overlapping(spans: Sequence[tuple[float, float, Run]]) -> tuple[set[str], int]:
    touched: set[str] = set()
    active: list[tuple[float, str]] = []
    most = 1
    for start, end, run in spans:
        active = [(until, other) for until, other in active if until > start + OVERLAP_S]
        if active and end > start + OVERLAP_S:
            touched |= {run.run_id, *(other for _, other in active)}
        active.append((end, run.run_id))
        most = max(most, len(active))
    return touched, most


def _span(window: Window, origin: Origin) -> tuple[float, float] | None:
    """Start and end in seconds; a replayed window states its end."""
    try:
        moment = datetime.fromisoformat(window.started_at)
    except ValueError:
        return None
    stated = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if origin is Origin.REPLAYED:
        return stated - window.duration_s, stated
    return stated, stated + window.duration_s


def _outliers(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    by_cell: dict[str, list[tuple[Run, float]]] = {}
    counted = counted_for(record.study.device)
    for run in runs:
        query = run.window(Phase.QUERY)
        readings = counted(query, Boundary.PUBLISHED) if query is not None and run.use is None else None
        if readings:
            by_cell.setdefault(run.cell_id, []).append((run, sum(reading.energy_j for reading in readings)))
    odd: list[tuple[float, Run]] = []
    for items in by_cell.values():
        energies = np.array([energy for _, energy in items])
        middle = float(np.median(energies))
        scale = 1.4826 * float(np.median(np.abs(energies - middle)))
        for run, energy in items:
            away = abs(energy - middle)
            if len(items) > 3 and away > max(OUTLIER_DEVIATIONS * scale, OUTLIER_SHARE * middle):
                odd.append((energy / middle, run))
    if odd:
        odd.sort(key=lambda item: -abs(np.log(item[0])))
        ratio, worst = odd[0]
        yield _finding(
            "outliers",
            f"{len(odd)} runs, up to {number(ratio)} times their cell's median",
            f"{_runs([run for _, run in odd])} lie far from the other repetitions of their cell; the farthest, "
            f"{worst.run_id} ({_cell(record, worst)}), took {number(ratio)} times the median.",
        )


def _unequal(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    """Data sets of a task that were not measured with the same models, and cells with fewer runs than most."""
    models: dict[Task, dict[str, set[str]]] = {}
    counts: Counter[str] = Counter()
    for run in runs:
        if run.use is None:
            cell = record.cells[run.cell_id]
            models.setdefault(cell.task, {}).setdefault(cell.dataset.key, set()).add(cell.model.id)
            counts[run.cell_id] += 1
    for task, by_dataset in models.items():
        every = set().union(*by_dataset.values())
        for dataset, names in sorted(by_dataset.items()):
            absent = sorted(every - names)
            if absent:
                listed = ", ".join(absent[:NAMED]) + (", ..." if len(absent) > NAMED else "")
                yield _finding(
                    "models of a data set",
                    f"{dataset}: {len(absent)} absent",
                    f"On {task.label}, {dataset} was not measured with {listed}, and another data set was.",
                )
    usual = Counter(counts.values()).most_common(1)
    fewer = [name for name, count in counts.items() if usual and count < usual[0][0]]
    if fewer:
        cell = record.cells[fewer[0]]
        yield _finding(
            "repetitions",
            _count(fewer, "cell"),
            f"Fewer runs than {usual[0][0]}: {_count(fewer, 'cell')}, as {cell.model.id} on {cell.dataset.key}.",
        )


def _set_aside(record: Record, runs: Sequence[Run]) -> Iterator[Finding]:
    reasons = Counter(run.use for run in runs if run.use is not None)
    for reason, count in sorted(reasons.items()):
        yield _finding(
            "runs set aside",
            f"{count} runs",
            f"In no published table: {count:,} measured run{'s' * (count > 1)}, {reason.rstrip('.')}.",
        )


def _contradictions(record: Record) -> Iterator[Finding]:
    """What the replay noted while it read a release: files that contradict each other, files that were set aside."""
    if record.origin is Origin.REPLAYED:
        for sentence in record.deviations:
            yield _finding("the release's files", "noted while reading", sentence)


def _windows(run: Run) -> tuple[Window, ...]:
    return run.outcome.windows if isinstance(run.outcome, Measured) else ()


def _cell(record: Record, run: Run) -> str:
    cell = record.cells[run.cell_id]
    return f"{cell.model.id} on {cell.dataset.key}"


def _examples(record: Record, runs: Iterable[Run]) -> str:
    listed = list(runs)
    named = "; ".join(f"{run.run_id}, {_cell(record, run)}" for run in listed[:NAMED])
    return f"({named}{'; ...' if len(listed) > NAMED else ''})"


def _runs(runs: Sequence[Run]) -> str:
    return _count(runs, "run")


def _count(items: Sequence[object], name: str) -> str:
    return f"{len(items):,} {name}{'' if len(items) == 1 else 's'}"


def _be(runs: Sequence[Run]) -> str:
    return "is" if len(runs) == 1 else "are"


def _finding(check: str, found: str, sentence: str) -> Finding:
    return Finding(
        subject=Subject.DATA,
        check=check,
        where="the runs themselves",
        published=None,
        as_stated=found,
        sentence=sentence,
    )
