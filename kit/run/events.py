"""What happens during a run, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kit.fetch.published import Arriving, Checking
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


Event = Arriving | Building | Checking | Started | ModelStarted | PhaseStarted | RunRecorded | Tick
Listener = Callable[[Event], None]
