"""Which cells a claim rests on: what has to be measured so that it can be tested as published.

A claim is held to rest on every cell of the paper's study that its quantity pools. `kit claims` may well judge a
direction on fewer; a plan does not count on that. Nothing of `kit.analyse` is used here, whose arrays a plan would wait
for; that the cells are the right ones is held by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kit.catalog.break_even_data import load_training
from kit.catalog.claims import Claim
from kit.model.study import Cell, CellKey, Family, Task

MULTI_PURPOSE: Final = (Family.FLAN_T5, Family.BLOOMZ)

GROUPS: Final[Mapping[str, tuple[Family, ...]]] = {
    "task-specific": (Family.TASK_SPECIFIC,),
    "multi-purpose": MULTI_PURPOSE,
    "flan-t5": (Family.FLAN_T5,),
    "bloomz": (Family.BLOOMZ,),
}


@dataclass(frozen=True, slots=True)
class Needed:
    """A claim and the cells that it rests on.

    Attributes:
        claim: its id, with the edition where only one states it.
        cells: none for a claim that holds for whatever is measured.
    """

    claim: str
    cells: frozenset[CellKey]


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A claim that no measurement of energies can test.

    Attributes:
        why: what it takes, as part of a sentence.
    """

    claim: str
    why: str


def needs(claims: Iterable[Claim], cells: Sequence[Cell]) -> tuple[Needed | OutOfReach, ...]:
    """What each claim rests on, in the order of the claims.

    Args:
        cells: of the paper's study.

    Raises:
        KeyError: if a claim names a quantity of which this module does not know what it pools.
    """
    return tuple(_need(claim, cells) for claim in claims)


def _need(claim: Claim, cells: Sequence[Cell]) -> Needed | OutOfReach:
    name = f"{claim.id} ({claim.edition})" if claim.edition != "both" else claim.id
    if claim.quantity is None:
        return OutOfReach(name, "more than measurements of models")
    if claim.quantity in _BESIDE:
        return OutOfReach(name, _BESIDE[claim.quantity])
    chosen = _POOLED[claim.quantity](cells, **claim.parameters)
    return Needed(name, frozenset(cell.key for cell in chosen))


def _everything(cells: Sequence[Cell], **_: Any) -> Iterable[Cell]:
    return cells


def _nothing(cells: Sequence[Cell], **_: Any) -> Iterable[Cell]:
    return ()


def _of_tasks(cells: Iterable[Cell], tasks: Iterable[str], families: Sequence[Family]) -> Iterator[Cell]:
    wanted = {Task(name) for name in tasks}
    return (cell for cell in cells if cell.task in wanted and cell.model.family in families)


def _of_models(cells: Iterable[Cell], models: Iterable[str], task: str | None = None) -> Iterator[Cell]:
    wanted = set(models)
    return (cell for cell in cells if cell.model.id in wanted and task in (None, cell.task.value))


def _task(cells: Sequence[Cell], task: str, **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, [task], GROUPS["task-specific"])


def _tasks(cells: Sequence[Cell], over: Sequence[str], under: Sequence[str], **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, [*over, *under], GROUPS["task-specific"])


def _all_tasks(cells: Sequence[Cell], **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, Task, GROUPS["task-specific"])


def _model(cells: Sequence[Cell], model: str, task: str | None = None, **_: Any) -> Iterable[Cell]:
    return _of_models(cells, [model], task)


def _two_models(
    cells: Sequence[Cell], over: str, under: str, over_task: str | None = None, under_task: str | None = None, **_: Any
) -> Iterable[Cell]:
    return [*_of_models(cells, [over], over_task), *_of_models(cells, [under], under_task)]


def _group(
    cells: Sequence[Cell], task: str, group: str = "task-specific", dataset: str | None = None, **_: Any
) -> Iterable[Cell]:
    return (cell for cell in _of_tasks(cells, [task], GROUPS[group]) if dataset is None or cell.dataset.key == dataset)


def _size_class(
    cells: Sequence[Cell], tasks: Sequence[str], parameters_low: float, parameters_high: float, **_: Any
) -> Iterable[Cell]:
    return (
        cell
        for cell in _of_tasks(cells, tasks, GROUPS["task-specific"])
        if parameters_low <= (cell.model.parameters or 0) <= parameters_high
    )


def _both_groups(cells: Sequence[Cell], task: str, **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, [task], (Family.TASK_SPECIFIC, *MULTI_PURPOSE))


def _both_groups_of_two(cells: Sequence[Cell], over: str, under: str, **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, [over, under], (Family.TASK_SPECIFIC, *MULTI_PURPOSE))


def _multi_purpose(cells: Sequence[Cell], task: str | None = None, **_: Any) -> Iterable[Cell]:
    return _of_tasks(cells, Task if task is None else [task], MULTI_PURPOSE)


def _trained(cells: Sequence[Cell], **_: Any) -> Iterable[Cell]:
    """All models whose training and fine-tuning are known."""
    models = load_training().models.values()
    return _of_models(cells, [model.id for model in models if model.fine_tuning_kwh is not None])


_POOLED: Final[Mapping[str, Callable[..., Iterable[Cell]]]] = {
    "count": _everything,
    "repetitions": _everything,
    "inferences": _everything,
    "total_energy": _everything,
    "total_emissions": _everything,
    "intensity": _nothing,
    "downloads": _nothing,
    "deployed_inference_energy": _nothing,
    "task_statistic": _task,
    "task_ratio": _tasks,
    "task_extremes_ratio": _all_tasks,
    "kind_ratio": _all_tasks,
    "modality_ratio": _all_tasks,
    "structure_over_size": _all_tasks,
    "model_mean": _model,
    "model_ratio": _two_models,
    "model_difference": _two_models,
    "inference_energy": _model,
    "parity": _model,
    "deployed_over_measured": _model,
    "days_to_parity": _trained,
    "training_over_inference": _trained,
    "extreme_model": _group,
    "group_mean": _group,
    "greatest_parameters": _group,
    "sized_mean": _size_class,
    "separation": _both_groups,
    "group_ratio": _both_groups,
    "group_ratio_contrast": _both_groups_of_two,
    "decoder_over_seq2seq": _multi_purpose,
}
"""The cells that each quantity of `kit.analyse.quantities` pools, of its parameters."""

_BESIDE: Final[Mapping[str, str]] = {
    "mean_tokens": "token counts of single inferences, which a run does not record",
    "length_slope": "token counts of single inferences, which a run does not record",
    "length_slope_difference": "token counts of single inferences, which a run does not record",
    "quality_difference": "the quality of the models, which a run does not record",
    "quality_spread_ratio": "the quality of the models, which a run does not record",
}
"""Quantities that take more than a run's energies, and what."""
