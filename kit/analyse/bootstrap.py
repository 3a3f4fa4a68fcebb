"""Intervals by a bootstrap that resamples models, and within them runs.

The runs of one model resemble each other far more than those of two: drawing
runs alone would promise a precision that another set of models would not keep.
Two stages, each with replacement: models, then for each drawn model as many of
its runs as it has (Davison and Hinkley, Bootstrap Methods and Their
Application, 1997, section 3.8). Percentile intervals, 95 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 2_000
LEVEL: Final = 0.95
SEED: Final = 2311_16863

Groups = Sequence[NDArray[np.float64]]
"""One array of values for each model, of shape (runs of that model,)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Ends of a 95 % interval."""

    low: float
    high: float


def mean_interval(groups: Groups, *, seed: int = SEED) -> Interval | None:
    """Interval of the mean over all runs; None where one run of one model is all there is.

    With one model the runs alone are resampled, and the interval speaks of that
    model. It does not depend on the order of models or runs.
    """
    values = sorted((np.sort(group) for group in groups if group.size), key=lambda group: tuple(group.tolist()))
    if sum(group.size for group in values) < 2:
        return None
    means = _resampled_means(values, np.random.default_rng(seed))
    return _interval(means)


def _resampled_means(groups: Groups, rng: np.random.Generator) -> NDArray[np.float64]:
    """Means of resamples, of shape (RESAMPLES,)."""
    sizes = np.array([group.size for group in groups])
    sums = np.empty((RESAMPLES, len(groups)))
    for position, group in enumerate(groups):
        drawn = rng.integers(0, group.size, size=(RESAMPLES, group.size))
        sums[:, position] = group[drawn].sum(axis=1)
    if len(groups) == 1:
        return np.asarray(sums[:, 0] / sizes[0], dtype=np.float64)
    models = rng.integers(0, len(groups), size=(RESAMPLES, len(groups)))
    totals = np.take_along_axis(sums, models, axis=1).sum(axis=1)
    return np.asarray(totals / sizes[models].sum(axis=1), dtype=np.float64)


def _interval(statistics: NDArray[np.float64]) -> Interval:
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(statistics, [tail, 1.0 - tail])
    return Interval(float(low), float(high))
