"""Resampling of runs and models for any statistic: weights of the runs, and statistics under weights.

The same two stages as `kit.analyse.bootstrap`, which gives the intervals of means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kit.analyse.bootstrap import LEVEL, RESAMPLES, drawn, weighted_sum
from kit.analyse.evidence import CellFigures, Numbers


@dataclass(frozen=True, eq=False)
class Pool:
    """Numbers, one a run, with the model and the cell that each belongs to.

    Attributes:
        values: the numbers. models, cells: for each of them the place of its model and of its cell.
        names: model ids, by place.
    """

    values: Numbers
    models: NDArray[np.intp]
    cells: NDArray[np.intp]
    names: tuple[str, ...]

    @property
    def n_models(self) -> int:
        """Models in the pool."""
        return len(self.names)

    def model_means(self) -> Numbers:
        """The mean over the runs of each model."""
        means: Numbers = np.bincount(self.models, self.values) / np.bincount(self.models)
        return means


def pool(cells: Iterable[CellFigures], read: Callable[[CellFigures], Numbers]) -> Pool:
    """The runs of some cells; empty where they have none."""
    parts = [(figures.cell.model.id, read(figures)) for figures in cells]
    parts = [(name, values) for name, values in parts if values.size]
    names = tuple(dict.fromkeys(name for name, _ in parts))
    sizes = [values.size for _, values in parts]
    return Pool(
        np.concatenate([values for _, values in parts]) if parts else np.empty(0),
        np.repeat([names.index(name) for name, _ in parts], sizes).astype(np.intp),
        np.repeat(np.arange(len(parts)), sizes).astype(np.intp),
        names,
    )


def run_weights(runs: Pool, generator: np.random.Generator, *, over_models: bool) -> Numbers:
    """How often each run is drawn in each resample.

    Runs are drawn within their cell; where `over_models`, models are drawn too, their cells coming along
    (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).

    Returns:
        an array of runs x resamples: the runs of a cell lie beside each other in memory.
    """
    weights = np.empty((runs.values.size, RESAMPLES))
    ends = np.flatnonzero(np.diff(runs.cells, append=-1)) + 1
    for first, last in zip((0, *ends), ends, strict=False):
        weights[first:last] = drawn(last - first, generator)
    if over_models and runs.n_models > 1:
        weights *= drawn(runs.n_models, generator)[runs.models]
    return weights


def weighted_mean(values: Numbers, weights: Numbers) -> Numbers:
    """Mean of each resample."""
    means: Numbers = weighted_sum(values, weights) / weights.sum(axis=0)
    return means


def weighted_sd(values: Numbers, weights: Numbers) -> Numbers:
    """Standard deviation (n - 1) of each resample."""
    total = weights.sum(axis=0)
    centred = values - values.mean()
    mean = weighted_sum(centred, weights) / total
    spread: Numbers = np.sqrt(
        np.maximum(weighted_sum(centred**2, weights) - total * mean**2, 0.0) / np.maximum(total - 1.0, 1.0)
    )
    return spread


def weighted_median(values: Numbers, weights: Numbers) -> Numbers:
    """Median of each resample (the mean of the two middle values where there are two)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    running = np.cumsum(weights[order], axis=0)
    half = running[-1] / 2.0
    lower = ordered[np.argmax(running >= half, axis=0)]
    upper = ordered[np.argmax(running > half, axis=0)]
    median: Numbers = (lower + upper) / 2.0
    return median


def weighted_model_means(runs: Pool, weights: Numbers) -> Numbers:
    """Mean of each model in each resample: resamples x models, not a number where a model was not drawn."""
    means = np.full((RESAMPLES, runs.n_models), np.nan)
    for place in range(runs.n_models):
        inside = runs.models == place
        total = weights[inside].sum(axis=0)
        drawn = total > 0
        means[drawn, place] = weighted_sum(runs.values[inside], weights[inside])[drawn] / total[drawn]
    return means


def interval(draws: Numbers) -> tuple[float, float] | tuple[None, None]:
    """The 95 % percentile interval of some draws; none where they are all one number or not finite."""
    finite = draws[np.isfinite(draws)]
    if finite.size < draws.size * 0.9 or finite.size == 0 or np.ptp(finite) == 0.0:
        return None, None
    low, high = np.quantile(finite, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return float(low), float(high)


def runs_in(pools: Sequence[Pool]) -> tuple[int, int]:
    """Models and runs that some pools rest on."""
    names = {name for runs in pools for name in runs.names}
    return len(names), sum(runs.values.size for runs in pools)
