"""Rows in the shape of the published data sets, made of the kit's own text and images: the same for the same seed."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from kit.errors import StudyError
from kit.model.study import Cell, Modality, Task

if TYPE_CHECKING:
    from PIL import Image

CORPUS: Final = Path(__file__).parents[1] / "corpus" / "text.txt.gz"
IMAGE_SIZES: Final = {"cifar10": (32, 32), "cifar100": (32, 32)}
USUAL_IMAGE_SIZE: Final = (500, 375)
BLOTCHES: Final = 12
"""Pixels on the short side of the noise that an image is blown up from: soft patches, as photographs have."""


def rows(cell: Cell, count: int, seed: int) -> list[Mapping[str, Any]]:
    """Rows with the data set's own fields.

    Raises:
        StudyError: if the kit knows no lengths for the data set.
    """
    rng = random.Random(_seed_of(seed, cell))
    if cell.task.modality is Modality.IMAGE or cell.task is Task.IMAGE_TO_TEXT:
        return [{cell.dataset.fields[0]: _image(cell.dataset.key, rng)} for _ in range(count)]
    lengths = _lengths(cell)
    return [_text_row(cell, lengths, rng) for _ in range(count)]


def _seed_of(seed: int, cell: Cell) -> int:
    """A seed of its own for each data set, the same for all models that read it."""
    return int.from_bytes(hashlib.sha256(f"{seed} {cell.task.value} {cell.dataset.key}".encode()).digest()[:8])


def _lengths(cell: Cell) -> Sequence[int]:
    kind = "released" if cell.model.family.multi_purpose else "texts"
    lengths: Sequence[int] | None = _length_table()[kind].get(cell.dataset.key)
    if lengths is None:
        raise StudyError(
            f"{cell.dataset.key}: the kit knows no lengths of its texts", "use the published data with `artefacts: hub`"
        )
    return lengths


def _text_row(cell: Cell, lengths: Sequence[int], rng: random.Random) -> Mapping[str, Any]:
    words = _piece(draw_length(lengths, rng), rng)
    fields = cell.dataset.fields
    if len(fields) == 2:
        question = [*_piece(draw_length(_length_table()["questions"], rng), rng)]
        return {fields[0]: " ".join(question).rstrip(".,;:") + "?", fields[1]: " ".join(words)}
    return {fields[0]: list(words) if fields[0] == "tokens" else " ".join(words)}


def draw_length(points: Sequence[int], rng: random.Random) -> int:
    """A length from a distribution given by five points, linear between them."""
    position = rng.random() * (len(points) - 1)
    below = int(position)
    return round(points[below] + (position - below) * (points[below + 1] - points[below]))


def _piece(length: int, rng: random.Random) -> Sequence[str]:
    words = _words()
    start = rng.randrange(len(words) - length)
    return words[start : start + length]


def _image(key: str, rng: random.Random) -> Image.Image:
    """A made image: coloured noise, blown up and softened, with some grain."""
    from PIL import Image

    width, height = IMAGE_SIZES.get(key, USUAL_IMAGE_SIZE)
    small = (BLOTCHES * width // height, BLOTCHES)
    noise = Image.frombytes("RGB", small, rng.randbytes(small[0] * small[1] * 3))
    soft = noise.resize((width, height), Image.Resampling.BICUBIC)
    grain = Image.frombytes("RGB", (width, height), rng.randbytes(width * height * 3))
    return Image.blend(soft, grain, 0.1)


@cache
def _words() -> tuple[str, ...]:
    with gzip.open(CORPUS, "rt", encoding="utf-8") as text:
        return tuple(text.read().split())


@cache
def _length_table() -> Mapping[str, Any]:
    text = Path(__file__).with_name("lengths.yaml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return table
