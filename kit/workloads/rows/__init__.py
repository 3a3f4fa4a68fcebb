"""Where rows come from: the published data sets, or the kit's own text and images in their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.model.study import Cell
from kit.workloads.interface import Setting


def rows_of(cell: Cell, count: int, setting: Setting) -> list[Mapping[str, Any]]:
    """The first `count` rows of a cell's data set, and some more where its protocol passes over empty ones."""
    if cell.protocol.artefacts == "hub":
        from kit.workloads.rows import hub

        return hub.rows(cell, count, setting)
    from kit.workloads.rows import embedded

    return embedded.rows(cell, count, setting.seed)
