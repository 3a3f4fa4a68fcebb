"""Building an artefact: configuration, seeded weights, tokenizer and processor, whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kit.workloads.artefacts.diffusion import save_diffusion
from kit.workloads.artefacts.processors import save_processor
from kit.workloads.artefacts.recipes import Recipe, recipe
from kit.workloads.artefacts.tokenizers import save_tokenizer

if TYPE_CHECKING:
    import torch

SPREAD: Final = 0.02
"""Standard deviation of seeded weights, that with which most of the published models were initialised."""

BLOCK: Final = 2**22
"""Weights drawn at a time, to keep memory low."""

TRANSFORMERS_VERSION: Final = "4.57.1"
"""Written into configurations; without a real version the library warns of a tokenizer fault that is not there."""


def build(model: str, hub: Path, *, scale: str, seed: int) -> str:
    """Build a model into a folder in the Hub's cache layout.

    Returns:
        The revision: 40 hexadecimal digits of the hash of all its files.

    Raises:
        StudyError: if the kit has no recipe for it.
    """
    found = recipe(model, scale)
    with _room(hub) as building:
        content = building / "content"
        content.mkdir()
        if "unet" in found.parts:
            save_diffusion(found.architecture, found.parts, content, seed=seed, fill=fill)
        else:
            _save_transformer(found, content, seed)
        revision = _revision(content)
        place = building / "model"
        (place / "snapshots").mkdir(parents=True)
        (place / "refs").mkdir()
        content.rename(place / "snapshots" / revision)
        (place / "refs" / "main").write_bytes(revision.encode())  # exactly 40 digits; a newline breaks offline loading
        target = hub / ("models--" + model.replace("/", "--"))
        shutil.rmtree(target, ignore_errors=True)
        os.sync()
        place.rename(target)
    return revision


@contextmanager
def _room(hub: Path) -> Iterator[Path]:
    """An empty folder in the hub for one build at a time: others wait, and what a killed one left is cleared away."""
    hub.mkdir(parents=True, exist_ok=True)
    lock = os.open(hub, os.O_RDONLY)
    building = hub / ".building"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)
    finally:
        os.close(lock)


def fill(module: torch.nn.Module, seed: int) -> None:
    """Seeded weights: matrices uniform around zero, norms at one, biases at zero; buffers as they were constructed.

    NumPy's uniform numbers are made of integers alone, so that every machine
    arrives at the same bytes; torch's normal ones depend on the CPU's vectors.
    """
    import numpy as np
    import torch

    generator = np.random.default_rng(seed)
    width = np.float32(SPREAD * 12**0.5)  # of a uniform distribution with that standard deviation
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() > 1:
                for part in parameter.view(-1).split(BLOCK):
                    values = generator.random(part.numel(), dtype=np.float32)
                    part.copy_(torch.from_numpy((values - np.float32(0.5)) * width))
            elif name.endswith("weight"):
                parameter.fill_(1.0)
            else:
                parameter.zero_()


def _save_transformer(found: Recipe, folder: Path, seed: int) -> None:
    import transformers
    from transformers.modeling_utils import no_init_weights

    config = _config(found)
    config.transformers_version = TRANSFORMERS_VERSION
    if found.tokenizer is not None:
        save_tokenizer(found.tokenizer, _vocab_size(config), folder)
    if found.processor is not None:
        save_processor(found.processor, folder)
    architecture = getattr(transformers, found.architecture)
    with no_init_weights():
        model = architecture(config)
    fill(model, seed)
    model.tie_weights()
    model.half().save_pretrained(folder, safe_serialization=True)
    _state_version(folder)


def _config(found: Recipe) -> Any:
    import transformers

    architecture = getattr(transformers, found.architecture)
    values = {key: value for key, value in found.parts["config"].items() if key != "num_labels"}
    if found.architecture == "VisionEncoderDecoderModel":
        encoder, decoder = (_part_config(found.parts[part]) for part in ("encoder", "decoder"))
        return architecture.config_class.from_encoder_decoder_configs(encoder, decoder, **values)
    labels = found.parts["config"].get("num_labels")
    if labels is not None:
        values["id2label"] = {number: f"LABEL_{number}" for number in range(labels)}
        values["label2id"] = {f"LABEL_{number}": number for number in range(labels)}
    return architecture.config_class(**values)


def _part_config(part: Mapping[str, Any]) -> Any:
    import transformers

    return getattr(transformers, part["class"]).config_class(**part["config"])


def _vocab_size(config: Any) -> int:
    for holder in (config, getattr(config, "decoder", None), getattr(config, "text_config", None)):
        size = getattr(holder, "vocab_size", None)
        if size is not None:
            return int(size)
    raise AttributeError("no vocabulary in the configuration")


def _state_version(folder: Path) -> None:
    """Write the version that the library would take for its own bogus warning's absence."""
    import transformers

    for path in folder.glob("*config.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f'"{transformers.__version__}"', f'"{TRANSFORMERS_VERSION}"'), encoding="utf-8")


def _revision(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        total.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
    return total.hexdigest()[:40]
