"""What to build for a model: its entry in architectures.yaml, at full size or tiny. Needs no torch."""

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
BUILDER_VERSION: Final = 2
"""Raised whenever the builders would make other bytes of the same entry."""

SCALES: Final = ("embedded", "tiny")

_TINY_OF: Final = {
    "DistilBert": "distilbert", "Bert": "bert", "Roberta": "roberta", "GPT2": "gpt2", "Bart": "bart", "T5": "t5",
    "Bloom": "bloom", "ViT": "vit", "ResNet": "resnet", "Yolos": "yolos", "Detr": "detr",
    "StableDiffusion": "stable-diffusion",
}  # fmt: skip
"""How the names of classes begin, to their entry under `tiny`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides an artefact's bytes, besides the seed.

    Attributes:
        architecture: name of the Transformers or Diffusers class.
        parts: configuration by part: `config`, and for composite models `encoder`, `decoder`, `unet`, `vae`, `text`.
        tokenizer, processor: kinds in tokenizers.py and processors.py.
    """

    model: str
    scale: str
    architecture: str
    parts: Mapping[str, Any]
    tokenizer: str | None
    processor: str | None


def known(scale: str) -> tuple[str, ...]:
    """Models that can be built at a scale."""
    entries = _entries()
    return tuple(model for model in entries if model != "tiny" and (scale == "embedded" or _tiny(entries[model])))


def recipe(model: str, scale: str) -> Recipe:
    """The recipe of a model.

    Raises:
        StudyError: if the kit has none at that scale.
    """
    if scale not in SCALES or model not in known(scale):
        raise StudyError(
            f"{model}: the kit has no architecture of it at the scale {scale}",
            f"choose among {', '.join(known('embedded'))}, or describe it in architectures.yaml",
        )
    entry = _entries()[model]
    parts = {key: value for key, value in entry.items() if key not in ("class", "tokenizer", "processor")}
    if scale == "tiny":
        parts = _shrunk(entry, parts)
    return Recipe(model, scale, entry["class"], parts, entry.get("tokenizer"), entry.get("processor"))


def spec_digest(model: str, scale: str) -> str:
    """Hash of everything that decides the artefact, so that a cache sees when it is out of date."""
    return digest({"recipe": recipe(model, scale), "corpus": _corpus_digest(), "builder": BUILDER_VERSION})


def _tiny(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What replaces dimensions for tests, if the architecture can be made tiny."""
    tiny: Mapping[str, Any] = _entries()["tiny"]
    name = str(entry["class"])
    if name == "VisionEncoderDecoderModel":
        return tiny
    return next((tiny[kind] for begin, kind in _TINY_OF.items() if name.startswith(begin)), None)


def _shrunk(entry: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    changes = _tiny(entry) or {}
    if entry["class"] == "VisionEncoderDecoderModel":
        return {
            **parts,
            "encoder": {**parts["encoder"], "config": {**parts["encoder"]["config"], **changes["vit"]}},
            "decoder": {**parts["decoder"], "config": {**parts["decoder"]["config"], **changes["gpt2"]}},
        }
    if entry["class"] == "StableDiffusionPipeline":
        return {name: {**part, **changes[name]} for name, part in parts.items()}
    return {**parts, "config": {**parts["config"], **changes}}


@cache
def _entries() -> Mapping[str, Any]:
    entries: Mapping[str, Any] = yaml.load(
        (FOLDER / "architectures.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
    )
    return entries


@cache
def _corpus_digest() -> str:
    return hashlib.sha256(CORPUS.read_bytes()).hexdigest()
