"""A study file with fewer cells, as another study file."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

import yaml

from kit.catalog.studies import selections, study_file
from kit.model.study import CellKey, PlannedCell

WIDTH: Final = 120


def reduced_study(name_or_path: str, keep: Container[CellKey], title: str, deviation: str) -> str:
    """The text of a study file that keeps some cells of a profile or study file, in their order, and all its settings.

    Args:
        title: of the new study.
        deviation: one sentence that is added to the study's own: that cells were left out, and how they were chosen.

    Raises:
        StudyError: as `load_study` does.
    """
    _, file = study_file(name_or_path)
    _, selected = selections(file)
    kept: list[dict[str, Any]] = []
    for written, planned in zip(file.content["cells"], selected, strict=True):
        kept += [{**written, **chosen} for chosen in _chosen([item for item in planned if item.cell.key in keep])]
    content = file.content | {
        "title": title,
        "deviations": [*file.content.get("deviations", []), deviation],
        "cells": kept,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=WIDTH)


def _chosen(planned: Sequence[PlannedCell]) -> Iterator[dict[str, list[str]]]:
    """Models and data sets of selections that give the cells; neighbours kept on the same data sets stand together."""
    rows = [
        (model, tuple(item.cell.dataset.key for item in items))
        for model, items in groupby(planned, key=lambda item: item.cell.model.id)
    ]
    for datasets, models in groupby(rows, key=lambda row: row[1]):
        yield {"models": [model for model, _ in models], "datasets": list(datasets)}
