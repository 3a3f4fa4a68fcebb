"""Where the artefacts of a study may come from, in order: the published repository first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from pydantic import TypeAdapter

from kit.catalog.loader import FOLDER, IDENTIFIER
from kit.catalog.yaml_file import read_yaml
from kit.model.pins import RepoKind
from kit.model.study import STRICT, Dataset, Model, Study

HUB: Final = "hub"
"""The kind of artefacts that come from the Hub; all others the kit builds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A repository to try.

    Attributes:
        id: of the repository.
        branch: None for main.
        files: patterns of the data files; none where card and names tell.
        deviation: what using it changes; None for the published repository and its successor.
    """

    __pydantic_config__ = STRICT

    id: str
    branch: str | None = None
    files: tuple[str, ...] = ()
    deviation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An artefact to pin.

    Attributes:
        name: of a model its published id, of a data set its key.
        known: commit that the catalogue has the hash of, where it has one.
        config, split: of a data set.
    """

    kind: RepoKind
    name: str
    published: str
    sources: tuple[Source, ...]
    known: str | None
    config: str | None = None
    split: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    __pydantic_config__ = STRICT

    models: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    datasets: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)


def needs_hub(study: Study) -> bool:
    """Whether some cell reads artefacts of the Hub."""
    return any(planned.cell.protocol.artefacts == HUB for planned in study.cells)


def wanted(study: Study) -> tuple[Wanted, ...]:
    """Every model and data set of the Hub that a study needs, once each, in the study's order."""
    cells = [planned.cell for planned in study.cells if planned.cell.protocol.artefacts == HUB]
    models = {cell.model.id: cell.model for cell in cells}
    datasets = {cell.dataset.key: cell.dataset for cell in cells}
    return (*map(_model, models.values()), *map(_dataset, datasets.values()))


def _model(model: Model) -> Wanted:
    return Wanted(
        kind=RepoKind.MODEL,
        name=model.id,
        published=model.id,
        sources=_in_order(model, _others().models.get(model.id, ())),
        known=model.revision,
    )


def _dataset(dataset: Dataset) -> Wanted:
    return Wanted(
        kind=RepoKind.DATASET,
        name=dataset.key,
        published=dataset.id,
        sources=_in_order(dataset, _others().datasets.get(dataset.key, ())),
        known=dataset.revision,
        config=dataset.current_config or dataset.config,
        split=dataset.current_split or dataset.split,
    )


def _in_order(entry: Model | Dataset, others: tuple[Source, ...]) -> tuple[Source, ...]:
    named = [Source(id=entry.id)]
    if entry.current_id != entry.id:
        named.append(Source(id=entry.current_id))
    return (*named, *others)


@cache
def _others() -> _Sources:
    file = read_yaml(FOLDER / "sources.yaml")
    found: _Sources = file.validated(TypeAdapter(_Sources), (), file.content)
    for group in ("models", "datasets"):
        for name, sources in getattr(found, group).items():
            for number, source in enumerate(sources):
                if not IDENTIFIER.fullmatch(source.id):
                    raise file.error((group, name, number, "id"), f"{source.id!r:.60} is not an id as the Hub has them")
                if source.deviation is None:
                    raise file.error((group, name, number), "say by `deviation` what using it changes")
    return found
