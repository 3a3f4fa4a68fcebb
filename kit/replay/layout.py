"""What lies where in a release: which file holds which task and data set, and the names that differ between files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from kit.model.study import STRICT, Architecture, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFile:
    """A file that lists runs of one task on one data set.

    Attributes:
        unused: why no published table uses its runs, if none does.
    """

    __pydantic_config__ = STRICT

    task: Task
    dataset: str
    zero_shot: bool = False
    unused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthsFile:
    """A file of token counts; `label` is what its rows call the data set."""

    __pydantic_config__ = STRICT

    task: Task
    dataset: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityColumn:
    """A column of the quality table."""

    __pydantic_config__ = STRICT

    dataset: str
    metric: str
    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlistedModel:
    """What a model is that has runs in the release and is in none of its results."""

    __pydantic_config__ = STRICT

    task: Task
    architecture: Architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All of it, by file name without suffix, by column, and by model."""

    __pydantic_config__ = STRICT

    files: Mapping[str, ResultsFile]
    lengths: Mapping[str, LengthsFile]
    model_names: Mapping[str, str]
    quality: Mapping[str, QualityColumn]
    unlisted: Mapping[str, UnlistedModel]


@cache
def load_layout() -> Layout:
    """The layout of the release, a data file of the kit."""
    text = Path(__file__).with_name("layout.yaml").read_text(encoding="utf-8")
    return TypeAdapter(Layout).validate_python(yaml.load(text, Loader=yaml.CSafeLoader))
