"""Runs, their windows and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kit.model.readings import Reading


class Phase(StrEnum):
    """What a window of a run spans, in the order in which they happen."""

    IDLE_BEFORE = "idle-before"
    """Bare: nothing is loaded yet in this process."""
    LOAD = "load"
    TRANSFER = "transfer"
    CONTEXT_IDLE = "context-idle"
    """The model is loaded and does nothing."""
    WARM_UP = "warm-up"
    QUERY = "query"
    IDLE_AFTER = "idle-after"


IDLE_PHASES: Final = frozenset({Phase.IDLE_BEFORE, Phase.CONTEXT_IDLE, Phase.IDLE_AFTER})


@dataclass(frozen=True, slots=True)
class Work:
    """What the inferences of a window did, counted. What was not counted is None.

    Attributes:
        inferences: calls of the pipeline, one input each.
        input_tokens, output_tokens: summed over the inferences.
        images: images read or made.
        steps: decoder steps or evaluations of the denoiser, summed.
    """

    inferences: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    images: int | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the meter believed it was, for the audit. Absent parts are None.

    Attributes:
        country: ISO 3166-1 alpha-3.
        region: province or state as the meter names it.
        cloud_region: the provider's name of the region.
        emissions_g: grams of CO2eq that the meter itself reported for the window.
    """

    country: str | None
    region: str | None
    cloud_region: str | None
    emissions_g: float | None


@dataclass(frozen=True, slots=True)
class Window:
    """The measured span of one phase.

    Attributes:
        started_at: UTC, ISO 8601; for a replayed run the time that the release states (its end).
        duration_s: wall-clock seconds.
        cpu_s: CPU seconds of the process, where known.
        load_average: of the machine over one minute at the end, where known.
        notes: what the meters or the harness noticed in it, each one sentence.
    """

    phase: Phase
    started_at: str
    duration_s: float
    readings: tuple[Reading, ...]
    work: Work | None = None
    cpu_s: float | None = None
    load_average: float | None = None
    grid: Grid | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """The run went through: its windows."""

    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The run broke; nothing of it is used, nothing is a zero."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The run was not tried, by decision."""

    reason: str


Outcome = Measured | Failed | Skipped


@dataclass(frozen=True, slots=True)
class Run:
    """One repetition of a cell.

    Attributes:
        run_id: unique in its journal.
        cell_id: the cell that it repeats.
        repetition: from 1.
        host_id: the host record that it was made on.
        use: None, or why no published table uses the run (a replayed release holds such runs).
        source: for a replayed run the file that it came from.
    """

    run_id: str
    cell_id: str
    repetition: int
    host_id: str
    outcome: Outcome
    use: str | None = None
    source: str | None = None

    def window(self, phase: Phase) -> Window | None:
        """The window of a phase, if the run was measured and has one."""
        if not isinstance(self.outcome, Measured):
            return None
        return next((window for window in self.outcome.windows if window.phase is phase), None)

    @property
    def resting(self) -> tuple[Window, ...]:
        """The idle baselines on either side of the work, as far as the run has them.

        Before it, the one with the model loaded goes before the bare one: what the loaded model takes while it does
        nothing is not what an inference takes.
        """
        before = self.window(Phase.CONTEXT_IDLE) or self.window(Phase.IDLE_BEFORE)
        after = self.window(Phase.IDLE_AFTER)
        return tuple(window for window in (before, after) if window is not None and window.duration_s > 0)
