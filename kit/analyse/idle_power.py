"""The idle power of a GPU where only the sum of several was read: estimated from the record itself.

While a model loads, no GPU computes: the power of all GPUs divided by their
number is then that of an idle one. It differs from node to node and from hour
to hour by more than a light model takes, so that each run is given that of its
own load window and no other's.

How far a load window tells what the idle GPUs take in the query window is seen
where a cell is repeated. Each repetition does the same work, so the difference
of query and load power should be the same in each; how it scatters about its
mean over the cell (5th to 95th percentile, all cells together) is the range of
the estimate. An error that all load windows share is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from kit.model.record import Record
from kit.model.runs import Measured, Phase, Run, Window

SUM_PREFIX: Final = "gpu/sum-of-"
RANGE: Final = (5.0, 95.0)
"""Percentiles."""


@dataclass(frozen=True, slots=True)
class IdlePower:
    """The power of one idle GPU, run by run.

    Attributes:
        by_run_w: watts, by run id; of the runs whose load window has a sum of GPUs.
        below_w, above_w: how much less and more it may be (from a negative number to a positive one), the same for
            every run; None where no cell was repeated.
    """

    by_run_w: Mapping[str, float]
    below_w: float | None
    above_w: float | None


def gpus_in_sum(window: Window) -> tuple[int, float] | None:
    """Number of GPUs whose energy was read as one sum, and that energy in joules."""
    for reading in window.readings:
        if reading.component.startswith(SUM_PREFIX):
            count = reading.component.removeprefix(SUM_PREFIX)
            return (int(count), reading.energy_j) if count.isdigit() and int(count) > 0 else None
    return None


def estimate_idle_power(record: Record) -> IdlePower | None:
    """The idle power of a GPU in each run, or None where no sum of GPUs was read while a model loaded."""
    by_run: dict[str, float] = {}
    differences: dict[str, list[float]] = {}
    for run in record.runs:
        loading_w = _power_of_one_w(run, Phase.LOAD)
        if loading_w is None:
            continue
        by_run[run.run_id] = loading_w
        querying_w = _power_of_one_w(run, Phase.QUERY)
        if querying_w is not None and run.use is None:
            differences.setdefault(run.cell_id, []).append(querying_w - loading_w)
    if not by_run:
        return None
    below_w, above_w = _scatter(differences)
    return IdlePower(by_run, below_w, above_w)


def _power_of_one_w(run: Run, phase: Phase) -> float | None:
    """Mean power over a window of all GPUs, divided by their number."""
    window = run.window(phase) if isinstance(run.outcome, Measured) else None
    summed = gpus_in_sum(window) if window is not None else None
    if window is None or summed is None or window.duration_s <= 0:
        return None
    count, energy_j = summed
    return energy_j / count / window.duration_s


def _scatter(differences: Mapping[str, list[float]]) -> tuple[float, float] | tuple[None, None]:
    """Percentiles of the deviations from their cell's mean, widened for the mean being that of the same few runs."""
    repeated = [np.array(values) for values in differences.values() if len(values) > 1]
    if not repeated:
        return None, None
    deviations = [(values - values.mean()) * np.sqrt(values.size / (values.size - 1)) for values in repeated]
    low, high = np.percentile(np.concatenate(deviations), RANGE)
    return float(low), float(high)
