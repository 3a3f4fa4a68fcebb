"""How sure an inference's mean energy is, and with it the number of inferences to parity.

The model: log(mean energy of a data set) = level of its task + scatter, the scatter being alike in all tasks (energies
of data sets differ by a factor, the larger the energy the more). The tasks are fixed, as the study chose them; the data
sets of a task stand for others of their sort. The mean of a data set carries the scatter of its runs (Davison and
Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). Where every task has one data set, the data sets
are one sample; where there is one data set, its runs are.

The interval is a studentised residual bootstrap of the logarithm of the mean (ibid., 5.2 and 6.2.3): residuals about
the level of the task, each scaled by sqrt(n / (n - 1)), are drawn from all tasks together. Below four degrees of
freedom a bootstrap has too few distinct resamples, and Student's t stands in for it.

The training energy is log-normal about its stated value, independent of the inferences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

RESAMPLES: Final = 4_000
FEWEST: Final = 4
"""Degrees of freedom from which a bootstrap is made."""
MOST: Final = 200
"""Degrees of freedom up to which it is made: beyond them it is Student's t in all but name, and costs memory."""
TAILS: Final = (0.025, 0.975)
SAME: Final = 1e-12
"""Scatter of logarithms under which values are one and the same."""

Numbers = NDArray[np.float64]
ByTask = Mapping[str, Mapping[str, Sequence[float]]]
"""One number a run, by task and data set. No task and no data set is empty."""


@dataclass(frozen=True, slots=True)
class Scatter:
    """How an estimated mean lies about the true one.

    Attributes:
        deviations: draws of log(estimate / truth), or None where the data allow none.
        method: a clause that says how they came about.
    """

    deviations: Numbers | None
    method: str


@dataclass(frozen=True, slots=True)
class RelativeInterval:
    """A 95 % interval as factors of the estimate; None where the data allow none."""

    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class _Sample:
    """Values by group, each group's in ascending order, and what they are (data sets or runs)."""

    groups: tuple[tuple[float, ...], ...]
    unit: str

    @property
    def values(self) -> Numbers:
        return np.array([value for group in self.groups for value in group])

    @property
    def freedom(self) -> int:
        return sum(len(group) - 1 for group in self.groups)


def dataset_means(by_task: ByTask) -> tuple[tuple[float, ...], ...]:
    """The mean of each data set by task, in ascending order, so that no order of runs, data sets or tasks matters."""
    return tuple(
        sorted(
            tuple(sorted(math.fsum(runs) / len(runs) for runs in by_dataset.values()))
            for by_dataset in by_task.values()
        )
    )


def scatter(by_task: ByTask, seed: int) -> Scatter:
    """How the mean over data sets of the mean over runs scatters.

    Args:
        by_task: in any unit.
        seed: of the resampling.
    """
    sample = _sample(by_task)
    values = sample.values
    if values.size == 1:
        return Scatter(None, "a single value, whose own scatter is not known")
    if values.min() <= 0.0:
        return Scatter(None, f"no interval: the mean of some {sample.unit} is not above zero")
    over = f"over {values.size} {sample.unit}" + (f" of {len(sample.groups)} tasks" if len(sample.groups) > 1 else "")
    places = np.repeat(np.arange(len(sample.groups)), [len(group) for group in sample.groups])
    error = float(_errors(np.log(values), places, sample.freedom))
    if FEWEST <= sample.freedom <= MOST:
        ratios = _studentised(np.log(values), places, sample.freedom, np.random.default_rng(seed))
        return Scatter(ratios * error, f"studentised bootstrap {over}")
    quantiles = (np.arange(RESAMPLES) + 0.5) / RESAMPLES
    student = np.asarray(stdtrit(sample.freedom, quantiles), dtype=np.float64)
    return Scatter(student * error, f"Student's t {over}")


def energy_interval(spread: Scatter) -> RelativeInterval:
    """The interval of the mean energy of an inference."""
    if spread.deviations is None:
        return RelativeInterval(None, None, spread.method)
    return _quantiles(-spread.deviations, spread.method)


def parity_interval(spread: Scatter, relative_uncertainty: float, seed: int) -> RelativeInterval:
    """The interval of training energy / energy of an inference.

    Args:
        relative_uncertainty: relative standard uncertainty of the training energy, not negative.
    """
    said = f"{spread.method}; training energy uncertain by {relative_uncertainty:.0%} (standard uncertainty)"
    sigma = math.sqrt(math.log1p(relative_uncertainty**2))
    if spread.deviations is None and sigma == 0.0:
        return RelativeInterval(None, None, said)
    # A stream of its own: the draws of the training energy do not change with the number of runs.
    training = np.random.default_rng((seed, 1)).normal(0.0, sigma, RESAMPLES)
    if spread.deviations is None:
        return _quantiles(training, said)
    shuffled = np.random.default_rng((seed, 2)).permutation(spread.deviations)
    return _quantiles(training[: shuffled.size] + shuffled, said)


def _sample(by_task: ByTask) -> _Sample:
    means = dataset_means(by_task)
    pooled = tuple(sorted(value for group in means for value in group))
    if len(pooled) == 1:
        only = next(iter(next(iter(by_task.values())).values()))
        return _Sample((tuple(sorted(only)),), "runs")
    alone = all(len(group) == 1 for group in means)
    return _Sample((pooled,) if alone else means, "data sets")


def _levels(logarithms: Numbers, places: NDArray[np.intp]) -> Numbers:
    """The mean of its group for each value; the last axis runs over the values."""
    levels = np.empty_like(logarithms)
    for place in range(int(places.max()) + 1):
        inside = places == place
        levels[..., inside] = logarithms[..., inside].mean(axis=-1, keepdims=True)
    return levels


def _errors(logarithms: Numbers, places: NDArray[np.intp], freedom: int) -> Numbers:
    """Standard error of the logarithm of the mean (delta method), the last axis running over the values."""
    residuals = logarithms - _levels(logarithms, places)
    pooled = np.sqrt((residuals**2).sum(axis=-1) / freedom)
    values = np.exp(logarithms - logarithms.max(axis=-1, keepdims=True))
    weights = values / values.sum(axis=-1, keepdims=True)
    errors: Numbers = pooled * np.sqrt((weights**2).sum(axis=-1))
    return errors


def _studentised(
    logarithms: Numbers, places: NDArray[np.intp], freedom: int, generator: np.random.Generator
) -> Numbers:
    """log(resampled mean / mean of the resampled population) over its standard error, for each resample with one."""
    levels = _levels(logarithms, places)
    sizes = np.bincount(places)[places]
    repeated = sizes > 1
    residuals = (logarithms - levels)[repeated] * np.sqrt(sizes[repeated] / (sizes[repeated] - 1))
    drawn = levels + residuals[generator.integers(0, residuals.size, (RESAMPLES, logarithms.size))]
    errors = _errors(drawn, places, freedom)
    apart = errors > SAME
    if not apart.any():
        return np.zeros(1)
    centre = logarithms.max()
    population = np.exp(levels - centre).mean() * np.exp(residuals).mean()
    ratios: Numbers = np.log(np.exp(drawn[apart] - centre).mean(axis=1) / population) / errors[apart]
    return ratios


def _quantiles(logarithms: Numbers, method: str) -> RelativeInterval:
    with np.errstate(over="ignore", under="ignore"):
        low, high = (float(end) for end in np.exp(np.quantile(logarithms, TAILS)))
    if not 0.0 < low <= high < math.inf:
        return RelativeInterval(None, None, f"{method}; the values are too uneven for an interval")
    return RelativeInterval(low, high, method)
