"""The JSON that the report's page computes from (templates/assets/break-even.js says what it holds)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from kit.analyse.break_even import RANGES, Assumptions, Basis, InferenceEnergy
from kit.analyse.break_even_energies import Energies
from kit.analyse.break_even_interval import energy_interval, parity_interval, scatter
from kit.catalog.break_even_data import DownloadCounts, TrainingCatalogue
from kit.model.results import Boundary, Unavailable

SCHEMA: Final = 1

NOT_MOVED: Final = frozenset({"relative_uncertainty", "seed"})
"""Assumptions that the page does not move: the intervals' factors that it is given already hold them."""

TEXT: Final = {
    "days": "days",
    "years": "years",
    "never": "never",
    "unavailable": "not measured",
    "to": "to",
    "training": "training",
    "energy_axis": "cumulative energy, kWh",
    "carbon_axis": "cumulative emissions, kg CO2eq",
    "days_axis": "days",
}
"""The page's words; a report in another language puts its own in their place."""


def page_json(
    training: TrainingCatalogue,
    energies: Energies,
    downloads: DownloadCounts,
    assumptions: Assumptions,
) -> dict[str, Any]:
    """Plain values, finite throughout: what `id="break-even-data"` holds."""
    setting = {name: value for name, value in asdict(assumptions).items() if name not in NOT_MOVED}
    models = []
    for model in training.models.values():
        count = downloads.counts.get(model.id)
        models.append(
            {
                "id": model.id,
                "label": model.label,
                "training_kwh": model.training_kwh,
                "fine_tuning_kwh": model.fine_tuning_kwh,
                "downloads": count.monthly if count else None,
                "inference": {
                    boundary.value: _inference(energies[model.id][boundary], assumptions) for boundary in Boundary
                },
            }
        )
    return {
        "schema": SCHEMA,
        "models": models,
        "cluster": {
            "idle_kwh_per_kwh": training.cluster.idle_kwh_per_kwh,
            "embodied_g_per_kwh": training.cluster.embodied_g_per_kwh,
        },
        "boundaries": [boundary.value for boundary in Boundary],
        "bases": [basis.value for basis in Basis],
        "ranges": {name: list(ends) for name, ends in RANGES.items() if name not in NOT_MOVED},
        "published": {
            **setting,
            "boundary": Boundary.PUBLISHED.value,
            "basis": Basis.ENERGY.value,
            "model": _first_answered(training, energies),
        },
        "text": dict(TEXT),
    }


def _first_answered(training: TrainingCatalogue, energies: Energies) -> str:
    """The first model that was measured: the one that the chart starts with."""
    answered = (model for model in training.models if isinstance(energies[model][Boundary.PUBLISHED], InferenceEnergy))
    return next(answered, next(iter(training.models)))


def _inference(energy: InferenceEnergy | Unavailable, assumptions: Assumptions) -> dict[str, Any]:
    if isinstance(energy, Unavailable):
        return {"unavailable": energy.reason}
    spread = scatter(energy.by_task, assumptions.seed)
    own = energy_interval(spread)
    whole = parity_interval(spread, assumptions.relative_uncertainty, assumptions.seed)
    mean = energy.mean_kwh
    return {
        "kwh": mean,
        "kwh_low": None if own.low is None else mean * own.low,
        "kwh_high": None if own.high is None else mean * own.high,
        "parity_low": whole.low,
        "parity_high": whole.high,
    }
