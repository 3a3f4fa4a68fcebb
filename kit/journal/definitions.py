"""Cells and studies as JSON in the journal, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from kit.model.canonical import canonical_json
from kit.model.study import Cell, PlannedCell, Study

_CELL = TypeAdapter(Cell)
_STUDY = TypeAdapter(Study)


def cell_to_json(cell: Cell) -> str:
    """Canonical JSON of a cell."""
    return canonical_json(cell)


def cell_from_json(text: str) -> Cell:
    """The cell of its JSON.

    Raises:
        pydantic.ValidationError: if it is none.
    """
    return _CELL.validate_json(text)


def study_to_json(study: Study) -> str:
    """Canonical JSON of a study without its cells, which have rows of their own."""
    return canonical_json(replace(study, cells=()))


def study_from_json(text: str, cells: tuple[PlannedCell, ...]) -> Study:
    """The study of its JSON, with the cells of the journal's rows."""
    header: dict[str, Any] = json.loads(text)
    return replace(_STUDY.validate_python(header), cells=cells)
