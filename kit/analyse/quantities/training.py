"""Quantities of the break-even of training and inference (section 4.3, Table 5)."""

from __future__ import annotations

from collections.abc import Callable

from kit.analyse.break_even import Basis, InferenceEnergy, Never, parity, time_to_parity
from kit.analyse.break_even_view import published_assumptions
from kit.analyse.evidence import Evidence
from kit.analyse.quantities.registry import Scale, quantity, word
from kit.analyse.quantities.selection import exact
from kit.catalog.break_even_data import TrainedModel, load_downloads, load_training
from kit.model.results import Estimate, Quantity, Unavailable


@quantity("inference_energy", Scale.ABSOLUTE)
def inference_energy(evidence: Evidence, model: str) -> Quantity:
    """Energy of one inference of a model whose training energy is known, in kWh."""
    energy = _measured(evidence, model)
    return energy if isinstance(energy, Unavailable) else energy.estimate(evidence.seed)


@quantity("parity", Scale.ABSOLUTE)
def parity_of(evidence: Evidence, model: str) -> Quantity:
    """Inferences until serving has taken the energy of training and fine-tuning."""
    return _answer(_parity(evidence, model))


@quantity("days_to_parity", Scale.ABSOLUTE)
def days_to_parity(evidence: Evidence, which: str) -> Quantity:
    """Days to parity at the published ten million queries a day, of the measured model that takes least or most."""
    choose: Callable[..., Estimate] = word(which, {"least": min, "most": max})
    found = [days for model in _fine_tuned() if isinstance(days := _days(evidence, model.id), Estimate)]
    if not found:
        return Unavailable(f"no model of known training energy was measured within `{evidence.boundary}`")
    return choose(found, key=lambda days: days.value)


@quantity("training_over_inference", Scale.RELATIVE)
def training_over_inference(evidence: Evidence) -> Quantity:
    """Training over one inference, of the measured model where it is smallest."""
    found = [ratio for model in _fine_tuned() if isinstance(ratio := _answer(_parity(evidence, model.id)), Estimate)]
    if not found:
        return Unavailable(f"no model of known training energy was measured within `{evidence.boundary}`")
    return min(found, key=lambda ratio: ratio.value)


@quantity("deployed_inference_energy", Scale.STATED)
def deployed_inference_energy(evidence: Evidence, model: str) -> Quantity:
    """Energy of one request to a deployment that others metered, in kWh."""
    deployment = word(model, load_training().models).deployment
    if deployment is None:
        return Unavailable(f"no metered deployment of {model} is known")
    return exact(
        deployment.inference_kwh,
        "kwh",
        method=f"{deployment.energy_kwh:g} kWh over {deployment.requests:,} "
        f"requests ({deployment.source}); the kit carries both, no run measures them",
    )


@quantity("deployed_over_measured", Scale.ABSOLUTE)
def deployed_over_measured(evidence: Evidence, deployed: str, model: str) -> Quantity:
    """One request to a metered deployment over one inference of a measured model."""
    top, bottom = deployed_inference_energy(evidence, model=deployed), inference_energy(evidence, model=model)
    if isinstance(top, Unavailable) or isinstance(bottom, Unavailable):
        return top if isinstance(top, Unavailable) else bottom
    return Estimate(
        value=top.value / bottom.value,
        low=None if bottom.high is None else top.value / bottom.high,
        high=None if bottom.low is None else top.value / bottom.low,
        unit="1",
        boundary=bottom.boundary,
        n_models=1,
        n_runs=bottom.n_runs,
        method=f"{top.method}; over the measured mean ({bottom.method})",
    )


@quantity("downloads", Scale.STATED)
def downloads(evidence: Evidence) -> Quantity:
    """Downloads of the BLOOMz models together, by the dated counts of November 2023 that the kit carries."""
    counts = load_downloads()[0]
    known = [count.monthly for count in counts.counts.values() if count.monthly is not None]
    return exact(sum(known), "downloads", n_models=len(known), method=f"sum of the counts of {counts.date}")


def _fine_tuned() -> list[TrainedModel]:
    return [model for model in load_training().models.values() if model.fine_tuning_kwh is not None]


def _measured(evidence: Evidence, model: str) -> InferenceEnergy | Unavailable:
    by_boundary = word(model, evidence.inference_energies)
    energy: InferenceEnergy | Unavailable = by_boundary[evidence.boundary]
    return energy


def _parity(evidence: Evidence, model: str) -> Estimate | Never | Unavailable:
    energy, training = _measured(evidence, model), load_training()
    if isinstance(energy, Unavailable):
        return energy
    return parity(training.models[model], training.cluster, energy, published_assumptions(), Basis.ENERGY)


def _days(evidence: Evidence, model: str) -> Quantity:
    found = _parity(evidence, model)
    return found if isinstance(found, Unavailable) else _answer(time_to_parity(found, published_assumptions()))


def _answer(found: Estimate | Never | Unavailable) -> Quantity:
    return Unavailable(found.reason) if isinstance(found, Never) else found
