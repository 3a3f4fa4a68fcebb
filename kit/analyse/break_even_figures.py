"""What the break-even's charts are drawn from: energy against time, and days to parity against each assumption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kit.analyse.break_even import (
    Assumptions,
    Basis,
    InferenceEnergy,
    inference_side,
    inferences_after,
    parity,
    time_to_parity,
    training_side,
)
from kit.analyse.break_even_energies import Energies
from kit.catalog.break_even_data import TrainingCatalogue
from kit.model.results import Boundary, Estimate, Unavailable

POINTS: Final = 60
BEYOND: Final = 1.6
"""A curve goes on to this many times the days to parity, so that the crossing stands inside the chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Cumulative energy of serving one model, from its first day, within the published boundary.

    Attributes:
        training_kwh: the horizontal line that it crosses.
        days, energy_kwh: points of the curve.
        low_kwh, high_kwh: the same at the ends of the interval of an inference's energy; None where it has none.
        crossing_days: with crossing_low and crossing_high, the ends of its 95 % interval (None where it has none).
    """

    model: str
    label: str
    training_kwh: float
    days: tuple[float, ...]
    energy_kwh: tuple[float, ...]
    low_kwh: tuple[float, ...] | None
    high_kwh: tuple[float, ...] | None
    crossing_days: float
    crossing_low: float | None
    crossing_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Days to parity of one model against one assumption, the others as they are, within the published boundary.

    Attributes:
        factor: field of `Assumptions`.
        values: of that field. days: at each value; None where parity is never reached.
    """

    model: str
    label: str
    factor: str
    basis: Basis
    values: tuple[float, ...]
    days: tuple[float | None, ...]


FACTORS: Final[Mapping[str, tuple[Basis, tuple[float, ...]]]] = {
    "users_per_day": (Basis.ENERGY, tuple(10.0 ** (exponent / 4) for exponent in range(16, 37))),
    "growth_per_year": (Basis.ENERGY, (-0.9, -0.75, -0.5, -0.25, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)),
    "serving_pue": (Basis.ENERGY, tuple(1.0 + place / 10 for place in range(11))),
    "training_pue": (Basis.ENERGY, tuple(1.0 + place / 10 for place in range(11))),
    "serving_grid_g_per_kwh": (Basis.CARBON, (10.0, 25.0, 57.0, 100.0, 200.0, 297.6, 400.0, 600.0, 800.0)),
    "training_grid_g_per_kwh": (Basis.CARBON, (10.0, 25.0, 57.0, 100.0, 200.0, 297.6, 400.0, 600.0, 800.0)),
}
"""The small multiples: each factor, the basis on which it is asked, and its values (57 and 297.6 are the published)."""


def curves(training: TrainingCatalogue, energies: Energies, assumptions: Assumptions) -> tuple[Curve, ...]:
    """A curve for each model that reaches parity by energy."""
    found = (_curve(training, model, energies[model], assumptions) for model in training.models)
    return tuple(curve for curve in found if curve is not None)


def _curve(
    training: TrainingCatalogue,
    model_id: str,
    energies: Mapping[Boundary, InferenceEnergy | Unavailable],
    assumptions: Assumptions,
) -> Curve | None:
    model, energy = training.models[model_id], energies[Boundary.PUBLISHED]
    if isinstance(energy, Unavailable):
        return None
    crossing = time_to_parity(parity(model, training.cluster, energy, assumptions, Basis.ENERGY), assumptions)
    if not isinstance(crossing, Estimate):
        return None
    last = BEYOND * (crossing.value if crossing.high is None else crossing.high)
    days = tuple(last * place / POINTS for place in range(POINTS + 1))
    made = [inferences_after(day, assumptions) for day in days]
    inference = energy.estimate(assumptions.seed)

    def cumulative(kwh: float | None) -> tuple[float, ...] | None:
        return None if kwh is None else tuple(n * inference_side(kwh, assumptions, Basis.ENERGY) for n in made)

    return Curve(
        model=model.id,
        label=model.label,
        training_kwh=training_side(model, training.cluster, assumptions, Basis.ENERGY),
        days=days,
        energy_kwh=cumulative(inference.value) or (),
        low_kwh=cumulative(inference.low),
        high_kwh=cumulative(inference.high),
        crossing_days=crossing.value,
        crossing_low=crossing.low,
        crossing_high=crossing.high,
    )


def sensitivities(training: TrainingCatalogue, energies: Energies, assumptions: Assumptions) -> tuple[Sensitivity, ...]:
    """Each factor against each model that has an energy of an inference."""
    return tuple(
        Sensitivity(
            model=model.id,
            label=model.label,
            factor=factor,
            basis=basis,
            values=values,
            days=tuple(
                _days(training, model.id, energy, with_factor(assumptions, factor, value), basis) for value in values
            ),
        )
        for factor, (basis, values) in FACTORS.items()
        for model in training.models.values()
        if isinstance(energy := energies[model.id][Boundary.PUBLISHED], InferenceEnergy)
    )


def with_factor(assumptions: Assumptions, factor: str, value: float) -> Assumptions:
    """The assumptions with one of them, named as its field, at another value."""
    changed: dict[str, Any] = {factor: value}
    return replace(assumptions, **changed)


def _days(
    training: TrainingCatalogue, model_id: str, energy: InferenceEnergy, assumptions: Assumptions, basis: Basis
) -> float | None:
    found = time_to_parity(parity(training.models[model_id], training.cluster, energy, assumptions, basis), assumptions)
    return found.value if isinstance(found, Estimate) else None
