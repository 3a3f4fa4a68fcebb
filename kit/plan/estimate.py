"""What a study will take, from the durations and energies that the paper's release states for the same cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from kit.model.study import Cell, CellKey, PlannedCell, Protocol, Study, Task
from kit.model.units import carbon_g

S_PER_H: Final = 3_600.0
PRICE_USD_PER_H: Final = 27.45
"""Of the whole node: AWS p4de.24xlarge, us-east and us-west, on demand, since June 2025."""
BYTES_A_PARAMETER: Final[Mapping[str, int]] = {"hub": 4, "embedded": 2}
"""By artefacts: the study's weights are float32 (those that lie on the Hub in float16 take half), the kit's float16."""


@dataclass(frozen=True, slots=True)
class CellCost:
    """What 1,000 inferences of a cell took in the release, on one A100 of a node of eight.

    Attributes:
        duration_s: of the query window.
        energy_kwh: of the query window, whole node.
    """

    duration_s: float
    energy_kwh: float


@dataclass(frozen=True, slots=True)
class LoadingCost:
    """What loading a model once took there."""

    duration_s: float
    energy_kwh: float


@dataclass(frozen=True, slots=True)
class KnownCosts:
    """What the release states.

    Attributes:
        cells: of 1,000 inferences. loading: by task and published model id.
        protocols: that they were measured by. A cell with other lengths, prompts or weights takes another time.
    """

    cells: Mapping[CellKey, CellCost]
    loading: Mapping[tuple[Task, str], LoadingCost]
    protocols: Mapping[CellKey, Protocol]

    def of(self, planned: PlannedCell, study: Study) -> CellEstimate | None:
        """A cell with all its repetitions; None where the release does not hold it, or measured it otherwise."""
        cell, cost = planned.cell, self.cells.get(planned.cell.key)
        load = self.loading.get((cell.task, cell.model.id))
        stated = self.protocols.get(cell.key)
        if cost is None or load is None or stated is None or not _alike(cell.protocol, stated):
            return None
        thousands = planned.repetitions * (cell.protocol.warm_up + cell.protocol.inferences) / 1_000
        loads = planned.repetitions if study.load_each_run else 1
        idle_s = 2 * study.idle_s * planned.repetitions
        return CellEstimate(
            hours=(cost.duration_s * thousands + load.duration_s * loads + idle_s) / S_PER_H,
            loading_hours=load.duration_s * loads / S_PER_H,
            energy_kwh=cost.energy_kwh * thousands + load.energy_kwh * loads,
        )


def _alike(one: Protocol, other: Protocol) -> bool:
    """Whether two protocols differ in the number of inferences alone."""
    return replace(one, inferences=other.inferences, warm_up=other.warm_up) == other


@dataclass(frozen=True, slots=True)
class CellEstimate:
    """What a cell takes, all repetitions together.

    Attributes:
        hours: of windows and loading.
        loading_hours: the part of them in which models are loaded.
        energy_kwh: of the whole node, while loading and in the windows; idle baselines have no known energy.
    """

    hours: float
    loading_hours: float
    energy_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplan:
    """A study in numbers.

    Attributes:
        hours, loading_hours, energy_kwh: for the other cells.
        unknown: cells that the release does not hold or measured otherwise, for which nothing is estimated.
    """

    models: int
    datasets: int
    cells: int
    runs: int
    inferences: int
    hours: float
    loading_hours: float
    energy_kwh: float
    unknown: int


def estimate(study: Study, costs: KnownCosts) -> Workplan:
    """Add up a study. On other hardware than an A100 hours and energy say nothing; the caller knows."""
    found = [costs.of(planned, study) for planned in study.cells]
    known = [item for item in found if item is not None]
    return Workplan(
        models=len({planned.cell.model.id for planned in study.cells}),
        datasets=len({_dataset(planned.cell) for planned in study.cells}),
        cells=len(study.cells),
        runs=sum(planned.repetitions for planned in study.cells),
        inferences=sum(planned.repetitions * planned.cell.protocol.inferences for planned in study.cells),
        hours=sum(item.hours for item in known),
        loading_hours=sum(item.loading_hours for item in known),
        energy_kwh=sum(item.energy_kwh for item in known),
        unknown=len(found) - len(known),
    )


def _dataset(cell: Cell) -> tuple[str, str]:
    """The paper counts a data set once a task that reads it."""
    return (cell.task.value, cell.dataset.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a study costs beside time.

    Attributes:
        usd: for the hours, at the price of the node.
        carbon_kg: of CO2 equivalent; None where the grid's intensity is not known.
    """

    usd: float
    carbon_kg: float | None


def bill(workplan: Workplan, price_usd_per_h: float, intensity_g_per_kwh: float | None) -> Bill:
    """Money and emissions of the hours and energy that are known of a study."""
    grams = None if intensity_g_per_kwh is None else carbon_g(workplan.energy_kwh, intensity_g_per_kwh)
    return Bill(usd=workplan.hours * price_usd_per_h, carbon_kg=None if grams is None else grams / 1_000)


@dataclass(frozen=True, slots=True)
class KnownSize:
    """Bytes of a data set, as downloaded and as prepared beside it."""

    download_bytes: int
    prepared_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySize:
    """What a study downloads, and what it needs on the disk.

    Attributes:
        download_bytes, disk_bytes: of the models and data sets whose size is known.
        unknown_models, unknown_datasets: those that are not in these sums.
    """

    download_bytes: int
    disk_bytes: int
    unknown_models: tuple[str, ...]
    unknown_datasets: tuple[str, ...]


def size(study: Study, datasets: Mapping[str, KnownSize]) -> StudySize:
    """Sizes of a study's models, by their parameters, and of the data sets that it fetches.

    Args:
        datasets: known sizes by key.
    """
    cells = [planned.cell for planned in study.cells]
    fetched = [cell for cell in cells if cell.protocol.artefacts == "hub"]
    models = {cell.model.id: _weights_bytes(cell) for cell in cells}
    keys = dict.fromkeys(cell.dataset.key for cell in fetched)
    known = [datasets[key] for key in keys if key in datasets]
    weights = {cell.model.id: models[cell.model.id] or 0 for cell in fetched}
    download = sum(weights.values()) + sum(item.download_bytes for item in known)
    built = sum(found or 0 for name, found in models.items() if name not in weights)
    return StudySize(
        download_bytes=download,
        disk_bytes=download + built + sum(item.prepared_bytes for item in known),
        unknown_models=tuple(name for name, found in models.items() if found is None),
        unknown_datasets=tuple(key for key in keys if key not in datasets),
    )


def _weights_bytes(cell: Cell) -> int | None:
    """Bytes of a model's weights; None where its parameters, or those of what stands in for it, are not known."""
    each = BYTES_A_PARAMETER.get(cell.protocol.artefacts)
    return None if each is None or cell.model.parameters is None else each * cell.model.parameters
