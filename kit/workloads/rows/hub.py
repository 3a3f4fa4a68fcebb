"""Rows of the published data sets, from the verified files of their pinned commits. No script of theirs is ever run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from kit.catalog.file_choice import data_format
from kit.errors import MeasurementError
from kit.model.study import Cell
from kit.workloads.interface import Setting

SPARE: Final = 3
"""Rows read for one that is wanted, where the protocol passes over empty ones."""


def rows(cell: Cell, count: int, setting: Setting) -> list[Mapping[str, Any]]:
    """The first rows of the split, in order.

    The files are given to the reader of their format, never the repository to a loader: nothing but data is read.

    Raises:
        MeasurementError: if the data set is not pinned, or its files are not there or are broken.
    """
    from datasets import load_dataset

    dataset = cell.dataset
    readers = {data_format(path) for path in dataset.files}
    reader = readers.pop() if len(readers) == 1 else None
    if reader is None or dataset.revision is None:
        raise MeasurementError(
            f"{dataset.key}: is not pinned to files that can be read",
            "pin the study with `kit lock`; where no source loads without a script (never run), there is none",
        )
    commit = setting.hub / f"datasets--{dataset.current_id.replace('/', '--')}" / "snapshots" / dataset.revision
    wanted = count * SPARE if cell.protocol.preprocessing == "first-20-words" else count
    try:
        stream = load_dataset(
            reader, data_files=[str(commit / path) for path in dataset.files], split="train", streaming=True
        )
        return [dict(row) for row in islice(stream, wanted)]
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MeasurementError(
            f"{dataset.current_id}: its rows cannot be read: {first_line:.200}",
            "make its files present with `kit fetch`",
        ) from error
