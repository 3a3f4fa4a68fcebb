"""What a release says beside its measurements: tokens of single inferences, and the quality of the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kit.errors import InputError
from kit.model.record import Lengths, Quality
from kit.model.study import CellKey
from kit.replay.csv_files import ADVICE, read_rows
from kit.replay.layout import LengthsFile, load_layout

FAMILY_SUFFIX: Final = "_flan"


@dataclass(slots=True)
class _Tokens:
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)


def lengths_file(name: str, stem: str) -> LengthsFile:
    """What a lengths file holds, by its name.

    Raises:
        InputError: if it is none of the release.
    """
    file = load_layout().lengths.get(stem.removesuffix(FAMILY_SUFFIX))
    if file is None:
        raise InputError(f"{name}: not a lengths file of the release", ADVICE)
    return file


def read_lengths(name: str, raw: bytes, file: LengthsFile, cells: Mapping[CellKey, str]) -> dict[str, Lengths]:
    """Tokens by cell id, of the cells that a study has.

    Args:
        name: of the file, whose content is `raw`.
        cells: ids by key.

    Raises:
        InputError: naming file, line and column.
    """
    names, found = load_layout().model_names, dict[str, _Tokens]()
    for row in read_rows(name, raw, ("Input", "Output", "model", "dataset")):
        if row.text("dataset") != file.label:
            raise row.error("dataset", f"{row.text('dataset')!r:.40} in a file of {file.label!r}")
        tokens = found.setdefault(row.text("model"), _Tokens())
        tokens.inputs.append(row.count("Input"))
        tokens.outputs.append(row.count("Output"))
    lengths: dict[str, Lengths] = {}
    for model, tokens in found.items():
        cell_id = cells.get(CellKey(file.task, names.get(model, model), file.dataset))
        if cell_id in lengths:
            raise InputError(f"{name}: {model!r:.80} stands in it under two names", ADVICE)
        if cell_id is not None:
            lengths[cell_id] = Lengths(cell_id, tuple(tokens.inputs), tuple(tokens.outputs))
    return lengths


def read_quality(name: str, raw: bytes) -> tuple[Quality, ...]:
    """The quality table, in the order of its rows.

    Raises:
        InputError: naming file, line and column.
    """
    layout = load_layout()
    found: dict[tuple[str, str], Quality] = {}
    for row in read_rows(name, raw, ("model", *layout.quality), ended=False):
        written = row.text("model")
        model = layout.model_names.get(written, written)
        for column, about in layout.quality.items():
            if not row.values[column].strip():
                continue
            if (model, column) in found:
                raise row.error(column, f"{model!r:.80} has a value in a line above")
            found[model, column] = Quality(model, about.dataset, about.task.value, about.metric, row.share(column))
    return tuple(found.values())
