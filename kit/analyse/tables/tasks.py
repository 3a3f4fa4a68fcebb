"""Table 2, the order of the tasks against the paper's, and where and why the two differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Final

from kit.analyse.observations import Observation
from kit.analyse.tables.columns import BOUNDARY, ENERGY, TASK, energy_values
from kit.analyse.tables.summary import Summary, energy_summary, grouped, mean_of
from kit.catalog import load_catalog
from kit.catalog.reference import load_reference
from kit.model.results import Boundary, Column, Table
from kit.model.study import Family, Kind, Task

DOUBTFUL: Final = "their intervals overlap"


@dataclass(frozen=True, slots=True)
class Place:
    """A task's place in an order.

    Attributes:
        rank: from 1, the least energy first.
        paper_rank: among the same tasks in the paper.
    """

    task: Task
    summary: Summary
    rank: int
    paper_kwh: float
    paper_rank: int
    seconds: float


def task_specific(observations: Sequence[Observation]) -> list[Observation]:
    """Those that Table 2 rests on."""
    return [item for item in observations if item.cell.model.family is Family.TASK_SPECIFIC]


def table2(observations: Sequence[Observation]) -> Table:
    """Energy by task: mean and standard deviation over all runs of the task-specific models."""
    rows = []
    groups = grouped(task_specific(observations), lambda item: item.cell.task)
    for boundary in Boundary:
        for task in Task:
            summary = energy_summary(groups.get(task, []), boundary)
            if summary is not None:
                rows.append((task.value, boundary.value, *energy_values(summary)))
    return Table("table2", "Energy of 1,000 inferences by task", (TASK, BOUNDARY, *ENERGY), tuple(rows))


def kinds_table(observations: Sequence[Observation]) -> Table:
    """The coarse order: discriminative, generative, image generation. A task counts once, whatever its runs."""
    columns = (
        Column("kind", "discriminative, generative or image generation"),
        BOUNDARY,
        Column("n_tasks", "tasks"),
        Column("mean_kwh", "mean of the tasks' mean energies of 1,000 inferences"),
        Column("least_kwh", "that of the least demanding task"),
        Column("most_kwh", "that of the most demanding task"),
    )
    groups = grouped(task_specific(observations), lambda item: item.cell.task)
    rows = []
    for boundary in Boundary:
        for kind in Kind:
            found = (energy_summary(groups.get(task, []), boundary) for task in Task if task.kind is kind)
            means = [summary.mean for summary in found if summary is not None]
            if means:
                row = (kind.value, boundary.value, len(means), sum(means) / len(means), min(means), max(means))
                rows.append(row)
    return Table("kinds", "Energy of 1,000 inferences by kind of task", columns, tuple(rows))


def ranking_table(observations: Sequence[Observation]) -> Table:
    """Each task's place here and in the paper, and what it passes or is passed by."""
    columns = (
        TASK,
        BOUNDARY,
        Column("mean_kwh", "mean energy of 1,000 inferences"),
        Column("rank", "place by energy, the least first"),
        Column("paper_kwh", "mean energy that the paper's release gives, published boundary"),
        Column("paper_rank", "place in the paper, among the same tasks"),
        Column("differs", "tasks that stand in another order than in the paper, and the reason"),
    )
    rows = []
    for boundary in Boundary:
        places = ranked(observations, boundary)
        for place in places:
            note = "; ".join(_differences(place, places, observations)) or None
            numbers = (place.summary.mean, place.rank, place.paper_kwh, place.paper_rank)
            rows.append((place.task.value, boundary.value, *numbers, note))
    return Table("ranking", "The order of the tasks, here and in the paper", columns, tuple(rows))


def agreement_table(observations: Sequence[Observation]) -> Table:
    """How well the order of the tasks agrees with the paper's: Spearman's rank correlation."""
    columns = (
        BOUNDARY,
        Column("n_tasks", "tasks that were measured"),
        Column("spearman_rho", "rank correlation of the tasks' mean energies with the paper's"),
        Column("inversions", "pairs of tasks in another order than in the paper"),
    )
    rows = []
    for boundary in Boundary:
        places = ranked(observations, boundary)
        if len(places) > 2:
            inverted = sum(_inverted(one, other) for one, other in combinations(places, 2))
            rows.append((boundary.value, len(places), spearman(places), inverted))
    return Table("agreement", "Agreement of the order of the tasks with the paper's", columns, tuple(rows))


def ranked(observations: Sequence[Observation], boundary: Boundary) -> list[Place]:
    """The measured tasks, least energy first."""
    groups = grouped(task_specific(observations), lambda item: item.cell.task)
    paper = paper_means()
    summaries: dict[Task, Summary] = {}
    for task, group in groups.items():
        summary = energy_summary(group, boundary)
        if summary is not None and task in paper:
            summaries[task] = summary
    in_paper = sorted(summaries, key=lambda task: paper[task])
    here = sorted(summaries, key=lambda task: summaries[task].mean)
    return [
        Place(
            task,
            summaries[task],
            here.index(task) + 1,
            paper[task],
            in_paper.index(task) + 1,
            sum(item.duration_s_per_1000 for item in groups[task]) / len(groups[task]) / 1_000,
        )
        for task in here
    ]


def spearman(places: Sequence[Place]) -> float:
    """Spearman's rho of the places here and in the paper (no ties: energies are real numbers)."""
    count = len(places)
    squares = sum((place.rank - place.paper_rank) ** 2 for place in places)
    return 1.0 - 6.0 * squares / (count * (count**2 - 1))


@cache
def paper_means() -> Mapping[Task, float]:
    """Mean energy of each task in the release, kWh for 1,000 inferences, over the cells of task-specific models."""
    models = load_catalog().models
    values: dict[Task, list[float | None]] = {}
    for key, entry in load_reference().items():
        model = models.get(key.model)
        if model is not None and model.family is Family.TASK_SPECIFIC:
            values.setdefault(key.task, []).append(entry.energy_kwh)
    means = {task: mean_of(found) for task, found in values.items()}
    return {task: mean for task, mean in means.items() if mean is not None}


def _inverted(one: Place, other: Place) -> bool:
    return (one.rank - other.rank) * (one.paper_rank - other.paper_rank) < 0


def _differences(place: Place, places: Sequence[Place], observations: Sequence[Observation]) -> list[str]:
    return [
        f"above {other.task.label}: {_reason(place, other, observations)}"
        for other in places
        if place.rank > other.rank and _inverted(place, other)
    ]


def _reason(above: Place, below: Place, observations: Sequence[Observation]) -> str:
    """Why a task stands above another that the paper has above it, from the runs' own data."""
    if _overlap(above.summary, below.summary):
        return DOUBTFUL
    factor = above.seconds / below.seconds
    work = f"an inference takes {above.seconds:.2g} s against {below.seconds:.2g} s"
    tokens = _tokens(observations, below.task)
    made = f", in which {below.task.label} makes {tokens:.0f} tokens" if tokens else ""
    return f"{work}{made}; on this device time follows arithmetic, {factor:.2g} times as much of it"


def _tokens(observations: Sequence[Observation], task: Task) -> float | None:
    return mean_of(item.output_tokens for item in observations if item.cell.task is task)


def _overlap(one: Summary, other: Summary) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low <= other.high and other.low <= one.high
