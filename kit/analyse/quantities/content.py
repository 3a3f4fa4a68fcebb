"""Quantities of what models read, write and get right: tokens (Table 4) and quality (section 4.2, appendix B)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kit.analyse.bootstrap import RESAMPLES
from kit.analyse.evidence import Evidence, Numbers, multi_purpose, task_specific
from kit.analyse.quantities.registry import Scale, quantity, word
from kit.analyse.quantities.selection import exact
from kit.analyse.resampling import interval
from kit.model.results import Estimate, Quantity, Unavailable
from kit.model.study import Family


@quantity("mean_tokens", Scale.CONTENT)
def mean_tokens(evidence: Evidence, side: str, dataset: str, model: str | None = None) -> Quantity:
    """Mean tokens of an inference, read or written, of one model or of all multi-purpose ones on a data set."""
    wanted = word(side, {"input": "input_tokens", "output": "output_tokens"})
    found: list[float] = []
    models = set()
    for lengths in evidence.record.lengths:
        cell = evidence.record.cells[lengths.cell_id]
        if cell.dataset.key == dataset and multi_purpose(cell.model.family) and model in (None, cell.model.id):
            found += getattr(lengths, wanted)
            models.add(cell.model.id)
    if not found:
        return Unavailable(f"no tokens of {model or 'a multi-purpose model'} on {dataset} were counted")
    return exact(float(np.mean(found)), "tokens", n_models=len(models), method=f"mean over {len(found):,} inferences")


@quantity("quality_difference", Scale.CONTENT)
def quality_difference(evidence: Evidence, task: str | None = None) -> Quantity:
    """Mean quality of the multi-purpose models less that of the task-specific ones, each data set counting alike."""
    sides = _sides(evidence, _means, task)
    if isinstance(sides, Unavailable):
        return sides
    return _contrast(evidence, sides[0] - sides[1], "difference of mean quality")


@quantity("quality_spread_ratio", Scale.CONTENT)
def quality_spread_ratio(evidence: Evidence, task: str | None = None) -> Quantity:
    """Standard deviation of quality between multi-purpose models over that between task-specific ones.

    Each is a mean over data sets.
    """
    sides = _sides(evidence, _spreads, task)
    if isinstance(sides, Unavailable):
        return sides
    return _contrast(evidence, sides[0] / sides[1], "ratio of the spreads of quality between models")


def _means(values: Numbers) -> Numbers:
    found: Numbers = values.mean(axis=-2)
    return found


def _spreads(values: Numbers) -> Numbers:
    found: Numbers = values.std(axis=-2, ddof=1)
    return found


def _sides(
    evidence: Evidence, statistic: Callable[[Numbers], Numbers], only: str | None
) -> tuple[Numbers, Numbers] | Unavailable:
    """A statistic between models, averaged over data sets, of either group: the point first, then its resamples."""
    tasks = sorted({item.task for item in evidence.record.quality if only in (None, item.task)})
    found: list[tuple[Numbers, Numbers]] = []
    for task in tasks:
        tables = [_by_model(evidence, task, families) for families in (multi_purpose, task_specific)]
        if all(table is not None and len(table) > 1 for table in tables):
            generator = np.random.default_rng((evidence.seed, 7, tasks.index(task)))
            multi, specific = (_resampled(table, statistic, generator) for table in tables if table is not None)
            found.append((multi, specific))
    if not found:
        return Unavailable("the quality of several models of both kinds on one data set is not known")
    first, second = (np.concatenate([pair[side] for pair in found], axis=1).mean(axis=1) for side in (0, 1))
    return first, second


def _by_model(evidence: Evidence, task: str, families: Callable[[Family], bool]) -> Numbers | None:
    """Quality by model and data set, of those models that have it on every data set of the task."""
    kinds = {cell.model.id: cell.model.family for cell in evidence.record.cells.values()}
    values: dict[str, dict[str, float]] = {}
    for item in evidence.record.quality:
        if item.task == task and item.model in kinds and families(kinds[item.model]):
            values.setdefault(item.model, {})[item.dataset] = item.value
    datasets = sorted({item.dataset for item in evidence.record.quality if item.task == task})
    rows = [[own[name] for name in datasets] for own in values.values() if own.keys() >= set(datasets)]
    return np.array(rows) if rows else None


def _resampled(table: Numbers, statistic: Callable[[Numbers], Numbers], generator: np.random.Generator) -> Numbers:
    drawn = generator.integers(0, len(table), (RESAMPLES, len(table)))
    stacked: Numbers = np.concatenate([statistic(table)[np.newaxis], statistic(table[drawn])])
    return stacked


def _contrast(evidence: Evidence, values: Numbers, method: str) -> Estimate:
    low, high = interval(values[1:])
    models = {item.model for item in evidence.record.quality}
    return Estimate(
        value=float(values[0]),
        low=low,
        high=high,
        unit="1",
        boundary=None,
        n_models=len(models),
        n_runs=0,
        method=f"{method}, each data set counting alike; 95 % interval by resampling models",
    )
