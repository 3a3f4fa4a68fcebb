"""What happens during a run, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kit.model.runs import Phase, Run
from kit.model.study import Study


@dataclass(frozen=True, slots=True)
class Building:
    """An artefact is about to be built."""

    model: str
    condition: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Fetching:
    """Artefacts arrive from the Hub: `done_bytes` of `total_bytes`, at present one of this name."""

    name: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Started:
    """The study is about to run: `done` of `total` runs are in the journal already."""

    study: Study
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ModelStarted:
    """A fresh process for a model starts."""

    model: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A run enters a phase."""

    cell_id: str
    repetition: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class RunRecorded:
    """A run is in the journal, for good."""

    run: Run


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing new, but work goes on; about once a second."""


Event = Building | Fetching | Started | ModelStarted | PhaseStarted | RunRecorded | Tick
Listener = Callable[[Event], None]
