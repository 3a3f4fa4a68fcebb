"""Loading the catalogue: entries become frozen types, mistakes become messages with a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from kit.catalog.yaml_file import YamlFile, read_yaml
from kit.model.study import STRICT, Dataset, Family, Generation, Model, Task

FOLDER: Final = Path(__file__).parent
REVISION: Final = re.compile(r"[0-9a-f]{40}")
IDENTIFIER: Final = re.compile(r"(?!.*\.\.)\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
"""What the Hub allows as an id; nothing else ever reaches a path or an address."""

Rule = Literal[
    "field",
    "joined-tokens",
    "question-and-context",
    "cloze-sentence",
    "cloze-20-words",
    "first-20-words",
    "first-50-words",
    "prompted",
    "prompted-50-words",
    "prompted-question",
    "image-640x480",
]
"""Rules that make an input of a row; the workloads have one function for each."""

Pipeline = Literal[
    "text-classification",
    "question-answering",
    "fill-mask",
    "token-classification",
    "image-classification",
    "object-detection",
    "text-generation",
    "text2text-generation",
    "summarization",
    "image-to-text",
    "diffusion",
]

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "prompted": ("{text}",),
    "prompted-50-words": ("{text}",),
    "prompted-question": ("{question}", "{context}"),
}
"""What the prompt of a rule has to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilySpec:
    """How one multi-purpose family does a task."""

    __pydantic_config__ = STRICT

    pipeline: Pipeline
    preprocessing: Rule
    prompt: str
    generation: Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """How a task is measured.

    Attributes:
        datasets: key of the data set to the rule that makes an input of its row.
        multi_purpose: for the families that are measured on it.
    """

    __pydantic_config__ = STRICT

    task: Task
    pipeline: Pipeline
    datasets: Mapping[str, Rule]
    generation: Generation | None = None
    multi_purpose: Mapping[Family, FamilySpec] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The study as published, and what was added to it.

    Attributes:
        models: by published id. datasets: by key. tasks: in the paper's order.
    """

    models: Mapping[str, Model]
    datasets: Mapping[str, Dataset]
    tasks: Mapping[Task, TaskSpec]


@cache
def load_catalog() -> Catalog:
    """The catalogue that ships with the kit.

    Raises:
        StudyError: if one of its files is wrong, with file, key and line.
    """
    datasets = datasets_of(read_yaml(FOLDER / "datasets.yaml"))
    return Catalog(
        models=models_of(read_yaml(FOLDER / "models.yaml")),
        datasets=datasets,
        tasks=_tasks_of(read_yaml(FOLDER / "tasks.yaml"), datasets),
    )


def models_of(file: YamlFile) -> dict[str, Model]:
    """The models of a file's key `models`, by id."""
    found: dict[str, Model] = {}
    for place, model in _entries(file, "models", _adapter(Model)):
        _check_hub_names(file, place, model, ("id", "current_id"))
        if model.id in found:
            raise file.error((*place, "id"), f"{model.id} stands twice")
        found[model.id] = model
    return found


def datasets_of(file: YamlFile) -> dict[str, Dataset]:
    """The data sets of a file's key `datasets`, by key."""
    found: dict[str, Dataset] = {}
    for place, dataset in _entries(file, "datasets", _adapter(Dataset)):
        _check_hub_names(file, place, dataset, ("key", "id", "current_id"))
        if dataset.key in found:
            raise file.error((*place, "key"), f"{dataset.key} stands twice")
        found[dataset.key] = dataset
    return found


def _tasks_of(file: YamlFile, datasets: Mapping[str, Dataset]) -> dict[Task, TaskSpec]:
    found: dict[Task, TaskSpec] = {}
    for place, spec in _entries(file, "tasks", _adapter(TaskSpec)):
        for key in spec.datasets:
            if key not in datasets:
                raise file.error((*place, "datasets", key), f"{key} is not in datasets.yaml")
        for name, family in spec.multi_purpose.items():
            check_prompt(file, (*place, "multi_purpose", name.value, "prompt"), family.preprocessing, family.prompt)
        found[spec.task] = spec
    return found


def check_prompt(file: YamlFile, place: tuple[str | int, ...], rule: str, prompt: str | None) -> None:
    """Make sure that a prompt has the places that its rule fills, and that a rule without a prompt gets none.

    Raises:
        StudyError: naming the place of the prompt.
    """
    if rule not in PLACES:
        if prompt is not None:
            raise file.error(place, f"the rule {rule} takes no prompt")
        return
    missing = [part for part in PLACES[rule] if part not in (prompt or "")]
    if missing:
        raise file.error(place, f"the rule {rule} needs a prompt with {' and '.join(missing)} in it")


def _entries(file: YamlFile, key: str, adapter: TypeAdapter[Any]) -> list[tuple[tuple[str | int, ...], Any]]:
    content = file.content if isinstance(file.content, dict) else {}
    items = content.get(key) or []
    if not isinstance(items, list):
        raise file.error((key,), "has to be a list")
    return [((key, number), file.validated(adapter, (key, number), item)) for number, item in enumerate(items)]


def _check_hub_names(file: YamlFile, place: tuple[str | int, ...], entry: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if not IDENTIFIER.fullmatch(getattr(entry, name)):
            raise file.error((*place, name), f"{getattr(entry, name)!r:.60} is not an id as the Hub has them")
    if entry.revision is not None and not REVISION.fullmatch(entry.revision):
        raise file.error((*place, "revision"), f"{entry.revision!r:.60} is not a commit hash of 40 hexadecimal digits")


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
