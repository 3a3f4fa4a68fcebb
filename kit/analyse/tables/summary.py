"""Means with intervals over groups of observations: what every energy table is made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kit.analyse.bootstrap import mean_interval
from kit.analyse.observations import Observation
from kit.model.results import Boundary

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Runs of a group, within one boundary.

    Attributes:
        mean, median: over runs. sd: over runs, with n - 1; None for a single one.
        low, high: 95 % interval of the mean, by models and their runs; None for a single run.
        estimated_low, estimated_high: the mean with an estimated idle power at either end of its range.
        provenance: of the energies, each kind once.
    """

    n_models: int
    n_runs: int
    mean: float
    sd: float | None
    median: float
    low: float | None
    high: float | None
    estimated_low: float | None
    estimated_high: float | None
    provenance: str


def grouped(observations: Iterable[Observation], key: Callable[[Observation], Key]) -> dict[Key, list[Observation]]:
    """Observations by key, in the order in which the keys are met."""
    groups: dict[Key, list[Observation]] = {}
    for observation in observations:
        groups.setdefault(key(observation), []).append(observation)
    return groups


def energy_summary(observations: Sequence[Observation], boundary: Boundary) -> Summary | None:
    """The energy of a group; None where no run of it has that boundary."""
    usable = [item for item in observations if boundary in item.energy_kwh_per_1000]
    if not usable:
        return None
    ranges = [item.energy_range_kwh_per_1000[boundary] for item in usable if boundary in item.energy_range_kwh_per_1000]
    estimated = len(ranges) == len(usable)
    values = _by_model(usable, lambda item: item.energy_kwh_per_1000[boundary])
    interval = mean_interval(values)
    every = np.concatenate([runs for cells in values for runs in cells])
    return Summary(
        n_models=len(values),
        n_runs=every.size,
        mean=float(np.mean(every)),
        sd=float(np.std(every, ddof=1)) if every.size > 1 else None,
        median=float(np.median(every)),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        estimated_low=float(np.mean([low for low, _ in ranges])) if estimated else None,
        estimated_high=float(np.mean([high for _, high in ranges])) if estimated else None,
        provenance="; ".join(sorted({item.provenance[boundary] for item in usable})),
    )


def mean_of(values: Iterable[float | None]) -> float | None:
    """The mean of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _by_model(
    observations: Sequence[Observation], value: Callable[[Observation], float]
) -> list[list[NDArray[np.float64]]]:
    """The values of each cell of each model."""
    models = grouped(observations, lambda item: item.cell.model.id).values()
    return [
        [np.array([value(item) for item in runs]) for runs in grouped(group, lambda item: item.cell_id).values()]
        for group in models
    ]
