"""What loading a model took in the paper's release: beside the query windows of `reference.csv`, what a run costs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from kit.model.study import Task

PATH: Final = Path(__file__).with_name("loading.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingEntry:
    """Loading a model once for a task, moving it to the GPU included: the mean over the release's runs, whole node.

    Attributes:
        n: runs.
    """

    n: int
    duration_s: float
    energy_kwh: float


@cache
def load_loading() -> Mapping[tuple[Task, str], LoadingEntry]:
    """The entries by task and published model id; a data file of the kit, with its source in the first lines."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {
            (Task(row["task"]), row["model"]): LoadingEntry(
                n=int(row["n"]), duration_s=float(row["duration_s"]), energy_kwh=float(row["energy_kwh"])
            )
            for row in rows
        }
