"""Rows of the published data sets. No script of a data set is ever run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from kit.errors import MeasurementError
from kit.model.study import Cell
from kit.workloads.interface import Setting

SPARE: Final = 3
"""Rows read for one that is wanted, where the protocol passes over empty ones."""


def rows(cell: Cell, count: int, setting: Setting) -> list[Mapping[str, Any]]:
    """The first rows of the split, in order.

    Raises:
        MeasurementError: if the data set cannot be had: gated, moved, a script, or no network.
    """
    from datasets import load_dataset

    dataset = cell.dataset
    wanted = count * SPARE if cell.protocol.preprocessing == "first-20-words" else count
    try:
        stream = load_dataset(
            dataset.current_id,
            dataset.current_config or dataset.config,
            split=dataset.current_split or dataset.split,
            revision=dataset.revision,
            streaming=not setting.offline,
        )
        return [dict(row) for row in islice(stream, wanted)]
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MeasurementError(
            f"{dataset.current_id}: its rows cannot be read: {first_line:.200}",
            "the data set may be gated, moved or need a script (never run); see `kit catalog` for its note",
        ) from error
