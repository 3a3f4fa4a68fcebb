"""Training energies, BLOOM's own accounts and dated download counts: the published inputs of the break-even."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from annotated_types import Ge, Gt, Le, Lt
from pydantic import TypeAdapter

from kit.catalog.loader import FOLDER, IDENTIFIER
from kit.catalog.yaml_file import YamlFile, read_yaml
from kit.errors import SchemaError

SCHEMA: Final = 1
DATE: Final = re.compile(r"\d{4}-\d{2}(-\d{2})?", re.ASCII)

_FINITE: Final = {"extra": "forbid", "allow_inf_nan": False}

Positive = Annotated[float, Gt(0)]
Tally = Annotated[int, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The account of BLOOM-176B's training: what its idle and embodied terms make of every kWh of dynamic energy.

    Attributes:
        dynamic_kwh: GPU hours at the nominal power; idle_kwh: what the cluster drew besides.
        dynamic_t, idle_t, embodied_t, total_t: tonnes of CO2eq, as its paper states them.
    """

    __pydantic_config__ = _FINITE

    source: str
    model: str
    gpu: str
    gpu_hours: Positive
    gpu_power_w: Positive
    dynamic_kwh: Positive
    idle_kwh: Positive
    pue: Annotated[float, Ge(1)]
    grid_g_per_kwh: Positive
    dynamic_t: Positive
    idle_t: Positive
    embodied_t: Positive
    total_t: Positive

    @property
    def idle_kwh_per_kwh(self) -> float:
        """Idle energy of the cluster for every kWh of dynamic energy."""
        return self.idle_kwh / self.dynamic_kwh

    @property
    def embodied_g_per_kwh(self) -> float:
        """Emissions of making the hardware, in grams for every kWh of dynamic energy (both grow with the GPU hours)."""
        return self.embodied_t * 1e6 / self.dynamic_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The published setting of the serving side."""

    __pydantic_config__ = _FINITE

    grid_g_per_kwh: Positive
    grid_source: str
    users_per_day: Positive
    users_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedParity:
    """What the paper's Table 5 prints of one model."""

    __pydantic_config__ = _FINITE

    source: str
    inference_kwh: Positive
    parity: Annotated[int, Gt(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A metered deployment behind an API.

    Attributes:
        memory_share: share of the energy that keeps the model in memory, asked or not.
    """

    __pydantic_config__ = _FINITE

    source: str
    hardware: str
    days: Positive
    requests: Annotated[int, Gt(0)]
    energy_kwh: Positive
    emissions_kg: Positive
    grid_g_per_kwh: Positive
    memory_share: Annotated[float, Gt(0), Lt(1)]

    @property
    def inference_kwh(self) -> float:
        """Energy of one request, everything that was metered included."""
        return self.energy_kwh / self.requests

    @property
    def net_inference_kwh(self) -> float:
        """Energy of one request less what keeps the model in memory, as far as the rounded share tells."""
        return self.inference_kwh * (1.0 - self.memory_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """A model whose training energy is published.

    Attributes:
        fine_tuning_kwh: None where the model was not fine-tuned.
        deployment: where its inference was metered by others.
    """

    __pydantic_config__ = _FINITE

    id: str
    label: str
    training_kwh: Positive
    training_source: str
    fine_tuning_kwh: Positive | None = None
    fine_tuning_source: str | None = None
    published: PublishedParity | None = None
    deployment: Deployment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCatalogue:
    """Everything of `training.yaml`; `models` by id, in the file's order."""

    relative_uncertainty: float
    cluster: Cluster
    serving: Serving
    models: Mapping[str, TrainedModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadCount:
    """Downloads of one model. What was not stated is None.

    Attributes:
        last_30_days, all_time: as the Hub gives them.
        as_published: a printed count whose period is not stated.
    """

    __pydantic_config__ = _FINITE

    model: str
    last_30_days: Tally | None = None
    all_time: Tally | None = None
    as_published: Tally | None = None

    @property
    def monthly(self) -> int | None:
        """The count that is compared from date to date: of the last 30 days, or as published."""
        return self.last_30_days if self.last_30_days is not None else self.as_published


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadCounts:
    """The download counts of one date (`YYYY-MM` or `YYYY-MM-DD`), by model."""

    date: str
    source: str
    counts: Mapping[str, DownloadCount]


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingFile:
    __pydantic_config__ = _FINITE

    schema: int
    relative_uncertainty: Annotated[float, Ge(0), Le(1)]
    cluster: Cluster
    serving: Serving
    models: tuple[TrainedModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _DownloadsFile:
    __pydantic_config__ = _FINITE

    schema: int
    date: str
    source: str
    counts: tuple[DownloadCount, ...]


@cache
def load_training() -> TrainingCatalogue:
    """The training energies that ship with the kit.

    Raises:
        StudyError: if the file is wrong, with key and line.
        SchemaError: if a newer kit wrote it.
    """
    return read_training(FOLDER / "training.yaml")


def read_training(path: Path) -> TrainingCatalogue:
    """Training energies of a file of the same shape; raises as `load_training` does."""
    file, content = _read(path, TypeAdapter(_TrainingFile))
    models = _by_id(file, "models", "id", content.models)
    if not models:
        raise file.error(("models",), "holds no model")
    return TrainingCatalogue(
        relative_uncertainty=content.relative_uncertainty,
        cluster=content.cluster,
        serving=content.serving,
        models=models,
    )


def load_downloads(folder: Path | None = None) -> tuple[DownloadCounts, ...]:
    """The download counts that ship with the kit and those of a folder of one's own, oldest first.

    Raises:
        StudyError: if a file is wrong, with key and line.
        SchemaError: if a newer kit wrote one.
    """
    paths = sorted((FOLDER / "downloads").glob("*.yaml"))
    if folder is not None and folder.is_dir():
        paths += sorted(folder.glob("*.yaml"))
    return tuple(sorted((read_downloads(path) for path in paths), key=lambda counts: counts.date))


def read_downloads(path: Path) -> DownloadCounts:
    """One dated file of download counts; raises as `load_downloads` does."""
    file, content = _read(path, TypeAdapter(_DownloadsFile))
    if not DATE.fullmatch(content.date):
        raise file.error(("date",), f"{content.date!r:.60} is no date of the form YYYY-MM or YYYY-MM-DD")
    return DownloadCounts(
        date=content.date, source=content.source, counts=_by_id(file, "counts", "model", content.counts)
    )


def _read(path: Path, adapter: TypeAdapter[Any]) -> tuple[YamlFile, Any]:
    file = read_yaml(path)
    schema = file.content.get("schema") if isinstance(file.content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise SchemaError(f"{path}: has schema {schema}, this kit knows {SCHEMA}", "update the kit")
    content = file.validated(adapter, (), file.content)
    if content.schema != SCHEMA:
        raise file.error(("schema",), f"{content.schema} is no schema of this file; the kit knows {SCHEMA}")
    return file, content


def _by_id(file: YamlFile, key: str, name: str, entries: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, entry in enumerate(entries):
        identifier = getattr(entry, name)
        if not IDENTIFIER.fullmatch(identifier):
            raise file.error((key, number, name), f"{identifier!r:.60} is not an id as the Hub has them")
        if identifier in found:
            raise file.error((key, number, name), f"{identifier} stands twice")
        found[identifier] = entry
    return found
