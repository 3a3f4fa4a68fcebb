"""What the parent and the measuring process say to each other: JSON, one value a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from kit.model.canonical import canonical_json
from kit.model.procedure import Procedure
from kit.model.runs import Phase, Run
from kit.model.study import Cell
from kit.plan import PendingRun
from kit.run.events import PhaseStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything that a measuring process needs to know.

    Attributes:
        folder: of the run, for the meters' own files.
        hub: folder of the artefacts.
        procedure: of the study.
        meters: names of the meters that read every window.
        forced: whether to measure beside other processes on the GPU, and on one that is partitioned.
        memory_limit_bytes: of the process, or None for no limit.
        parent: process id; the child ends when it does.
    """

    cells: tuple[Cell, ...]
    pending: tuple[PendingRun, ...]
    device: str
    country: str
    region: str | None
    seed: int
    idle_s: float
    load_each_run: bool
    procedure: Procedure
    forced: bool
    meters: tuple[str, ...]
    folder: str
    hub: str
    host_id: str
    memory_limit_bytes: int | None
    parent: int


@cache
def _order() -> TypeAdapter[Order]:
    return TypeAdapter(Order)


@cache
def _run() -> TypeAdapter[Run]:
    return TypeAdapter(Run)


def order_to_json(order: Order) -> str:
    """The order as one line."""
    return canonical_json(order)


def order_from_json(text: str) -> Order:
    """The order of its line."""
    return _order().validate_json(text)


def message_to_json(message: PhaseStarted | Run) -> str:
    """What the child reports, as one line."""
    return canonical_json({"run": message} if isinstance(message, Run) else {"phase": message})


def message_from_json(text: str) -> PhaseStarted | Run:
    """What the child reported.

    Raises:
        ValueError: if the line is none of its messages.
    """
    content = json.loads(text)
    if "run" in content:
        return _run().validate_python(content["run"])
    phase = content["phase"]
    return PhaseStarted(phase["cell_id"], phase["repetition"], Phase(phase["phase"]))
