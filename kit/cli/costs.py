"""What a study takes, for the commands that say so: its work, money, emissions and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kit.model.study import Study
    from kit.plan.estimate import Bill, KnownCosts, StudySize, Workplan

PUBLISHED: Final = "paper"
"""The profile that the release was measured by."""
PUBLISHED_GRID: Final = ("USA", "oregon")
"""Country and region whose carbon intensity the paper states."""
GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class Rates:
    """What an hour and a kWh are reckoned at.

    Attributes:
        price_given: whether the user stated the price.
        intensity_g_per_kwh: None where it is not known.
    """

    price_usd_per_h: float
    price_given: bool
    intensity_g_per_kwh: float | None


@cache
def known_costs() -> KnownCosts:
    """What the paper's release states."""
    from kit.catalog import load_study
    from kit.catalog.loading import load_loading
    from kit.catalog.reference import load_reference
    from kit.plan.estimate import CellCost, KnownCosts, LoadingCost

    return KnownCosts(
        cells={key: CellCost(entry.duration_s, entry.energy_kwh) for key, entry in load_reference().items()},
        loading={key: LoadingCost(entry.duration_s, entry.energy_kwh) for key, entry in load_loading().items()},
        protocols={planned.cell.key: planned.cell.protocol for planned in load_study(PUBLISHED).cells},
    )


def workplan_of(study: Study) -> Workplan:
    """The study's work, with the costs that the paper's release states."""
    from kit.plan.estimate import estimate

    return estimate(study, known_costs())


def size_of(study: Study) -> StudySize:
    """What the study downloads and needs on the disk, as far as it is known."""
    from kit.catalog.sizes import load_sizes
    from kit.plan.estimate import KnownSize, size

    sizes = load_sizes()
    return size(study, {key: KnownSize(item.download_bytes, item.prepared_bytes) for key, item in sizes.items()})


def rates_of(study: Study, price: float | None = None, intensity: float | None = None) -> Rates:
    """The rates as given; else the price that the kit knows, and the paper's intensity in the paper's region alone."""
    from kit.catalog.break_even_data import load_training
    from kit.plan.estimate import PRICE_USD_PER_H

    if intensity is None and (study.country, study.region) == PUBLISHED_GRID:
        intensity = load_training().serving.grid_g_per_kwh
    return Rates(PRICE_USD_PER_H if price is None else price, price is not None, intensity)


def plan_lines(study: Study, workplan: Workplan) -> list[str]:
    """The plan in a few lines."""
    lines = [
        f"{study.name}: {study.title}",
        f"{workplan.models} models, {workplan.datasets} (task, data set) pairs, {workplan.cells} cells, "
        f"{workplan.runs:,} runs, {workplan.inferences:,} inferences, on {study.device}",
    ]
    if study.device != "cuda":
        return [*lines, f"at most {study.time_limit_s:.0f} s a run; no energy is estimated for a CPU"]
    if workplan.unknown < workplan.cells:
        lines.append(
            f"by the paper's own durations about {workplan.hours:.1f} GPU hours, {workplan.loading_hours:.1f} of them "
            f"loading models, and {workplan.energy_kwh:.1f} kWh for the whole node of eight A100"
        )
    if workplan.unknown:
        lines.append(
            f"{workplan.unknown} cells are not in the paper's release, or measured otherwise there: "
            "nothing is estimated for them"
        )
    return lines


def cost_lines(study: Study, rates: Rates) -> list[str]:
    """Money, emissions and sizes of a study."""
    from kit.plan.estimate import bill

    workplan, lines = workplan_of(study), []
    if study.device == "cuda" and workplan.unknown < workplan.cells:
        lines.append(_bill_line(bill(workplan, rates.price_usd_per_h, rates.intensity_g_per_kwh), rates))
    return lines + _size_lines(size_of(study))


def _bill_line(bill: Bill, rates: Rates) -> str:
    source = "as given" if rates.price_given else "p4de.24xlarge on demand, since June 2025; --price states another"
    money = f"about {bill.usd:,.0f} USD at {rates.price_usd_per_h:g} USD an hour ({source})"
    if bill.carbon_kg is None:
        return f"{money}; emissions unknown: --intensity states the grid's"
    return f"{money}; about {bill.carbon_kg:,.1f} kgCO2eq at {rates.intensity_g_per_kwh:g} g a kWh"


def _size_lines(size: StudySize) -> list[str]:
    lines = []
    if size.disk_bytes:
        download = f"about {size.download_bytes / GB:.1f} GB" if size.download_bytes else "nothing"
        lines.append(
            f"{download} to download, about {size.disk_bytes / GB:.1f} GB on the disk (weights by their parameters)"
        )
    unknown = [("models", size.unknown_models), ("data sets", size.unknown_datasets)]
    return lines + [
        f"size unknown and not counted: {len(names)} {what} ({_few(names)})" for what, names in unknown if names
    ]


def _few(names: Sequence[str], shown: int = 6) -> str:
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")
