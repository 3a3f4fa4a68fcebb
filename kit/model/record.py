"""Everything that a journal holds, in memory: what analysis, claims and report start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kit.model.runs import Measured, Phase, Run, Window
from kit.model.study import Cell, Study


class Origin(StrEnum):
    """How the runs of a journal came about."""

    MEASURED = "measured"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of single inferences of one cell.

    Attributes:
        cell_id: the cell.
        input_tokens, output_tokens: arrays of equal length, one entry an inference.
    """

    cell_id: str
    input_tokens: tuple[int, ...]
    output_tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of one model on one data set, as a release states it or a later issue measures it.

    Attributes:
        metric: `accuracy`, `f1` or `rouge`.
        value: between 0 and 1.
    """

    model: str
    dataset: str
    task: str
    metric: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """How a host stood before or after the runs of one process.

    Attributes:
        moment: `before` or `after`.
        taken_at: UTC, ISO 8601.
        model: whose runs.
        values: plain JSON: load average, and a list of what each GPU says of itself.
    """

    host_id: str
    moment: str
    taken_at: str
    model: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The whole of a journal.

    Attributes:
        origin: measured here, or replayed from a release.
        study: what was to be measured.
        cells: every cell that a run refers to, by id.
        runs: in the order in which they were recorded.
        hosts: host records by id (plain JSON values).
        lengths, quality: where the source has them.
        states: how the hosts stood before and after the runs of each process, in order.
        deviations: of the study and of single runs, each one sentence.
        source: for a replay, what was read: path's last part, digest, counts.
    """

    origin: Origin
    study: Study
    cells: Mapping[str, Cell]
    runs: tuple[Run, ...]
    hosts: Mapping[str, Mapping[str, Any]]
    lengths: tuple[Lengths, ...] = ()
    quality: tuple[Quality, ...] = ()
    states: tuple[HostState, ...] = ()
    deviations: tuple[str, ...] = ()
    source: Mapping[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """Whether every planned run has an outcome that is Measured."""
        return not self.missing

    @property
    def missing(self) -> tuple[tuple[Cell, int], ...]:
        """Cells with fewer measured runs than planned, and how many are missing."""
        done: dict[str, int] = {}
        for run in self.runs:
            if isinstance(run.outcome, Measured) and run.use is None:
                done[run.cell_id] = done.get(run.cell_id, 0) + 1
        return tuple(
            (planned.cell, planned.repetitions - done.get(planned.cell.cell_id, 0))
            for planned in self.study.cells
            if done.get(planned.cell.cell_id, 0) < planned.repetitions
        )


def query_window(run: Run) -> Window | None:
    """The window that the paper's figures are made of."""
    return run.window(Phase.QUERY)
