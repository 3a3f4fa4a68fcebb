"""The release as published: its tables come out, its odd runs are kept, and bad files are named by line and column."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.analyse import tables
from kit.cli.app import run_command_line
from kit.errors import InputError
from kit.journal import read_record
from kit.model.record import Origin, Record
from kit.model.results import Table
from kit.model.study import Family
from kit.replay import read_release
from kit.replay.release import LEFT_OUT, NO_RESULTS_FILE


@pytest.fixture(scope="module")
def record(paper_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The replayed release."""
    folder = tmp_path_factory.mktemp("replay") / "run"
    assert run_command_line(["replay", str(paper_data), "--out", str(folder)]) == 0
    return read_record(folder)


@pytest.fixture(scope="module")
def made(record: Record) -> dict[str, Table]:
    """Its tables."""
    return tables(record)


def published(table: Table) -> dict[str, dict[str, object]]:
    """Rows of the published boundary by their first value."""
    return {str(row[table.columns[0].name]): row for row in table.records() if row["boundary"] == "published"}


def printed_as(value: object, text: str) -> bool:
    """Whether a number rounds to what is printed, or gives it when it is cut off."""
    number, unit = Decimal(str(value)), Decimal(1).scaleb(-len(text.partition(".")[2]))
    return Decimal(text) in (number.quantize(unit, ROUND_HALF_UP), number.quantize(unit, ROUND_DOWN))


TABLE_2 = {
    "text-classification": ("0.002", "0.001"), "question-answering": ("0.003", "0.001"),
    "fill-mask": ("0.003", "0.001"),
    "token-classification": ("0.004", "0.002"), "image-classification": ("0.007", "0.001"),
    "object-detection": ("0.038", "0.02"), "text-generation": ("0.047", "0.03"), "summarization": ("0.049", "0.01"),
    "image-to-text": ("0.063", "0.02"), "text-to-image": ("2.907", "3.31"),
}  # fmt: skip


@pytest.mark.parametrize("task", TABLE_2)
def test_table_2_comes_out_as_printed(made: dict[str, Table], task: str) -> None:
    row = published(made["table2"])[task]
    assert printed_as(row["mean_kwh"], TABLE_2[task][0])
    assert printed_as(row["sd_kwh"], TABLE_2[task][1])
    assert (row["n_models"], row["n_runs"]) == (8, 240)


TABLE_3 = {
    "google/flan-t5-base": ("3.67", "0.026"), "google/flan-t5-large": ("7.68", "0.055"),
    "google/flan-t5-xl": ("8.08", "0.058"), "google/flan-t5-xxl": ("11.48", "0.083"),
    "bigscience/bloomz-560m": ("7.5", "0.054"), "bigscience/bloomz-1b7": ("8.66", "0.062"),
    "bigscience/bloomz-3b": ("10.17", "0.073"), "bigscience/bloomz-7b1": ("14.46", "0.104"),
}  # fmt: skip


@pytest.mark.parametrize("model", TABLE_3)
def test_table_3_comes_out_as_printed(made: dict[str, Table], model: str) -> None:
    row = published(made["table3"])[model]
    assert printed_as(row["emissions_g"], TABLE_3[model][0])
    assert printed_as(row["mean_kwh"], TABLE_3[model][1])
    assert row["n_runs"] == 90


INPUTS = {
    "imdb": "58.73", "rotten_tomatoes": "30.08", "sst2": "28.35", "sciq": "113.12", "squad": "134.00",
    "squad_v2": "115.85", "cnn_dailymail": "54.00", "samsum": "47.82", "xsum": "53.85",
}  # fmt: skip
MODELS = (
    "bigscience/bloomz-560m", "bigscience/bloomz-1b7", "bigscience/bloomz-3b", "bigscience/bloomz-7b1",
    "google/flan-t5-base", "google/flan-t5-large", "google/flan-t5-xl", "google/flan-t5-xxl",
)  # fmt: skip
OUTPUTS = {
    "imdb": "1.64 2.61 1.72 1.53 1.00 1.00 1.00 1.00", "rotten_tomatoes": "1.00 0.99 1.03 1.00 1 1 1 1",
    "sst2": "0.98 0.99 1.01 1.02 1 1 1 1", "sciq": "1.28 1.25 1.10 1.10 2.03 5.41 3.12 2.42",
    "squad": "1.93 1.96 2.02 1.95 2.01 2.15 2.16 2.13", "squad_v2": "2.33 2.54 2.58 2.41 2.28 2.74 2.71 2.58",
    "cnn_dailymail": "12.05 11.91 11.73 10.34 8.52 11.34 11.34 10.68",
    "samsum": "9.54 9.41 9.75 9.85 10.56 11.05 10.18 10.57",
    "xsum": "11.53 12.22 11.94 11.92 12.95 13.62 13.49 13.09",
}  # fmt: skip


@pytest.mark.parametrize("dataset", INPUTS)
def test_table_4_comes_out_as_printed(made: dict[str, Table], dataset: str) -> None:
    rows = {row["model"]: row for row in made["table4"].records() if row["dataset"] == dataset}
    assert set(rows) == set(MODELS)
    assert all(printed_as(row["input_tokens"], INPUTS[dataset]) for row in rows.values())
    for model, text in zip(MODELS, OUTPUTS[dataset].split(), strict=True):
        assert printed_as(rows[model]["output_tokens"], text), (model, rows[model]["output_tokens"], text)


def test_every_run_is_kept_and_the_unused_say_why(record: Record) -> None:
    assert len(record.runs) == 6513
    assert record.origin is Origin.REPLAYED
    assert record.complete
    reasons = Counter(run.use for run in record.runs)
    assert reasons[None] == 3120
    assert reasons[NO_RESULTS_FILE] == 2343
    assert reasons["images were not resized"] == 640
    assert reasons[LEFT_OUT] == 410
    others = {cell.model.id for cell in record.cells.values() if cell.model.family is Family.OTHER}
    assert others == {"bigscience/bloom-560m", "facebook/opt-1.3b", "gpt2", "meta-llama/Llama-2-7b-hf"}


def test_files_that_contradict_each_other_are_said_to(record: Record) -> None:
    found = [text for text in record.deviations if "was measured" in text]
    assert len(found) == 3
    assert all("distilbart-cnn-6-6" in text for text in found)


def test_the_order_of_the_tasks_is_the_papers_own(made: dict[str, Table]) -> None:
    assert made["agreement"].records()[0]["spearman_rho"] == 1.0


# ---- bad input, on a small copy ----


@pytest.fixture
def small(paper_data: Path, tmp_path: Path) -> Path:
    """A release with two results files and their runs alone."""
    source, target = paper_data / "released" / "data" / "emissions", tmp_path / "released" / "data" / "emissions"
    (target / "base").mkdir(parents=True)
    (target / "complete").mkdir()
    for name in ("text_classif_sst2.csv", "zeroshot_sentiment_sst2_bloomz.csv"):
        shutil.copy(source / "complete" / name, target / "complete" / name)
        with (source / "complete" / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                base = f"emissions_base_{row['run_id']}.csv"
                shutil.copy(source / "base" / base, target / "base" / base)
    return tmp_path / "released"


def first_base(small: Path) -> Path:
    return min((small / "data" / "emissions" / "base").iterdir())


def edit(path: Path, column: str, value: str, line: int = 1) -> None:
    """Put a value into one field of a CSV file; line 1 is the first below the header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[line][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_a_small_release_is_read(small: Path) -> None:
    release = read_release(small)
    assert len(release.runs) == 120
    assert all(run.use is None for run in release.runs)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("gpu_energy", "much", r"line 2, column gpu_energy: 'much' is not a number"),
        ("gpu_energy", "nan", r"column gpu_energy: 'nan' is not a finite number above zero"),
        ("cpu_energy", "inf", r"column cpu_energy"),
        ("ram_energy", "-1", r"column ram_energy: '-1' is not a finite number above zero"),
        ("duration", "0", r"column duration: '0' is not a finite number above zero"),
        ("energy_consumed", "1", r"column energy_consumed: not the sum"),
        ("task_name", "sing", r"column task_name: 'sing' is no phase"),
        ("run_id", "another", r"column run_id: not that of the file's name"),
        ("project_name", "", r"column project_name: empty"),
        ("gpu_count", "8.5", r"column gpu_count: '8.5' is not a count"),
    ],
)
def test_a_bad_field_is_named_with_file_line_and_column(small: Path, column: str, value: str, message: str) -> None:
    path = first_base(small)
    edit(path, column, value)
    with pytest.raises(InputError, match=rf"{path.name}, {message}" if message.startswith("line") else message):
        read_release(small)


def test_a_missing_column_a_cut_file_and_a_wrong_encoding_are_told(small: Path) -> None:
    path = first_base(small)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"gpu_energy", b"gpu_energie"))
    with pytest.raises(InputError, match="no column 'gpu_energy'"):
        read_release(small)
    path.write_bytes(whole[:-20])
    with pytest.raises(InputError, match="cut in the middle"):
        read_release(small)
    path.write_bytes(whole.replace(b"United States", b"\xff\xfe"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_release(small)
    path.write_bytes(whole.splitlines(keepends=True)[0])
    with pytest.raises(InputError, match="no row of the phase 'query model'"):
        read_release(small)
    path.write_bytes(b"x" * (17 * 2**20))
    with pytest.raises(InputError, match="larger than"):
        read_release(small)


def test_runs_without_a_base_file_or_in_two_results_are_told(small: Path) -> None:
    complete = small / "data" / "emissions" / "complete"
    first_base(small).rename(small / "gone.csv")
    with pytest.raises(InputError, match="is in no base file"):
        read_release(small)
    (small / "gone.csv").unlink()
    shutil.copy(complete / "text_classif_sst2.csv", complete / "text_classif_imdb.csv")
    with pytest.raises(InputError, match=r"no base file|in two results"):
        read_release(small)


def test_files_of_another_tool_and_empty_folders_are_told(small: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no release here"):
        read_release(tmp_path / "nowhere")
    extra = small / "data" / "emissions" / "complete" / "results.csv"
    extra.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="not a results file"):
        read_release(small)
    extra.unlink()
    (small / "data" / "emissions" / "base" / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="not a base file"):
        read_release(small)
    shutil.rmtree(small / "data" / "emissions" / "base")
    (small / "data" / "emissions" / "base").mkdir()
    with pytest.raises(InputError, match="empty"):
        read_release(small)


def test_bad_input_ends_with_code_2_and_leaves_no_run_behind(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(first_base(small), "gpu_energy", "much")
    out = tmp_path / "runs" / "one"
    assert run_command_line(["replay", str(small), "--out", str(out)]) == 2
    assert "column gpu_energy" in capsys.readouterr().err
    assert not out.exists()


def test_quarantine_sets_bad_files_aside_and_counts_them(small: Path, tmp_path: Path) -> None:
    path = first_base(small)
    edit(path, "gpu_energy", "much")
    release = read_release(small, quarantine=True)
    assert len(release.quarantined) == 2  # the base file, and the results file that refers to its run
    assert path.name in release.quarantined[0]
    out = tmp_path / "run"
    assert run_command_line(["replay", str(small), "--out", str(out), "--quarantine"]) == 0
    assert any(text.startswith("Set aside: ") for text in read_record(out).deviations)


def test_an_existing_run_is_not_overwritten(small: Path, tmp_path: Path) -> None:
    assert run_command_line(["replay", str(small), "--out", str(tmp_path)]) == 6


def test_energies_times_three_move_every_table(small: Path, tmp_path: Path) -> None:
    before = tables_of(small, tmp_path / "a")
    for path in (small / "data" / "emissions" / "base").iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        for column in ("cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "emissions"):
            place = rows[0].index(column)
            for row in rows[1:]:
                row[place] = repr(3.0 * float(row[place]))
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    after = tables_of(small, tmp_path / "b")
    for name in ("table2", "table3", "models", "cells"):
        for column in ("mean_kwh", "emissions_g"):
            if column in [item.name for item in before[name].columns]:
                pairs = list(zip(before[name].column(column), after[name].column(column), strict=True))
                assert pairs
                assert all(b == pytest.approx(3.0 * a) for a, b in pairs if isinstance(a, float))


def test_swapped_models_swap_their_figures(small: Path, tmp_path: Path) -> None:
    one, other = "lvwerra/distilbert-imdb", "siebert/sentiment-roberta-large-english"
    before = published(tables_of(small, tmp_path / "a")["models"])
    path = small / "data" / "emissions" / "complete" / "text_classif_sst2.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(one, "\0").replace(other, one).replace("\0", other), encoding="utf-8")
    after = published(tables_of(small, tmp_path / "b")["models"])
    assert after[one]["mean_kwh"] == pytest.approx(before[other]["mean_kwh"])
    assert after[other]["mean_kwh"] == pytest.approx(before[one]["mean_kwh"])


def tables_of(small: Path, out: Path) -> dict[str, Table]:
    """The tables of a replayed copy."""
    assert run_command_line(["replay", str(small), "--out", str(out)]) == 0
    return tables(read_record(out))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 2000), junk=st.binary(max_size=8), cut=st.integers(0, 60))
def test_a_mutated_file_gives_a_release_or_a_clear_error(small: Path, position: int, junk: bytes, cut: int) -> None:
    path = first_base(small)
    whole = path.read_bytes()
    path.write_bytes(whole[:position] + junk + whole[position + cut :])
    message = path.name
    try:
        read_release(small)
    except InputError as error:
        message = error.message
    finally:
        path.write_bytes(whole)
    assert "\n" not in message
