"""How sure an inference's mean energy is, and with it the number of inferences to parity.

The unit that is resampled is the data set: its runs come along with it, so that
the mean of a data set carries their scatter too (Davison and Hinkley, Bootstrap
Methods and their Application, 1997, section 3.8). With one data set it is the run.
The interval is the studentised bootstrap on the logarithm of the mean (ibid.,
2.4 and 5.2), because a plain percentile interval of nine values covers 88 %
where 95 % is said. Below four values a bootstrap has too few distinct resamples,
and Student's t of the logarithm of the mean (delta method) stands in for it.

The training energy is log-normal about its stated value, independent of the inferences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

RESAMPLES: Final = 4_000
FEWEST: Final = 4
"""Values from which a bootstrap is made."""
MOST: Final = 200
"""Values up to which it is made: beyond them it is Student's t in all but name, and costs memory."""
TAILS: Final = (0.025, 0.975)
SAME: Final = 1e-12
"""Relative scatter under which the values of a resample are one and the same."""

Draws = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scatter:
    """How an estimated mean lies about the true one.

    Attributes:
        deviations: draws of log(estimate / truth), or None where the data allow none.
        method: a clause that says how they came about.
    """

    deviations: Draws | None
    method: str


@dataclass(frozen=True, slots=True)
class RelativeInterval:
    """A 95 % interval as factors of the estimate; None where the data allow none."""

    low: float | None
    high: float | None
    method: str


def ordered_means(by_dataset: Mapping[str, Sequence[float]]) -> tuple[float, ...]:
    """The mean of each data set, in ascending order, so that no order of runs or data sets matters."""
    return tuple(sorted(math.fsum(runs) / len(runs) for runs in by_dataset.values()))


def scatter(by_dataset: Mapping[str, Sequence[float]], seed: int) -> Scatter:
    """How the mean over data sets of the mean over runs scatters.

    Args:
        by_dataset: one positive or negative number a run (any unit), by data set; no data set is empty.
        seed: of the resampling.
    """
    means = ordered_means(by_dataset)
    only = next(iter(by_dataset.values()))
    values, unit = (means, "data sets") if len(means) > 1 else (tuple(sorted(only)), "runs")
    if len(values) == 1:
        return Scatter(None, "a single value, whose own scatter is not known")
    if values[0] <= 0.0:
        return Scatter(None, f"no interval: the mean of some {unit} is not above zero")
    sample = np.array(values)
    error = _relative_error(sample)
    if FEWEST <= len(values) <= MOST:
        ratios = _studentised(sample, np.random.default_rng(seed))
        return Scatter(ratios * error, f"studentised bootstrap over {len(values)} {unit}")
    quantiles = (np.arange(RESAMPLES) + 0.5) / RESAMPLES
    ratios = np.asarray(stats.t.ppf(quantiles, len(values) - 1), dtype=np.float64)
    return Scatter(ratios * error, f"Student's t over {len(values)} {unit}")


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


def _relative_error(sample: Draws) -> float:
    return float(sample.std(ddof=1) / math.sqrt(sample.size) / sample.mean())


def _studentised(sample: Draws, generator: np.random.Generator) -> Draws:
    """log(resampled mean / mean) over its standard error, for each resample that has one."""
    resampled = sample[generator.integers(0, sample.size, (RESAMPLES, sample.size))]
    means = resampled.mean(axis=1)
    errors = resampled.std(axis=1, ddof=1) / math.sqrt(sample.size) / means
    apart = errors > SAME
    if not apart.any():
        return np.zeros(1)
    ratios: Draws = np.log(means[apart] / sample.mean()) / errors[apart]
    return ratios


def _quantiles(logarithms: Draws, method: str) -> RelativeInterval:
    with np.errstate(over="ignore", under="ignore"):
        low, high = (float(end) for end in np.exp(np.quantile(logarithms, TAILS)))
    if not 0.0 < low <= high < math.inf:
        return RelativeInterval(None, None, f"{method}; the values are too uneven for an interval")
    return RelativeInterval(low, high, method)
