"""The paper's own figures for each cell, as its release gives them: what any report shows beside its own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from kit.model.study import CellKey, Task

PATH: Final = Path(__file__).with_name("reference.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEntry:
    """1,000 inferences of a cell in the release, within the published boundary: the whole node.

    Attributes:
        n: runs. `_sd` fields are standard deviations over them, with n - 1.
    """

    n: int
    energy_kwh: float
    energy_sd_kwh: float
    gpu_kwh: float
    gpu_sd_kwh: float
    cpu_kwh: float
    cpu_sd_kwh: float
    ram_kwh: float
    ram_sd_kwh: float
    emissions_g: float
    emissions_sd_g: float
    duration_s: float
    duration_sd_s: float


@cache
def load_reference() -> Mapping[CellKey, ReferenceEntry]:
    """The entries by task, model and data set; a data file of the kit, with its source in the first lines."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {
            CellKey(Task(row.pop("task")), row.pop("model"), row.pop("dataset")): ReferenceEntry(
                n=int(row.pop("n")), **{name: float(value) for name, value in row.items()}
            )
            for row in rows
        }
