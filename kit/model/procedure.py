"""What a study does for its measurements beyond the published protocol. All defaults are the published one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Gt, Le


class RunOrder(StrEnum):
    """In which order the cells of a study are measured."""

    STUDY = "study"
    """As the study lists them, task by task: the published order."""
    RANDOM = "random"
    """Shuffled by the study's seed, so that a machine that changes with time is not taken for a task that differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """How the runs of a study are conducted.

    Attributes:
        order: of the cells.
        cool_down_s: rest before each cell.
        steady_variation: warm up, in addition to the cells' own inferences for that, until the coefficient of variation
            of the last `steady_inferences` durations is at most this; None: no such warm-up, as published.
        steady_inferences: how many durations that is taken over.
        most_warm_up: inferences after which warming up ends in any case (what was not reached is noted).
        shortest_window_s: the inputs are gone through again until the window has lasted so long.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - read by pydantic, as in kit.model.study

    order: RunOrder = RunOrder.STUDY
    cool_down_s: Annotated[float, Ge(0), Le(3_600)] = 0.0
    steady_variation: Annotated[float, Gt(0), Le(1)] | None = None
    steady_inferences: Annotated[int, Ge(2), Le(1_000)] = 5
    most_warm_up: Annotated[int, Ge(2), Le(10_000)] = 50
    shortest_window_s: Annotated[float, Ge(0), Le(3_600)] = 0.0

    def __post_init__(self) -> None:
        if self.steady_inferences > self.most_warm_up:
            raise ValueError(f"most_warm_up: {self.most_warm_up} is less than the {self.steady_inferences} looked at")

    def deviations(self) -> Iterator[str]:
        """What of it the published protocol does not have, one sentence each."""
        if self.order is RunOrder.RANDOM:
            yield "Cells are measured in an order drawn from the study's seed, not task by task."
        if self.cool_down_s:
            yield f"The machine rests for {self.cool_down_s:g} s before each cell."
        if self.steady_variation is not None:
            yield (
                f"Models are warmed up until the last {self.steady_inferences} inferences vary by at most "
                f"{self.steady_variation:.0%}, within {self.most_warm_up} inferences."
            )
        if self.shortest_window_s:
            yield f"Inputs are gone through again until a window has lasted {self.shortest_window_s:g} s."
