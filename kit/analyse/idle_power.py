"""The idle power of a GPU where only the sum of several was read: estimated from the record itself.

While a model loads, no GPU computes: the power of all GPUs divided by their
number is then the power of an idle one. The estimate is the median over the
load windows, its range their 5th to 95th percentile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from kit.model.record import Record
from kit.model.runs import Measured, Phase, Window

SUM_PREFIX: Final = "gpu/sum-of-"
RANGE: Final = (5.0, 95.0)
"""Percentiles."""


@dataclass(frozen=True, slots=True)
class IdlePower:
    """The power of one idle GPU.

    Attributes:
        power_w, low_w, high_w: median and range.
        windows: load windows that it rests on.
    """

    power_w: float
    low_w: float
    high_w: float
    windows: int


def gpus_in_sum(window: Window) -> tuple[int, float] | None:
    """Number of GPUs whose energy was read as one sum, and that energy in joules."""
    for reading in window.readings:
        if reading.component.startswith(SUM_PREFIX):
            count = reading.component.removeprefix(SUM_PREFIX)
            return (int(count), reading.energy_j) if count.isdigit() and int(count) > 0 else None
    return None


def estimate_idle_power(record: Record) -> IdlePower | None:
    """The idle power of a GPU, or None where no sum of GPUs was read while a model loaded."""
    powers: list[float] = []
    for run in record.runs:
        if not isinstance(run.outcome, Measured):
            continue
        window = run.window(Phase.LOAD)
        summed = gpus_in_sum(window) if window is not None else None
        if window is not None and summed is not None and window.duration_s > 0:
            powers.append(summed[1] / summed[0] / window.duration_s)
    if not powers:
        return None
    low, middle, high = np.percentile(powers, [RANGE[0], 50.0, RANGE[1]])
    return IdlePower(float(middle), float(low), float(high), len(powers))
