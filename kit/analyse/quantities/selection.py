"""What quantities share: the words of their parameters, the runs that they pool, and the estimate that they make."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kit.analyse.bootstrap import mean_interval
from kit.analyse.evidence import CellFigures, Evidence, Numbers, multi_purpose, task_specific
from kit.analyse.quantities.registry import word
from kit.analyse.resampling import Pool, interval, pool, run_weights, runs_in
from kit.model.results import Estimate, Quantity, Unavailable
from kit.model.study import Family, Task

TASKS: Final = {task.value: task for task in Task}

GROUPS: Final[Mapping[str, Callable[[Family], bool]]] = {
    "task-specific": task_specific,
    "multi-purpose": multi_purpose,
    "flan-t5": lambda family: family is Family.FLAN_T5,
    "bloomz": lambda family: family is Family.BLOOMZ,
}

UNITS: Final = {"energy": "kwh_per_1000", "emissions": "g_per_1000"}

RESAMPLED: Final = "95 % interval by resampling models and their runs"
RESAMPLED_RUNS: Final = "95 % interval by resampling runs; models and data sets are fixed"


def task_of(name: str) -> Task:
    """The task of a parameter."""
    found: Task = word(name, TASKS)
    return found


def reader(of: str) -> Callable[[CellFigures], Numbers]:
    """What is read of a cell: energy or emissions."""
    read: Callable[[CellFigures], Numbers] = word(
        of, {"energy": lambda figures: figures.energy, "emissions": lambda figures: figures.emissions}
    )
    return read


def group_of(name: str) -> Callable[[Family], bool]:
    """The families of a group's name."""
    families: Callable[[Family], bool] = word(name, GROUPS)
    return families


def task_pool(evidence: Evidence, task: Task, group: str = "task-specific", of: str = "energy") -> Pool | Unavailable:
    """The runs of a task by the models of a group."""
    runs = pool(evidence.select(task, family=group_of(group)), reader(of))
    if not runs.values.size:
        return Unavailable(f"no run of a {group} model on {task.label} gives {of} within `{evidence.boundary}`")
    return runs


def model_pool(
    evidence: Evidence, model: str, task: Task | None = None, of: str = "energy", dataset: str | None = None
) -> Pool | Unavailable:
    """The runs of one model, on one task or all."""
    runs = pool(evidence.select(task, model=model, dataset=dataset), reader(of))
    if not runs.values.size:
        where = f" on {task.label}" if task else ""
        return Unavailable(f"no run of {model}{where} gives {of} within `{evidence.boundary}`")
    return runs


def grouped(runs: Pool) -> list[list[Numbers]]:
    """The runs of each cell of each model, for the bootstrap of the mean."""
    cells = range(int(runs.cells.max(initial=-1)) + 1)
    found: list[list[Numbers]] = [[] for _ in runs.names]
    for inside in (runs.cells == cell for cell in cells):
        found[int(runs.models[inside][0])].append(runs.values[inside])
    return found


def mean_estimate(evidence: Evidence, runs: Pool, unit: str, scale: float = 1.0) -> Estimate:
    """The mean over runs with the bootstrap of models and runs, times a factor."""
    found = mean_interval(grouped(runs), seed=evidence.seed)
    return Estimate(
        value=float(runs.values.mean()) * scale,
        low=None if found is None else found.low * scale,
        high=None if found is None else found.high * scale,
        unit=unit,
        boundary=evidence.boundary,
        n_models=runs.n_models,
        n_runs=runs.values.size,
        method=f"mean over runs; {RESAMPLED if runs.n_models > 1 else RESAMPLED_RUNS}",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A number of some runs, with its resamples.

    Attributes:
        draws: one entry a resample.
    """

    value: float
    draws: Numbers
    pools: tuple[Pool, ...]


def figure(runs: Pool, draws: Numbers, value: float) -> Figure:
    """A figure of one pool."""
    return Figure(value, draws, (runs,))


def combined(
    evidence: Evidence,
    figures: Sequence[Figure | Unavailable],
    function: Callable[[Numbers], Numbers],
    unit: str,
    method: str,
) -> Quantity:
    """A number of several figures, or the reason why the first that is missing is.

    Args:
        function: of an array whose first axis is the figures, elementwise along any other.
    """
    found = [item for item in figures if isinstance(item, Figure)]
    for item in figures:
        if isinstance(item, Unavailable):
            return item
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(function(np.array([item.value for item in found])))
        draws = function(np.array([item.draws for item in found]))
    if not np.isfinite(value):
        return Unavailable("the figures make no finite number")
    low, high = interval(draws)
    n_models, n_runs = runs_in([runs for item in found for runs in item.pools])
    return Estimate(
        value=value,
        low=low,
        high=high,
        unit=unit,
        boundary=evidence.boundary,
        n_models=n_models,
        n_runs=n_runs,
        method=method,
    )


def quotient(
    evidence: Evidence,
    figures: Sequence[Figure | Unavailable],
    function: Callable[[Numbers], Numbers],
    method: str,
) -> Quantity:
    """A ratio of several figures; without meaning where one is not above zero, as some are less the idle power."""
    if any(isinstance(item, Figure) and item.value <= 0.0 for item in figures):
        return not_above_zero(evidence)
    return combined(evidence, figures, function, "1", method)


def not_above_zero(evidence: Evidence) -> Unavailable:
    """Why figures within a boundary have no ratio."""
    return Unavailable(
        f"within `{evidence.boundary}` an energy is not above zero: the idle power exceeds what was drawn"
    )


def itself(figures: Numbers) -> Numbers:
    """The one figure as it is."""
    alone: Numbers = figures[0]
    return alone


def ratio(figures: Numbers) -> Numbers:
    """The first of two figures over the second."""
    quotient: Numbers = figures[0] / figures[1]
    return quotient


def difference(figures: Numbers) -> Numbers:
    """The first of two figures less the second."""
    less: Numbers = figures[0] - figures[1]
    return less


def exact(value: float, unit: str, *, n_models: int = 0, n_runs: int = 0, method: str) -> Estimate:
    """A number without energy in it and without uncertainty: a count, a mean of counted tokens, a published figure."""
    return Estimate(
        value=float(value),
        low=None,
        high=None,
        unit=unit,
        boundary=None,
        n_models=n_models,
        n_runs=n_runs,
        method=method,
    )


def weights_of(evidence: Evidence, runs: Pool, *, over_models: bool = True) -> Numbers:
    """Resamples of a pool, from a stream of random numbers of its own: no draw depends on what was computed before."""
    stream = int.from_bytes(hashlib.sha256("\n".join(runs.names).encode()).digest()[:4])
    return run_weights(runs, np.random.default_rng((evidence.seed, stream, runs.values.size)), over_models=over_models)
