"""Showing a run: a live line in a terminal, plain lines elsewhere, JSON lines for programs, or nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from kit.fetch.published import Arriving, Checking
from kit.model.canonical import canonical_json
from kit.model.runs import Failed, Measured, Phase, Run
from kit.model.study import Cell, Study
from kit.run.events import (
    Building,
    Event,
    Listener,
    ModelStarted,
    PhaseStarted,
    RunRecorded,
    Started,
    Tick,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

QUIET_AFTER_S: Final = 30.0
"""Plain lines say that work goes on after so long a silence."""


class Tally:
    """What is known of a run's progress so far; fed with every event."""

    def __init__(self) -> None:
        self.cells: dict[str, Cell] = {}
        self.total = self.done = self.made = self.failed = 0
        self.energy_j = 0.0
        self.started_at = time.monotonic()
        self.now = self.arriving = ""
        self.arrives_anew = False

    def feed(self, event: Event) -> None:
        """Take an event in."""
        match event:
            case Started(study, done, total):
                self._start(study, done, total)
            case PhaseStarted(cell_id, repetition, phase):
                self.now = f"{self.name(cell_id)}, repetition {repetition}: {phase.value}"
            case RunRecorded(run):
                self.made += 1
                self.failed += isinstance(run.outcome, Failed)
                self.energy_j += _energy_j(run)
            case Checking(name, number, total):
                self.now = f"checking {name} ({number} of {total})"
            case Arriving(name, done_bytes, total_bytes):
                self.now = f"fetching {name}, {_gb(done_bytes)} of {_gb(total_bytes)}"
                self.arrives_anew, self.arriving = name != self.arriving, name
            case Building() | ModelStarted() | Tick():
                pass

    def _start(self, study: Study, done: int, total: int) -> None:
        self.cells = {planned.cell.cell_id: planned.cell for planned in study.cells}
        self.done, self.total, self.started_at = done, total, time.monotonic()

    def name(self, cell_id: str) -> str:
        """Model and data set of a cell."""
        cell = self.cells.get(cell_id)
        return f"{cell.model.id} on {cell.dataset.key}" if cell else cell_id

    @property
    def left(self) -> str:
        """About how long the rest takes, by the runs made so far."""
        if not self.made:
            return "time left unknown"
        seconds = (time.monotonic() - self.started_at) / self.made * (self.total - self.done - self.made)
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"

    @property
    def energy(self) -> str:
        """Energy of the query windows so far, every component that the meters read."""
        return f"{self.energy_j / 1000:.1f} kJ in the windows so far"


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"


def _energy_j(run: Run) -> float:
    window = run.window(Phase.QUERY)
    return sum(reading.energy_j for reading in window.readings) if window else 0.0


@contextmanager
def shown(*, quiet: bool, as_json: bool) -> Iterator[Listener]:
    """A listener that shows events as asked for."""
    if as_json:
        yield _json_line
    elif quiet:
        yield lambda event: None
    else:
        import sys

        if sys.stderr.isatty():
            with _live() as listener:
                yield listener
        else:
            yield _PlainLines()


def _json_line(event: Event) -> None:
    match event:
        case Tick() | PhaseStarted() | Arriving() | Checking():
            return
        case Started(study, done, total):
            line: dict[str, object] = {"event": "started", "study": study.name, "done": done, "total": total}
        case Building(model, condition, number, total):
            line = {"event": "building", "model": model, "condition": condition, "number": number, "total": total}
        case ModelStarted(model, number, total):
            line = {"event": "model", "model": model, "number": number, "total": total}
        case RunRecorded(run):
            reason = None if isinstance(run.outcome, Measured) else run.outcome.reason
            line = {"event": "run", "cell": run.cell_id, "repetition": run.repetition, "reason": reason}
    typer.echo(canonical_json(line), err=True)


class _PlainLines:
    """One line for whatever is worth one, and a sign of life in between."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._said_at = time.monotonic()

    def __call__(self, event: Event) -> None:
        self._tally.feed(event)
        line = _line(event, self._tally)
        if line is None and time.monotonic() - self._said_at > QUIET_AFTER_S:
            line = f"  still at {self._tally.now}" if self._tally.now else "  still at work"
        if line is not None:
            typer.echo(line, err=True)
            self._said_at = time.monotonic()


def _line(event: Event, tally: Tally) -> str | None:
    match event:
        case Building(model, condition, number, total):
            return f"building {model} ({number} of {total}; it was {condition})"
        case Arriving(name, done_bytes, total_bytes):
            return f"fetching {name} ({_gb(done_bytes)} of {_gb(total_bytes)})" if tally.arrives_anew else None
        case Started(study, done, total):
            return f"running {study.name}: {total} runs of {len(study.cells)} cells, {done} done before"
        case ModelStarted(model, number, total):
            return f"model {number} of {total}: {model}"
        case RunRecorded(run):
            return _run_line(run, tally)
        case PhaseStarted() | Tick() | Checking():
            return None


def _run_line(run: Run, tally: Tally) -> str:
    place = f"  [{tally.done + tally.made}/{tally.total}] {tally.name(run.cell_id)}, repetition {run.repetition}"
    if not isinstance(run.outcome, Measured):
        return f"{place}: failed: {run.outcome.reason}"
    window = run.window(Phase.QUERY)
    span = f"{window.duration_s:.1f} s" if window else "no window"
    return f"{place}: {span}; {tally.energy}; {tally.left}"


@contextmanager
def _live() -> Iterator[Listener]:
    """A progress bar in the terminal, with the present cell, time left and energy so far."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(), MofNCompleteColumn(), BarColumn(bar_width=24), TimeElapsedColumn(),
        TextColumn("{task.fields[left]} · {task.fields[energy]}\n  {task.description}", markup=False),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Live(progress)


class _Live:
    def __init__(self, progress: Progress) -> None:
        self._tally = Tally()
        self._progress = progress
        self._bar: TaskID = progress.add_task("starting", total=None, left="", energy="")

    def __call__(self, event: Event) -> None:
        self._tally.feed(event)
        tally = self._tally
        if isinstance(event, Checking):
            self._progress.update(self._bar, description=tally.now, total=event.total, completed=event.number - 1)
            return
        if isinstance(event, Arriving):
            self._progress.update(
                self._bar,
                description=tally.now,
                total=event.total_bytes,
                completed=event.done_bytes,
                left="",
                energy="",
            )
            return
        if isinstance(event, Building):
            description = f"building {event.model} (it was {event.condition})"
            self._progress.update(
                self._bar, description=description, total=event.total, completed=event.number - 1, left="", energy=""
            )
            return
        if isinstance(event, RunRecorded) and isinstance(event.run.outcome, Failed):
            self._progress.console.print(_run_line(event.run, tally), markup=False)
        if tally.total:
            self._progress.update(
                self._bar,
                description=tally.now,
                total=tally.total,
                completed=tally.done + tally.made,
                left=tally.left,
                energy=tally.energy,
            )
