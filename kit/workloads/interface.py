"""What a workload is: one cell, ready to make inferences one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kit.model.runs import Work
from kit.model.study import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and how workloads run.

    Attributes:
        device: `cpu` or `cuda`.
        hub: folder in the Hub's cache layout that artefacts are read from.
        offline: whether nothing may be fetched.
        seed: of made inputs.
    """

    device: str
    hub: Path
    offline: bool
    seed: int


class Workload(Protocol):
    """A cell's pipeline and inputs.

    `load` is the study's task of that name: it builds the pipeline. Inputs are
    read and prepared before, so that no window spans them. `call` makes one
    inference of one input; it is all that a measured loop calls.
    """

    @property
    def cell(self) -> Cell:
        """The cell."""

    @property
    def inputs(self) -> Sequence[Any]:
        """Prepared inputs: those of the warm-up, then those of the window. Available once loaded."""

    def load(self) -> None:
        """Build the pipeline.

        Raises:
            MeasurementError: if the artefacts are missing or broken.
        """

    def call(self, item: Any) -> Any:
        """One inference."""

    def synchronize(self) -> None:
        """Wait until the device has done all that it was given."""

    def take_work(self) -> Work:
        """What was done since the last time, counted; and start counting anew.

        Raises:
            MeasurementError: if the steps made are not those that the protocol forces.
        """
