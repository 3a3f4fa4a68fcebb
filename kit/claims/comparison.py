"""Two studies of the same design, cell by cell: ratio with interval, equivalence, and agreement of ranks.

The ratio of two means is taken on the logarithmic scale, where the standard
error of the logarithm of a mean is, to first order, its relative standard
error (delta method); intervals and tests are Welch's. Equivalence is two
one-sided tests (Schuirmann, J. Pharmacokin. Biopharm. 15, 1987): the ratio has
to lie between 1 / (1 + margin) and 1 + margin, each side tested at 5 %. Ranks
are compared by Spearman's rho, its interval by Fisher's transformation with
the standard error of Bonett and Wright (Psychometrika 65, 2000).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from kit.analyse.evidence import Evidence
from kit.catalog.reference import ReferenceEntry
from kit.errors import InputError
from kit.model.record import Record
from kit.model.results import Boundary, Column, Table
from kit.model.study import CellKey

ALPHA: Final = 0.05
FEWEST_RANKED: Final = 4
"""Items from which the interval of a rank correlation is given."""


class Likeness(StrEnum):
    """What two means of a cell say of each other."""

    EQUIVALENT = "equivalent"
    """Both one-sided tests reject: the ratio lies within the margin."""
    DIFFERENT = "different"
    """The whole interval of the ratio lies outside the margin."""
    UNDECIDED = "undecided"
    """Neither, or too few runs to say."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation (n - 1) of the energy of a cell, over n runs; kWh for 1,000 inferences."""

    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellComparison:
    """One cell of both.

    Attributes:
        ratio: mean of the first over mean of the second; low and high: its 95 % interval, where there are runs for it.
        p_equivalence: larger of the two one-sided p-values, where there are runs for it.
    """

    key: CellKey
    first: Moments
    second: Moments
    ratio: float
    low: float | None
    high: float | None
    p_equivalence: float | None
    likeness: Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class RankAgreement:
    """Spearman's rho over `n` tasks or models; None where there are fewer than three or no order among them."""

    over: str
    n: int
    rho: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two studies.

    Attributes:
        ratio: geometric mean of the cells' ratios; None where there are none.
        only_first, only_second: cells that the other does not have.
    """

    boundary: Boundary
    margin: float
    cells: tuple[CellComparison, ...]
    ratio: float | None
    ranks: tuple[RankAgreement, ...]
    only_first: tuple[CellKey, ...]
    only_second: tuple[CellKey, ...]


def compare(
    first: Record,
    second: Record | Mapping[CellKey, ReferenceEntry],
    margin: float = 0.2,
    boundary: Boundary = Boundary.PUBLISHED,
) -> Comparison:
    """Compare a record with another, or with the paper's reference.

    Args:
        margin: of equivalence; 0.2 asks for a ratio between 1 / 1.2 and 1.2.

    Raises:
        InputError: if the margin is not above 0, or the reference is asked for another boundary than the published one.
    """
    if not (math.isfinite(margin) and margin > 0.0):
        raise InputError(f"margin: {margin:g} is not above 0", "give a margin such as 0.2, for 20 %")
    if not isinstance(second, Record) and boundary is not Boundary.PUBLISHED:
        raise InputError(f"the reference holds no energies within {boundary}", "compare within `published`")
    ours = moments_of(first, boundary)
    theirs = moments_of(second, boundary) if isinstance(second, Record) else reference_moments(second)
    shared = [key for key in ours if key in theirs]
    cells = tuple(compare_cell(key, ours[key], theirs[key], margin) for key in sorted(shared))
    return Comparison(
        boundary=boundary,
        margin=margin,
        cells=cells,
        ratio=math.exp(math.fsum(math.log(cell.ratio) for cell in cells) / len(cells)) if cells else None,
        ranks=(_ranks("tasks", cells), _ranks("models", cells)),
        only_first=tuple(sorted(key for key in ours if key not in theirs)),
        only_second=tuple(sorted(key for key in theirs if key not in ours)),
    )


def moments_of(record: Record, boundary: Boundary) -> dict[CellKey, Moments]:
    """The moments of each cell of a record whose mean energy is above zero; cells of one key are pooled."""
    runs: dict[CellKey, list[float]] = {}
    for figures in Evidence(record, boundary).cells:
        runs.setdefault(figures.cell.key, []).extend(figures.energy.tolist())
    found = {
        key: Moments(len(values), float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0)
        for key, values in runs.items()
    }
    return {key: moments for key, moments in found.items() if moments.mean > 0.0}


def reference_moments(reference: Mapping[CellKey, ReferenceEntry]) -> dict[CellKey, Moments]:
    """The moments of the paper's cells, within the published boundary."""
    return {key: Moments(entry.n, entry.energy_kwh, entry.energy_sd_kwh) for key, entry in reference.items()}


def compare_cell(key: CellKey, first: Moments, second: Moments, margin: float) -> CellComparison:
    """The ratio of two means with its interval and its test of equivalence."""
    ratio = first.mean / second.mean
    low = high = p_value = None
    if first.n > 1 and second.n > 1:
        low, high, p_value = _welch(math.log(ratio), first, second, math.log1p(margin))
    likeness = Likeness.UNDECIDED
    if p_value is not None and p_value < ALPHA:
        likeness = Likeness.EQUIVALENT
    elif low is not None and high is not None and (low > 1.0 + margin or high < 1.0 / (1.0 + margin)):
        likeness = Likeness.DIFFERENT
    return CellComparison(
        key=key,
        first=first,
        second=second,
        ratio=ratio,
        low=low,
        high=high,
        p_equivalence=p_value,
        likeness=likeness,
    )


def _welch(log_ratio: float, first: Moments, second: Moments, bound: float) -> tuple[float, float, float]:
    """Ends of the 95 % interval of the ratio, and the p-value of equivalence within exp(+-bound)."""
    variances = [(side.sd / side.mean) ** 2 / side.n for side in (first, second)]
    error = math.sqrt(sum(variances))
    if error == 0.0:
        return math.exp(log_ratio), math.exp(log_ratio), float(abs(log_ratio) >= bound)
    freedom = sum(variances) ** 2 / sum(
        variance**2 / (side.n - 1) for variance, side in zip(variances, (first, second), strict=True)
    )
    reach = float(stdtrit(freedom, 1.0 - ALPHA / 2.0)) * error
    below = float(stdtr(freedom, -(log_ratio + bound) / error))
    above = float(stdtr(freedom, (log_ratio - bound) / error))
    return math.exp(log_ratio - reach), math.exp(log_ratio + reach), max(below, above)


def _ranks(over: str, cells: Sequence[CellComparison]) -> RankAgreement:
    """Ranks of tasks by the mean of their models' means, or of (task, model) pairs by the mean of their cells."""
    pairs: dict[tuple[str, str], list[CellComparison]] = {}
    for cell in cells:
        pairs.setdefault((cell.key.task.value, cell.key.model), []).append(cell)
    means = {name: _two_means((cell.first.mean, cell.second.mean) for cell in group) for name, group in pairs.items()}
    if over == "tasks":
        tasks = sorted({task for task, _ in means})
        points = [_two_means(mean for (name, _), mean in means.items() if name == task) for task in tasks]
    else:
        points = list(means.values())
    if len(points) < 3 or any(len({point[side] for point in points}) == 1 for side in (0, 1)):
        return RankAgreement(over=over, n=len(points), rho=None, low=None, high=None)
    from scipy import stats  # half a second, which only a comparison is worth

    rho = float(stats.spearmanr([point[0] for point in points], [point[1] for point in points]).statistic)
    low, high = _rank_interval(rho, len(points))
    return RankAgreement(over=over, n=len(points), rho=rho, low=low, high=high)


def _rank_interval(rho: float, n: int) -> tuple[float, float] | tuple[None, None]:
    if n < FEWEST_RANKED or abs(rho) > 1.0 - 1e-9:
        return None, None
    reach = float(ndtri(1.0 - ALPHA / 2.0)) * math.sqrt((1.0 + rho**2 / 2.0) / (n - 3))
    return math.tanh(math.atanh(rho) - reach), math.tanh(math.atanh(rho) + reach)


def _two_means(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    listed = list(pairs)
    return math.fsum(pair[0] for pair in listed) / len(listed), math.fsum(pair[1] for pair in listed) / len(listed)


def comparison_table(comparison: Comparison) -> Table:
    """A row a cell that both have."""
    columns = (
        Column("task", "task"),
        Column("model", "model, by its published id"),
        Column("dataset", "data set"),
        Column("ratio", "mean energy of the first over that of the second"),
        Column("low", "lower end of the 95 % interval"),
        Column("high", "upper end of the 95 % interval"),
        Column("p_equivalence", "p-value of equivalence within the margin (two one-sided tests)"),
        Column("likeness", "equivalent, different or undecided"),
        Column("n_first", "runs of the first"),
        Column("n_second", "runs of the second"),
    )
    rows = tuple(
        (
            cell.key.task.value,
            cell.key.model,
            cell.key.dataset,
            cell.ratio,
            cell.low,
            cell.high,
            cell.p_equivalence,
            cell.likeness.value,
            cell.first.n,
            cell.second.n,
        )
        for cell in comparison.cells
    )
    title = f"Energy of the first over the second, within {comparison.boundary}, margin {comparison.margin:.0%}"
    return Table("comparison", title, columns, rows)
