"""What to build for a model: its entry in architectures.yaml, or in tiny.yaml for tests. Needs no torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kit.errors import StudyError
from kit.model.canonical import digest

FOLDER: Final = Path(__file__).parent
CORPUS: Final = FOLDER.parent / "corpus" / "text.txt.gz"
BUILDER_VERSION: Final = 3
"""Raised whenever the builders would make other bytes of the same entry."""

SCALES: Final = {"embedded": "architectures.yaml", "tiny": "tiny.yaml"}
"""Scales, and where their architectures stand."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides an artefact's bytes, besides the seed.

    Attributes:
        architecture: name of the Transformers or Diffusers class.
        parts: configuration by part: `config`, and for composite models `encoder`, `decoder`, `unet`, `vae`, `text`,
            `text_2`, `scheduler`.
        tokenizer, processor: kinds in tokenizers.py and processors.py.
    """

    model: str
    scale: str
    architecture: str
    parts: Mapping[str, Any]
    tokenizer: str | None
    processor: str | None


def known(scale: str) -> tuple[str, ...]:
    """Models that can be built at a scale: `embedded`, or `tiny` (every model of the catalogue).

    Raises:
        StudyError: if there is no such scale.
    """
    return tuple(_entries(scale))


def recipe(model: str, scale: str) -> Recipe:
    """The recipe of a model.

    Raises:
        StudyError: if the kit has none at that scale.
    """
    entry = _entries(scale).get(model)
    if entry is None:
        raise StudyError(
            f"{model}: the kit has no architecture of it at the scale {scale}",
            f"choose among {', '.join(known(scale))}, or describe it in {SCALES[scale]}",
        )
    parts = {key: value for key, value in entry.items() if key not in ("class", "tokenizer", "processor", "models")}
    return Recipe(model, scale, entry["class"], parts, entry.get("tokenizer"), entry.get("processor"))


def spec_digest(model: str, scale: str) -> str:
    """Hash of everything that decides the artefact, so that a cache sees when it is out of date."""
    return digest({"recipe": recipe(model, scale), "corpus": _corpus_digest(), "builder": BUILDER_VERSION})


@cache
def _entries(scale: str) -> Mapping[str, Mapping[str, Any]]:
    """Entries by model; models of one kind share one in a file that lists kinds."""
    if scale not in SCALES:
        raise StudyError(f"{scale}: no scale of artefacts", f"choose among {', '.join(SCALES)}")
    content = yaml.load((FOLDER / SCALES[scale]).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    if isinstance(content, list):
        return {model: kind for kind in content for model in kind["models"]}
    entries: Mapping[str, Mapping[str, Any]] = content
    return entries


@cache
def _corpus_digest() -> str:
    return hashlib.sha256(CORPUS.read_bytes()).hexdigest()
