"""The release as published: its tables come out, every run is kept as its file has it, and altered copies move them."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from kit.analyse import tables
from kit.catalog import load_study
from kit.cli.app import run_command_line
from kit.journal import read_record
from kit.model.readings import Provenance
from kit.model.record import Origin, Record
from kit.model.results import Table
from kit.model.runs import Measured, Phase, Run
from kit.model.study import Family
from kit.replay import read_release
from kit.replay.cells import LEFT_OUT, NO_RESULTS_FILE, TASK_UNKNOWN, UNASSIGNED
from tests.replay.small import edit, first_base, rewrite


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
    assert reasons[NO_RESULTS_FILE] + reasons[TASK_UNKNOWN] == 2343
    assert reasons["images were not resized"] == 640
    assert reasons[LEFT_OUT] == 410
    others = {cell.model.id for cell in record.cells.values() if cell.model.family is Family.OTHER}
    assert others == {"bigscience/bloom-560m", "facebook/opt-1.3b", "gpt2", "meta-llama/Llama-2-7b-hf"}


def test_runs_of_models_of_several_tasks_claim_no_task(record: Record) -> None:
    for run in record.runs:
        cell = record.cells[run.cell_id]
        if cell.dataset.key == UNASSIGNED:
            assert run.use == (NO_RESULTS_FILE if len(cell.model.tasks) == 1 else TASK_UNKNOWN)
        else:
            assert run.use not in (NO_RESULTS_FILE, TASK_UNKNOWN)


def test_the_cells_in_use_are_those_that_the_kit_would_measure(record: Record) -> None:
    planned = {item.cell.cell_id for item in load_study("paper").cells}
    assert {run.cell_id for run in record.runs if run.use is None} == planned


def test_images_as_they_are_differ_from_the_published_protocol_in_that_alone(record: Record) -> None:
    published_protocols = {item.cell.key: item.cell.protocol for item in record.study.cells}
    cells = [record.cells[run.cell_id] for run in record.runs if run.use == "images were not resized"]
    assert len({cell.cell_id for cell in cells}) == 64
    for cell in cells:
        assert cell.protocol.preprocessing == "image-as-it-is"
        published_protocol = published_protocols.get(cell.key)
        if published_protocol is not None:
            assert replace(cell.protocol, preprocessing=published_protocol.preprocessing) == published_protocol


def test_repetitions_follow_the_time_stamps_within_a_cell(record: Record) -> None:
    groups: dict[tuple[str, str | None], list[Run]] = {}
    for run in record.runs:
        groups.setdefault((run.cell_id, run.use), []).append(run)
    for runs in groups.values():
        runs.sort(key=lambda run: run.repetition)
        assert [run.repetition for run in runs] == list(range(1, len(runs) + 1))
        times = [run.outcome.windows[-1].started_at for run in runs if isinstance(run.outcome, Measured)]
        assert times == sorted(times)


def test_a_run_says_what_its_base_file_says(record: Record, paper_data: Path) -> None:
    run = record.runs[1000]
    folder = paper_data / "released" / "data" / "emissions" / "base"
    with (folder / f"emissions_base_{run.run_id}.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["task_name"] == "query model")
    window = run.window(Phase.QUERY)
    assert window is not None
    assert window.grid is not None
    assert window.work is not None
    assert window.work.inferences == 1000
    assert window.duration_s == float(row["duration"])
    assert [(item.component, item.provenance, item.meter) for item in window.readings] == [
        ("gpu/sum-of-8", Provenance.COUNTER, "codecarbon 2.3.1"),
        ("cpu", Provenance.CONSTANT, "codecarbon 2.3.1"),
        ("ram", Provenance.CONSTANT, "codecarbon 2.3.1"),
    ]
    for item, column in zip(window.readings, ("gpu_energy", "cpu_energy", "ram_energy"), strict=True):
        assert item.energy_j == pytest.approx(float(row[column]) * 3.6e6)
    assert (window.grid.country, window.grid.region) == (row["country_iso_code"], row["region"])
    assert window.grid.emissions_g == pytest.approx(float(row["emissions"]) * 1000)
    host = record.hosts[run.host_id]
    assert (host["cpu"], host["gpu_count"], host["python"]) == (row["cpu_model"], 8, "3.8.16")


def test_the_source_names_counts_and_digest(record: Record) -> None:
    assert record.source is not None
    assert (record.source["base_files"], record.source["results_runs"]) == (6513, 4170)
    assert len(record.source["sha256"]) == 64


def test_lengths_and_quality_are_kept(record: Record) -> None:
    assert len(record.lengths) == 72
    assert all(len(item.input_tokens) == len(item.output_tokens) == 1000 for item in record.lengths)
    assert {item.cell_id for item in record.lengths} <= {item.cell.cell_id for item in record.study.cells}
    models = {item.cell.model.id for item in record.study.cells}
    assert len(record.quality) == 144
    assert all(item.model in models for item in record.quality)


def test_files_that_contradict_each_other_are_said_to(record: Record) -> None:
    found = [text for text in record.deviations if "was measured" in text]
    assert len(found) == 3
    assert all("distilbart-cnn-6-6" in text for text in found)


def test_the_order_of_the_tasks_is_the_papers_own(made: dict[str, Table]) -> None:
    assert made["agreement"].records()[0]["spearman_rho"] == 1.0


# ---- altered copies ----


def test_energies_times_three_move_every_table(small: Path, tmp_path: Path) -> None:
    before = tables_of(small, tmp_path / "a")

    def times_three(row: dict[str, str]) -> None:
        for column in ("cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "emissions"):
            row[column] = repr(3.0 * float(row[column]))

    for path in (small / "data" / "emissions" / "base").iterdir():
        rewrite(path, times_three)
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


def test_a_model_that_is_dropped_is_in_no_table_and_the_others_stay(small: Path, tmp_path: Path) -> None:
    gone = "lvwerra/distilbert-imdb"
    before = published(tables_of(small, tmp_path / "a")["models"])
    path = small / "data" / "emissions" / "complete" / "text_classif_sst2.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if gone not in line), encoding="utf-8")
    after = published(tables_of(small, tmp_path / "b")["models"])
    assert before.keys() - after.keys() == {gone}
    assert all(after[name]["mean_kwh"] == before[name]["mean_kwh"] for name in after)


def test_the_same_files_give_the_same_digest_wherever_they_lie(small: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(small, clone)
    one, other = read_release(small), read_release(clone)
    assert one.source["sha256"] == other.source["sha256"]
    assert one.runs == other.runs
    assert read_release(tmp_path).runs == one.runs
    edit(first_base(clone), "region", "another")
    assert read_release(clone).source["sha256"] != one.source["sha256"]


def tables_of(small: Path, out: Path) -> dict[str, Table]:
    """The tables of a replayed copy."""
    assert run_command_line(["replay", str(small), "--out", str(out)]) == 0
    return tables(read_record(out))
