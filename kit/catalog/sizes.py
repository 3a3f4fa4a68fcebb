"""How large the published data sets are, as far as public files say so."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PATH: Final = Path(__file__).with_name("sizes.csv")


@dataclass(frozen=True, slots=True)
class DatasetSize:
    """Bytes of a data set: as downloaded, and as prepared on the disk beside the download."""

    download_bytes: int
    prepared_bytes: int


@cache
def load_sizes() -> Mapping[str, DatasetSize]:
    """The known sizes by key of the data set; a data file of the kit, with its source in the first lines."""
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["dataset"]: DatasetSize(int(row["download_bytes"]), int(row["prepared_bytes"])) for row in rows}
