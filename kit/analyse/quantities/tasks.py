"""Quantities of tasks: means, spreads, medians and their ratios, of task-specific models (Table 2, section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from kit.analyse.evidence import Evidence, Numbers
from kit.analyse.quantities.registry import Scale, quantity, word
from kit.analyse.quantities.selection import (
    RESAMPLED,
    Figure,
    combined,
    figure,
    itself,
    mean_estimate,
    quotient,
    task_of,
    task_pool,
    weights_of,
)
from kit.analyse.resampling import weighted_mean, weighted_median, weighted_sd
from kit.model.results import Quantity, Unavailable
from kit.model.study import Kind, Modality, Task

Statistic = tuple[Callable[[Numbers], float], Callable[[Numbers, Numbers], Numbers]]
"""Of all runs, and of each resample."""


def sample_sd(values: Numbers) -> float:
    """Standard deviation with n - 1; not a number for a single value."""
    return float(np.std(values, ddof=1)) if values.size > 1 else float("nan")


STATISTICS: Final[Mapping[str, Statistic]] = {
    "mean": (lambda values: float(np.mean(values)), weighted_mean),
    "sd": (sample_sd, weighted_sd),
    "median": (lambda values: float(np.median(values)), weighted_median),
}


def task_figure(evidence: Evidence, task: Task, statistic: str = "mean") -> Figure | Unavailable:
    """A statistic over all runs of a task's models, in kWh for 1,000 inferences."""
    point, weighted = word(statistic, STATISTICS)
    known: Figure | Unavailable | None = evidence.memo.get((task, statistic))
    if known is None:
        runs = task_pool(evidence, task)
        known = (
            runs
            if isinstance(runs, Unavailable)
            else figure(runs, weighted(runs.values, weights_of(evidence, runs)), point(runs.values))
        )
        evidence.memo[task, statistic] = known
    return known


@quantity("task_statistic", Scale.ABSOLUTE)
def task_statistic(evidence: Evidence, task: str, statistic: str) -> Quantity:
    """Mean, standard deviation or median of a task, in kWh for 1,000 inferences."""
    runs = task_pool(evidence, task_of(task))
    if statistic == "mean" and not isinstance(runs, Unavailable):
        return mean_estimate(evidence, runs, "kwh_per_1000")
    method = f"{statistic} over runs; {RESAMPLED}"
    return combined(evidence, [task_figure(evidence, task_of(task), statistic)], itself, "kwh_per_1000", method)


@quantity("task_ratio", Scale.RELATIVE)
def task_ratio(evidence: Evidence, over: Sequence[str], under: Sequence[str], statistic: str = "mean") -> Quantity:
    """The mean of some tasks' statistics over that of others."""
    tops = len(over)
    figures = [task_figure(evidence, task_of(name), statistic) for name in (*over, *under)]
    return quotient(
        evidence,
        figures,
        lambda each: each[:tops].mean(axis=0) / each[tops:].mean(axis=0),
        f"ratio of the {statistic}s of tasks; {RESAMPLED}",
    )


@quantity("task_extremes_ratio", Scale.RELATIVE)
def task_extremes_ratio(evidence: Evidence) -> Quantity:
    """The largest of the tasks' means over the smallest; all ten tasks are needed."""
    return quotient(
        evidence,
        [task_figure(evidence, task) for task in Task],
        lambda each: each.max(axis=0) / each.min(axis=0),
        f"largest over smallest of the tasks' means; {RESAMPLED}",
    )


@quantity("kind_ratio", Scale.RELATIVE)
def kind_ratio(evidence: Evidence) -> Quantity:
    """Geometric mean of the generative tasks' means over that of the discriminative ones'."""
    return _contrast(
        evidence,
        [task for task in Task if task.kind is not Kind.DISCRIMINATIVE],
        [task for task in Task if task.kind is Kind.DISCRIMINATIVE],
        "generative over discriminative tasks",
    )


@quantity("modality_ratio", Scale.RELATIVE)
def modality_ratio(evidence: Evidence) -> Quantity:
    """Geometric mean of the means of the tasks with images over that of the tasks with text alone."""
    return _contrast(
        evidence,
        [task for task in Task if task.modality is not Modality.TEXT],
        [task for task in Task if task.modality is Modality.TEXT],
        "tasks with images over tasks with text alone",
    )


def _contrast(evidence: Evidence, over: Sequence[Task], under: Sequence[Task], what: str) -> Quantity:
    """Of the tasks that were measured; either side needs one."""
    sides = [
        [found for task in tasks if isinstance(found := task_figure(evidence, task), Figure)] for tasks in (over, under)
    ]
    if not all(sides):
        missing = over if not sides[0] else under
        return Unavailable(f"none of {', '.join(task.label for task in missing)} was measured")
    tops = len(sides[0])
    return quotient(
        evidence,
        [*sides[0], *sides[1]],
        lambda each: np.exp(np.log(each[:tops]).mean(axis=0) - np.log(each[tops:]).mean(axis=0)),
        f"{what}: ratio of geometric means over {tops} and {len(sides[1])} tasks; {RESAMPLED}",
    )
