"""A study reduced to what fits into a budget of hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kit.errors import StudyError
from kit.model.study import CellKey, Study
from kit.plan.estimate import KnownCosts
from kit.plan.selection import ClaimCells, choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What fits.

    Attributes:
        hours: that were allowed.
        reduced: the study with the chosen cells only, in their order.
        kept: claims that stay testable.
        lost: claims that the whole study could test and the reduced one cannot.
        absent: claims that rest on cells that the whole study does not hold, or whose duration is not known.
    """

    hours: float
    reduced: Study
    kept: tuple[str, ...]
    lost: tuple[str, ...]
    absent: tuple[str, ...]


def within(study: Study, costs: KnownCosts, claims: Sequence[ClaimCells], budget_h: float) -> Budget:
    """The cells of a study that keep the most claims within a budget; those of unknown duration are left out.

    Raises:
        StudyError: if the study does not run on a GPU: the known durations are of one.
        KitError: as `kit.plan.selection.choose` does.
    """
    if study.device != "cuda":
        raise StudyError(
            f"{study.name}: it runs on {study.device}, and the durations that are known are of an A100",
            "give a budget for a study whose device is cuda",
        )
    hours = _hours(study, costs)
    choice = choose(hours, claims, budget_h)
    kept = set(choice.kept)
    return Budget(
        hours=budget_h,
        reduced=replace(study, cells=tuple(item for item in study.cells if item.cell.key in choice.cells)),
        kept=choice.kept,
        lost=tuple(item.claim for item in claims if item.claim not in kept and item.cells <= hours.keys()),
        absent=tuple(item.claim for item in claims if not item.cells <= hours.keys()),
    )


def _hours(study: Study, costs: KnownCosts) -> Mapping[CellKey, float]:
    """Hours of each key of the study; protocols that share one are measured together or not at all."""
    hours: dict[CellKey, float] = {}
    for planned in study.cells:
        cost = costs.of(planned, study)
        if cost is not None:
            hours[planned.cell.key] = hours.get(planned.cell.key, 0.0) + cost.hours
    return hours
