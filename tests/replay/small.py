"""A small release, cut from the authors' own, and ways to spoil it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

RESULTS = ("text_classif_sst2.csv", "zeroshot_sentiment_sst2_bloomz.csv")


def copy_small(paper_data: Path, folder: Path) -> Path:
    """Two results files with their 120 runs, one file of lengths and the quality table; the path of its `released`."""
    source, target = paper_data / "released", folder / "released"
    for part in ("data/emissions/base", "data/emissions/complete", "data/lengths/complete", "eval"):
        (target / part).mkdir(parents=True)
    names = [f"data/emissions/complete/{name}" for name in RESULTS]
    names += ["data/lengths/complete/sst2.csv", "eval/performance.csv"]
    for result in RESULTS:
        with (source / "data" / "emissions" / "complete" / result).open(encoding="utf-8") as file:
            names += [f"data/emissions/base/emissions_base_{row['run_id']}.csv" for row in csv.DictReader(file)]
    for name in names:
        shutil.copyfile(source / name, target / name)  # without its mode: the authors' may lie there read-only
    return target


def first_base(small: Path) -> Path:
    """The first of its base files, by name."""
    return min((small / "data" / "emissions" / "base").iterdir())


def rewrite(path: Path, change: Callable[[dict[str, str]], None]) -> None:
    """Change every row of a CSV file, as a mapping from column to text."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, columns = list(reader), reader.fieldnames or ()
    for row in rows:
        change(row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def edit(path: Path, column: str, value: str, line: int = 1) -> None:
    """Put a value into one field of a CSV file; line 1 is the first below the header."""
    left = iter(range(1, 10_000))

    def change(row: dict[str, str]) -> None:
        if next(left) == line:
            row[column] = value

    rewrite(path, change)
