"""Rows have the published fields and lengths; a data set of the Hub is read in order and no script is run."""

from __future__ import annotations

import contextlib
import csv
import gzip
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kit.catalog import load_study
from kit.errors import MeasurementError, StudyError
from kit.model.study import Cell, Task
from kit.workloads import Setting
from kit.workloads.rows import embedded, rows_of

CELLS = [item.cell for item in load_study("paper").cells]
ONE_OF_EACH = list({(cell.task, cell.dataset.key, cell.model.family): cell for cell in CELLS}.values())


def made(cell: Cell) -> Cell:
    return replace(cell, protocol=replace(cell.protocol, artefacts="embedded"))


@pytest.mark.parametrize("cell", ONE_OF_EACH, ids=lambda cell: f"{cell.task.value} {cell.dataset.key}")
def test_made_rows_have_the_fields_of_the_data_set(cell: Cell) -> None:
    rows = embedded.rows(made(cell), 3, seed=1)
    assert len(rows) == 3
    for row in rows:
        assert tuple(row) == cell.dataset.fields
        value = row[cell.dataset.fields[0]]
        if cell.dataset.fields == ("tokens",):
            assert isinstance(value, list)
        elif cell.task in (Task.IMAGE_CLASSIFICATION, Task.OBJECT_DETECTION, Task.IMAGE_TO_TEXT):
            assert isinstance(value, Image.Image)
        else:
            assert str(value).strip()


def test_made_rows_depend_on_the_seed_and_not_on_the_model() -> None:
    sst2 = [made(cell) for cell in CELLS if cell.dataset.key == "sst2" and not cell.model.family.multi_purpose]
    assert embedded.rows(sst2[0], 5, 1) == embedded.rows(sst2[1], 5, 1)
    assert embedded.rows(sst2[0], 5, 1) != embedded.rows(sst2[0], 5, 2)


def test_lengths_follow_the_five_points() -> None:
    rng = random.Random(1)
    drawn = sorted(embedded.draw_length([0, 10, 20, 40, 80], rng) for _ in range(4000))
    assert abs(drawn[1000] - 10) <= 1
    assert abs(drawn[2000] - 20) <= 2
    assert abs(drawn[3000] - 40) <= 3
    assert 0 <= drawn[0] <= drawn[-1] <= 80


@pytest.mark.parametrize(
    ("dataset", "instruction"), [("sciq", 24), ("squad", 24), ("sst2", 9), ("rotten_tomatoes", 9), ("samsum", 4)]
)
def test_lengths_of_the_multi_purpose_inputs_are_those_of_the_release(
    paper_data: Path, dataset: str, instruction: int
) -> None:
    path = paper_data / "released" / "data" / "lengths" / "complete" / f"{dataset}.csv"
    with path.open(encoding="utf-8") as file:
        words = sorted(int(row["Input"]) for row in csv.DictReader(file) if row["model"] == "bigscience/bloomz-560m")
    points = embedded._length_table()["released"][dataset]
    for share, length in zip((0.25, 0.5, 0.75), points[1:4], strict=True):
        assert length == pytest.approx(words[int(share * (len(words) - 1))] - instruction, abs=1)


def test_a_data_set_of_ones_own_needs_its_own_rows() -> None:
    cell = made(CELLS[0])
    with pytest.raises(StudyError, match="knows no lengths"):
        embedded.rows(replace(cell, dataset=replace(cell.dataset, key="mine")), 1, 1)


def local(tmp_path: Path, count: int) -> Cell:
    """A cell whose data set lies at its commit in the Hub's cache layout."""
    folder = tmp_path / "datasets--org--notes" / "snapshots" / ("a" * 40)
    folder.mkdir(parents=True)
    lines = [json.dumps({"text": f"row {number}"}) for number in range(count)]
    (folder / "train.jsonl").write_text("\n".join(lines))
    cell = next(cell for cell in CELLS if cell.dataset.key == "c4")
    dataset = replace(cell.dataset, current_id="org/notes", revision="a" * 40, files=("train.jsonl",))
    return replace(cell, dataset=dataset)


def setting(tmp_path: Path) -> Setting:
    return Setting(device="cpu", hub=tmp_path, offline=True, seed=1)


def test_rows_of_a_published_data_set_are_the_first_in_order(tmp_path: Path) -> None:
    rows = rows_of(local(tmp_path, 20), 3, setting(tmp_path))
    assert [row["text"] for row in rows] == ["row 0", "row 1", "row 2"]


def test_rows_are_read_across_compressed_files(tmp_path: Path) -> None:
    cell = local(tmp_path, 2)
    folder = tmp_path / "datasets--org--notes" / "snapshots" / ("a" * 40)
    lines = b'{"text": "row 0"}\n{"text": "row 1"}\n'
    (folder / "en-0.json.gz").write_bytes(gzip.compress(lines))
    (folder / "en-1.json.gz").write_bytes(gzip.compress(lines.replace(b"row", b"line")))
    both = replace(cell, dataset=replace(cell.dataset, files=("en-0.json.gz", "en-1.json.gz")))
    assert [row["text"] for row in rows_of(both, 9, setting(tmp_path))] == ["row 0", "row 1", "line 0", "line 1"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # datasets leaves a CSV file open
def test_rows_are_read_of_csv(tmp_path: Path) -> None:
    cell = local(tmp_path, 2)
    (tmp_path / "datasets--org--notes" / "snapshots" / ("a" * 40) / "one.csv").write_text("text\nrow 0\nrow 1\n")
    of_csv = replace(cell, dataset=replace(cell.dataset, files=("one.csv",)))
    assert [row["text"] for row in rows_of(of_csv, 9, setting(tmp_path))] == ["row 0", "row 1"]


def test_images_of_a_parquet_file_are_images(tmp_path: Path) -> None:
    import datasets

    folder = tmp_path / "datasets--org--notes" / "snapshots" / ("a" * 40)
    cell = local(tmp_path, 1)
    images = [Image.new("RGB", (4, 3), (number, 0, 0)) for number in range(3)]
    features = datasets.Features({"image": datasets.Image()})
    datasets.Dataset.from_dict({"image": images}, features=features).to_parquet(folder / "test.parquet")
    with_images = replace(cell, dataset=replace(cell.dataset, files=("test.parquet",), fields=("image",)))
    rows = rows_of(with_images, 2, setting(tmp_path))
    assert [row["image"].getpixel((0, 0)) for row in rows[:2]] == [(0, 0, 0), (1, 0, 0)]


def test_a_data_set_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    cell = local(tmp_path, 1)
    gone = replace(cell, dataset=replace(cell.dataset, current_id="org/gone"))
    with pytest.raises(MeasurementError, match="rows cannot be read") as caught:
        rows_of(gone, 1, setting(tmp_path))
    assert "kit fetch" in caught.value.advice


def test_a_data_set_that_is_not_pinned_is_a_clear_error(tmp_path: Path) -> None:
    cell = local(tmp_path, 1)
    loose = replace(cell, dataset=replace(cell.dataset, files=()))
    with pytest.raises(MeasurementError, match="not pinned"):
        rows_of(loose, 1, setting(tmp_path))


@pytest.mark.parametrize("files", [("notes.py",), ("train.jsonl",), ("train.jsonl", "notes.py")])
def test_a_script_is_never_run(tmp_path: Path, files: tuple[str, ...]) -> None:
    cell = local(tmp_path, 1)
    script = tmp_path / "datasets--org--notes" / "snapshots" / ("a" * 40) / "notes.py"
    script.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    with contextlib.suppress(MeasurementError):
        rows_of(replace(cell, dataset=replace(cell.dataset, files=files)), 1, setting(tmp_path))
    assert not (tmp_path / "ran").exists()


def test_the_thirty_pairs_all_have_lengths_or_images() -> None:
    assert Counter(cell.task for cell in ONE_OF_EACH)[Task.TEXT_CLASSIFICATION] == 9
