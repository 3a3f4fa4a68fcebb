"""After how many inferences, and when, serving a model has taken as much as training it.

    training  = (training + fine-tuning) x (1 + idle) x PUE of training               kWh
    inference = mean over data sets of the mean over runs x PUE of serving            kWh
    parity    = training / inference
    by carbon: each side times its own grid, training plus the embodied term

Idle and embodied terms are those of BLOOM-176B's own account (arXiv 2211.02001), for every kWh of dynamic energy.
Answers are a number with its interval, or `Never` with the reason; what cannot be is an InputError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kit.analyse.break_even_interval import (
    ByTask,
    RelativeInterval,
    dataset_means,
    energy_interval,
    parity_interval,
    scatter,
)
from kit.catalog.break_even_data import Cluster, TrainedModel
from kit.errors import InputError
from kit.model.results import Boundary, Estimate
from kit.model.units import carbon_g

DAYS_A_YEAR: Final = 365.0


class Basis(StrEnum):
    """What is compared: two questions with two answers, wherever the grids differ."""

    ENERGY = "energy"
    CARBON = "carbon"


@dataclass(frozen=True, slots=True)
class Never:
    """Parity is never reached; the reason is one sentence."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Everything that the answer rests on besides the measured energies.

    Attributes:
        training_grid_g_per_kwh, serving_grid_g_per_kwh: carbon intensity of either side.
        training_pue, serving_pue: energy of the data centre over that of the machines; 1 as published.
        fine_tuning, idle, embodied: whether the training side has these terms.
        relative_uncertainty: relative standard uncertainty of the training energy.
        users_per_day, queries_per_user: the use at the start, queries a user being of one day.
        growth_per_year: of the use, as a fraction (0.5 is half as much again after a year), compounding continuously.
        seed: of the resampling.

    Raises:
        InputError: if a value is out of its range.
    """

    training_grid_g_per_kwh: float
    serving_grid_g_per_kwh: float
    training_pue: float = 1.0
    serving_pue: float = 1.0
    fine_tuning: bool = True
    idle: bool = False
    embodied: bool = False
    relative_uncertainty: float = 0.0
    users_per_day: float = 1e7
    queries_per_user: float = 1.0
    growth_per_year: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(
                    f"{name.replace('_', ' ')}: {value:g} is not between {low:g} and {high:g}",
                    "give a number in that range",
                )
        if self.seed < 0:
            raise InputError(f"seed: {self.seed} is negative", "give a whole number from 0")

    @property
    def queries_per_day(self) -> float:
        """Inferences a day at the start."""
        return self.users_per_day * self.queries_per_user


RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "training_grid_g_per_kwh": (1.0, 5_000.0),
    "serving_grid_g_per_kwh": (0.0, 5_000.0),
    "training_pue": (1.0, 10.0),
    "serving_pue": (1.0, 10.0),
    "relative_uncertainty": (0.0, 1.0),
    "users_per_day": (0.0, 1e11),
    "queries_per_user": (0.0, 1e6),
    "growth_per_year": (-0.99, 100.0),
}
"""What is accepted, by field of `Assumptions`; not-a-number and infinity never are. The page is held to the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceEnergy:
    """The energy of an inference of one model within one boundary.

    Attributes:
        by_task: kWh of one inference, one number a run, by task and data set.
        provenance: how they came about, in words.
        runs_behind: runs that the numbers are means of; None where each is one run.

    Raises:
        InputError: if it is absent, not finite, or negative on the whole.
    """

    model: str
    boundary: Boundary
    by_task: ByTask
    provenance: str | None = None
    runs_behind: int | None = None

    def __post_init__(self) -> None:
        datasets = [(name, runs) for by_dataset in self.by_task.values() for name, runs in by_dataset.items()]
        if not datasets or not all(self.by_task.values()) or not all(runs for _, runs in datasets):
            raise InputError(
                f"{self.model}: no energy of an inference ({self.boundary})", "measure it, or leave it out"
            )
        for name, runs in datasets:
            if not all(math.isfinite(energy) for energy in runs):
                raise InputError(f"{self.model}, {name}: the energy of an inference is not finite", "mend the data")
        if self.mean_kwh < 0.0:
            raise InputError(
                f"{self.model}: an inference takes {self.mean_kwh:g} kWh ({self.boundary}), less than nothing",
                "check the idle baseline; for the boundary net it exceeds what the device drew",
            )

    @property
    def mean_kwh(self) -> float:
        """Mean over data sets of the mean over runs, each data set counting alike."""
        means = [mean for group in dataset_means(self.by_task) for mean in group]
        return math.fsum(means) / len(means)

    @property
    def n_datasets(self) -> int:
        """Data sets of all tasks."""
        return sum(len(by_dataset) for by_dataset in self.by_task.values())

    @property
    def n_runs(self) -> int:
        """Runs of all data sets."""
        if self.runs_behind is not None:
            return self.runs_behind
        return sum(len(runs) for by_dataset in self.by_task.values() for runs in by_dataset.values())

    def estimate(self, seed: int) -> Estimate:
        """The mean energy in kWh, with its interval over data sets and runs."""
        interval = energy_interval(scatter(self.by_task, seed))
        return _estimate(self, self.mean_kwh, "kwh", interval)


def training_side(model: TrainedModel, cluster: Cluster, assumptions: Assumptions, basis: Basis) -> float:
    """What training took: kWh by energy, grams of CO2eq by carbon.

    Raises:
        InputError: if an energy is not a positive finite number.
    """
    dynamic = model.training_kwh
    if assumptions.fine_tuning and model.fine_tuning_kwh is not None:
        _positive(model.fine_tuning_kwh, f"{model.id}: fine-tuning energy")
        dynamic += model.fine_tuning_kwh
    _positive(model.training_kwh, f"{model.id}: training energy")
    idle = cluster.idle_kwh_per_kwh if assumptions.idle else 0.0
    energy = dynamic * (1.0 + idle) * assumptions.training_pue
    if basis is Basis.ENERGY:
        return energy
    embodied = cluster.embodied_g_per_kwh * dynamic if assumptions.embodied else 0.0
    return carbon_g(energy, assumptions.training_grid_g_per_kwh) + embodied


def inference_side(energy_kwh: float, assumptions: Assumptions, basis: Basis) -> float:
    """What one inference takes: kWh by energy, grams of CO2eq by carbon."""
    energy = energy_kwh * assumptions.serving_pue
    return energy if basis is Basis.ENERGY else carbon_g(energy, assumptions.serving_grid_g_per_kwh)


def parity(
    model: TrainedModel, cluster: Cluster, inference: InferenceEnergy, assumptions: Assumptions, basis: Basis
) -> Estimate | Never:
    """Inferences until serving has taken as much as training, with a 95 % interval.

    Raises:
        InputError: if an energy is absent, negative or not finite.
    """
    training = training_side(model, cluster, assumptions, basis)
    serving = inference_side(inference.mean_kwh, assumptions, basis)
    if serving == 0.0:
        what = "uses no energy" if inference.mean_kwh == 0.0 else "emits nothing on this grid"
        return Never(f"an inference {what} within the boundary {inference.boundary}")
    value = training / serving
    _positive(value, f"{model.id}: inferences to parity")
    spread = scatter(inference.by_task, assumptions.seed)
    interval = parity_interval(spread, assumptions.relative_uncertainty, assumptions.seed)
    return _estimate(inference, value, "inferences", interval)


def days_until(inferences: float, assumptions: Assumptions) -> float | Never:
    """Days until a number of inferences has been made, the use growing or shrinking as assumed.

    With q inferences a day at the start and k = ln(1 + growth) / 365, q (exp(k t) - 1) / k of them are made in t days.
    """
    _positive(inferences, "inferences")
    if assumptions.queries_per_day == 0.0:
        return Never("nobody asks")
    plain = inferences / assumptions.queries_per_day
    if math.isinf(plain):
        return Never("so few ask that the days are beyond counting")
    rate = _daily_rate(assumptions)
    grown = rate * plain
    if grown == 0.0:
        return plain
    if grown <= -1.0:
        total = assumptions.queries_per_day / -rate
        return Never(f"the use shrinks, and all of it comes to fewer than {total:.4g} inferences")
    return plain * (math.log1p(grown) / grown)


def inferences_after(days: float, assumptions: Assumptions) -> float:
    """Inferences made in a number of days from the start; the inverse of `days_until`."""
    grown = _daily_rate(assumptions) * days
    return assumptions.queries_per_day * days * (1.0 if grown == 0.0 else math.expm1(grown) / grown)


def time_to_parity(inferences: Estimate | Never, assumptions: Assumptions) -> Estimate | Never:
    """Days to parity; an end of the interval that is never reached is None, and the method says so."""
    if isinstance(inferences, Never):
        return inferences
    value = days_until(inferences.value, assumptions)
    if isinstance(value, Never):
        return value
    ends = [None if end is None else days_until(end, assumptions) for end in (inferences.low, inferences.high)]
    low, high = (None if isinstance(end, Never) else end for end in ends)
    method = inferences.method
    if isinstance(ends[1], Never):
        method += "; the upper end is never reached"
    return Estimate(
        value=value,
        low=low,
        high=high,
        unit="days",
        boundary=inferences.boundary,
        n_models=1,
        n_runs=inferences.n_runs,
        method=method,
    )


def inferences_per_download(inferences: Estimate | Never, downloads: int | None) -> Estimate | Never | None:
    """Inferences that each download has to make until parity; None where no download was counted."""
    if downloads is None or isinstance(inferences, Never):
        return None if downloads is None else inferences
    if downloads < 0:
        raise InputError(f"downloads: {downloads} is negative", "mend the count")
    if downloads == 0:
        return Never("nobody downloads it")
    low, high = (None if end is None else end / downloads for end in (inferences.low, inferences.high))
    return Estimate(
        value=inferences.value / downloads,
        low=low,
        high=high,
        unit="inferences per download",
        boundary=inferences.boundary,
        n_models=1,
        n_runs=inferences.n_runs,
        method=inferences.method,
    )


def _estimate(inference: InferenceEnergy, value: float, unit: str, interval: RelativeInterval) -> Estimate:
    low, high = (None if factor is None else value * factor for factor in (interval.low, interval.high))
    count = inference.n_datasets
    mean = "mean over runs" if count == 1 else f"mean over {count} data sets of the mean over runs"
    return Estimate(
        value=value,
        low=low,
        high=high,
        unit=unit,
        boundary=inference.boundary,
        n_models=1,
        n_runs=inference.n_runs,
        method="; ".join(part for part in (mean, inference.provenance, interval.method) if part),
    )


def _daily_rate(assumptions: Assumptions) -> float:
    return math.log1p(assumptions.growth_per_year) / DAYS_A_YEAR


def _positive(value: float, what: str) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(f"{what}: {value:g} is not a positive finite number", "mend the data or the option")
