"""The energy of an inference of every model whose training energy is known: measured, metered by others, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kit.analyse.break_even import InferenceEnergy
from kit.analyse.break_even_interval import ByTask, dataset_means
from kit.catalog.break_even_data import TrainedModel, load_training
from kit.catalog.reference import load_reference
from kit.model.results import Boundary, Unavailable
from kit.model.units import INFERENCES_PER_FIGURE

OF_THE_RELEASE: Final = "means of the release's runs: a counter of 8 GPUs, constants for CPU and RAM"

Energies = Mapping[str, Mapping[Boundary, InferenceEnergy | Unavailable]]
"""The energy of an inference by model and boundary; every model of the training catalogue has every boundary."""


def energies_of(
    found: Mapping[tuple[str, Boundary], ByTask], provenance: Mapping[tuple[str, Boundary], str] | None = None
) -> Energies:
    """Energies with, for all that is missing or makes no sense, the reason; BLOOM-176B by its metered deployment.

    Args:
        found: kWh of one inference by model and boundary.
        provenance: how they came about, by model and boundary.
    """
    said = provenance or {}
    return {
        model.id: {
            boundary: _energy(model, boundary, found.get((model.id, boundary)), said.get((model.id, boundary)))
            for boundary in Boundary
        }
        for model in load_training().models.values()
    }


def reference_energies() -> Energies:
    """The energies of the authors' release: means over the runs of a cell, within the published boundary alone."""
    found: dict[tuple[str, Boundary], dict[str, dict[str, tuple[float, ...]]]] = {}
    runs: dict[str, int] = {}
    for key, entry in load_reference().items():
        by_dataset = found.setdefault((key.model, Boundary.PUBLISHED), {}).setdefault(key.task, {})
        by_dataset[key.dataset] = (entry.energy_kwh / INFERENCES_PER_FIGURE,)
        runs[key.model] = runs.get(key.model, 0) + entry.n
    return {
        model: {
            boundary: replace(energy, provenance=OF_THE_RELEASE, runs_behind=runs[model])
            if isinstance(energy, InferenceEnergy) and (model, boundary) in found
            else energy
            for boundary, energy in by_boundary.items()
        }
        for model, by_boundary in energies_of(found).items()
    }


def _energy(
    model: TrainedModel, boundary: Boundary, by_task: ByTask | None, provenance: str | None
) -> InferenceEnergy | Unavailable:
    if by_task:
        if sum(mean for group in dataset_means(by_task) for mean in group) < 0.0:
            return Unavailable(f"the idle baseline exceeds what was drawn within the boundary {boundary}")
        return InferenceEnergy(model=model.id, boundary=boundary, by_task=by_task, provenance=provenance)
    if model.deployment is None:
        return Unavailable(f"no energy of an inference within the boundary {boundary} was measured")
    match boundary:
        case Boundary.PUBLISHED:
            energy, provenance = model.deployment.inference_kwh, f"metered on {model.deployment.hardware}"
        case Boundary.NET:
            energy = model.deployment.net_inference_kwh
            provenance = f"less the {model.deployment.memory_share:.0%} that keep the model in memory (a rounded share)"
        case Boundary.DEVICE:
            return Unavailable("the deployment was metered as a whole")
    return InferenceEnergy(
        model=model.id, boundary=boundary, by_task={"API": {"requests": (energy,)}}, provenance=provenance
    )
