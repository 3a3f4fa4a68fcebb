"""Quantities of single models: means, extremes, ratios and differences (sections 4.1 and 4.2, Table 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kit.analyse.evidence import Evidence
from kit.analyse.quantities.registry import Scale, quantity, word
from kit.analyse.quantities.selection import (
    RESAMPLED,
    RESAMPLED_RUNS,
    UNITS,
    Figure,
    combined,
    difference,
    figure,
    group_of,
    mean_estimate,
    model_pool,
    not_above_zero,
    quotient,
    ratio,
    reader,
    task_of,
    weights_of,
)
from kit.analyse.resampling import Pool, pool, weighted_mean, weighted_model_means
from kit.model.results import Quantity, Unavailable


@quantity("model_mean", Scale.ABSOLUTE)
def model_mean(evidence: Evidence, of: str, model: str, task: str | None = None) -> Quantity:
    """The mean over the runs of one model, on one task or all, for 1,000 inferences: kWh or grams."""
    runs = model_pool(evidence, model, task_of(task) if task else None, of)
    return runs if isinstance(runs, Unavailable) else mean_estimate(evidence, runs, UNITS[of])


@quantity("model_ratio", Scale.RELATIVE)
def model_ratio(
    evidence: Evidence,
    of: str,
    over: str,
    under: str,
    over_task: str | None = None,
    under_task: str | None = None,
) -> Quantity:
    """The mean of one model over that of another."""
    figures = [_model_figure(evidence, over, over_task, of), _model_figure(evidence, under, under_task, of)]
    return quotient(evidence, figures, ratio, f"ratio of two models' means; {RESAMPLED_RUNS}")


@quantity("model_difference", Scale.ABSOLUTE)
def model_difference(evidence: Evidence, of: str, over: str, under: str) -> Quantity:
    """The mean of one model less that of another, for 1,000 inferences: kWh or grams."""
    figures = [_model_figure(evidence, over, None, of), _model_figure(evidence, under, None, of)]
    return combined(evidence, figures, difference, UNITS[of], f"difference of two models' means; {RESAMPLED_RUNS}")


def _model_figure(evidence: Evidence, model: str, task: str | None, of: str) -> Figure | Unavailable:
    runs = model_pool(evidence, model, task_of(task) if task else None, of)
    if isinstance(runs, Unavailable):
        return runs
    draws = weighted_mean(runs.values, weights_of(evidence, runs, over_models=False))
    return figure(runs, draws, float(runs.values.mean()))


@quantity("extreme_model", Scale.ABSOLUTE)
def extreme_model(
    evidence: Evidence,
    of: str,
    which: str,
    task: str,
    group: str = "task-specific",
    dataset: str | None = None,
    charge_kwh: float | None = None,
) -> Quantity:
    """The mean of the model of a task that takes least or most, for 1,000 inferences.

    Args:
        charge_kwh: energy of one smartphone charge; the result is then a number of them.
    """
    runs = pool(evidence.select(task_of(task), family=group_of(group), dataset=dataset), reader(of))
    place = word(which, {"least": np.argmin, "most": np.argmax})
    if not runs.values.size:
        return Unavailable(
            f"no run of a {group} model on {task_of(task).label} gives {of} within `{evidence.boundary}`"
        )
    name = runs.names[int(place(runs.model_means()))]
    chosen = model_pool(evidence, name, task_of(task), of, dataset)
    if isinstance(chosen, Unavailable):
        return chosen
    found = mean_estimate(evidence, chosen, UNITS[of] if charge_kwh is None else "1", 1.0 / (charge_kwh or 1.0))
    return replace(found, method=f"{name}: {found.method}")


@quantity("group_mean", Scale.ABSOLUTE)
def group_mean(evidence: Evidence, of: str, task: str, group: str, dataset: str | None = None) -> Quantity:
    """The mean over the runs of all models of a group on a task, for 1,000 inferences: kWh or grams."""
    runs = pool(evidence.select(task_of(task), family=group_of(group), dataset=dataset), reader(of))
    if not runs.values.size:
        return Unavailable(
            f"no run of a {group} model on {task_of(task).label} gives {of} within `{evidence.boundary}`"
        )
    return mean_estimate(evidence, runs, UNITS[of])


@quantity("sized_mean", Scale.ABSOLUTE)
def sized_mean(
    evidence: Evidence, of: str, tasks: Sequence[str], parameters_low: float, parameters_high: float
) -> Quantity:
    """The mean over the runs of a size class of task-specific models on some tasks, for 1,000 inferences."""
    cells = [
        figures
        for name in tasks
        for figures in evidence.select(task_of(name), family=group_of("task-specific"))
        if parameters_low <= (figures.cell.model.parameters or 0) <= parameters_high
    ]
    runs = pool(cells, reader(of))
    if not runs.values.size:
        return Unavailable(
            f"no model of {parameters_low / 1e6:g} to {parameters_high / 1e6:g} M parameters was measured"
        )
    return mean_estimate(evidence, runs, UNITS[of])


@quantity("separation", Scale.RELATIVE)
def separation(evidence: Evidence, of: str, task: str) -> Quantity:
    """By how much the least multi-purpose model exceeds the greatest task-specific one, on the closest data set.

    Above 1, every task-specific model takes less than every multi-purpose one on each data set.
    """
    found: list[Figure | Unavailable] = []
    names = sorted({figures.cell.dataset.key for figures in evidence.select(task_of(task))})
    for dataset in names:
        sides = [
            pool(evidence.select(task_of(task), family=group_of(group), dataset=dataset), reader(of))
            for group in ("multi-purpose", "task-specific")
        ]
        if all(runs.values.size for runs in sides):
            found.append(_gap(evidence, sides[0], sides[1]))
    if not found:
        return Unavailable(f"no data set of {task_of(task).label} was measured with models of both kinds")
    return quotient(
        evidence,
        found,
        lambda each: each.min(axis=0),
        f"least multi-purpose over greatest task-specific model, least over {len(found)} data sets; {RESAMPLED_RUNS}",
    )


def _gap(evidence: Evidence, multi: Pool, specific: Pool) -> Figure | Unavailable:
    if min(multi.model_means().min(), specific.model_means().min()) <= 0.0:
        return not_above_zero(evidence)
    draws = [weighted_model_means(runs, weights_of(evidence, runs, over_models=False)) for runs in (multi, specific)]
    value = float(multi.model_means().min() / specific.model_means().max())
    return Figure(value, draws[0].min(axis=1) / draws[1].max(axis=1), (multi, specific))


@quantity("group_ratio", Scale.RELATIVE)
def group_ratio(evidence: Evidence, of: str, task: str) -> Quantity:
    """The mean of the multi-purpose models on a task over that of the task-specific ones."""
    return quotient(evidence, _groups(evidence, of, task), ratio, f"ratio of group means; {RESAMPLED}")


@quantity("group_ratio_contrast", Scale.RELATIVE)
def group_ratio_contrast(evidence: Evidence, of: str, over: str, under: str) -> Quantity:
    """The factor between multi-purpose and task-specific models on one task over that on another."""
    return quotient(
        evidence,
        [*_groups(evidence, of, over), *_groups(evidence, of, under)],
        lambda each: each[0] / each[1] / (each[2] / each[3]),
        f"ratio of two ratios of group means; {RESAMPLED}",
    )


def _groups(evidence: Evidence, of: str, task: str) -> list[Figure | Unavailable]:
    found: list[Figure | Unavailable] = []
    for group in ("multi-purpose", "task-specific"):
        runs = pool(evidence.select(task_of(task), family=group_of(group)), reader(of))
        if runs.values.size:
            draws = weighted_mean(runs.values, weights_of(evidence, runs))
            found.append(figure(runs, draws, float(runs.values.mean())))
        else:
            found.append(
                Unavailable(
                    f"no run of a {group} model on {task_of(task).label} gives {of} within `{evidence.boundary}`"
                )
            )
    return found
