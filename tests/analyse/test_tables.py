"""The tables follow from the runs: definitions, ordering, and what moves when the data move."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from kit.analyse import observe, tables
from kit.analyse.tables.tasks import paper_means, ranked, spearman
from kit.model.csv_text import table_to_csv
from kit.model.record import Record
from kit.model.results import Boundary, Column, Table
from kit.model.runs import Measured, Phase
from kit.model.study import Family, Task
from tests import builders


def scaled(record: Record, factor: float, model: str | None = None) -> Record:
    """A record with all energies, or those of one model, multiplied."""

    def stretch(run_model: str, outcome: Measured) -> Measured:
        if model not in (None, run_model):
            return outcome
        return Measured(
            tuple(
                replace(w, readings=tuple(replace(r, energy_j=r.energy_j * factor) for r in w.readings))
                for w in outcome.windows
            )
        )

    runs = tuple(
        replace(run, outcome=stretch(record.cells[run.cell_id].model.id, run.outcome))
        for run in record.runs
        if isinstance(run.outcome, Measured)
    )
    return replace(record, runs=runs)


def rows(table: Table, **wanted: object) -> list[dict[str, object]]:
    """Records of a table that hold the wanted values."""
    return [row for row in table.records() if all(row[key] == value for key, value in wanted.items())]


def test_table_2_is_mean_and_standard_deviation_over_all_runs_of_task_specific_models() -> None:
    record = builders.record()
    values = [
        item.energy_kwh_per_1000[Boundary.PUBLISHED]
        for item in observe(record)
        if item.cell.task is Task.TEXT_CLASSIFICATION and item.cell.model.family is Family.TASK_SPECIFIC
    ]
    row = rows(tables(record)["table2"], task="text-classification", boundary="published")[0]
    assert row["mean_kwh"] == pytest.approx(statistics.mean(values))
    assert row["sd_kwh"] == pytest.approx(statistics.stdev(values))
    assert row["median_kwh"] == pytest.approx(statistics.median(values))
    assert (row["n_models"], row["n_runs"]) == (2, len(values))
    low, mean, high = (row[name] for name in ("ci_low_kwh", "mean_kwh", "ci_high_kwh"))
    assert isinstance(low, float)
    assert isinstance(mean, float)
    assert isinstance(high, float)
    assert low < mean < high


def test_every_energy_moves_with_the_readings() -> None:
    plain, tripled = tables(builders.record()), tables(scaled(builders.record(), 3.0))
    for name in ("table2", "table3", "models", "cells"):
        before, after = plain[name].column("mean_kwh"), tripled[name].column("mean_kwh")
        assert len(before) > 0
        assert list(after) == [pytest.approx(3.0 * float(value or 0)) for value in before]


def test_dropping_a_task_drops_its_rows_alone() -> None:
    record = builders.record()
    kept = tuple(run for run in record.runs if record.cells[run.cell_id].task is not Task.TEXT_TO_IMAGE)
    before, after = tables(record)["table2"], tables(replace(record, runs=kept))["table2"]
    assert rows(after) == [row for row in rows(before) if row["task"] != "text-to-image"]


def test_an_unused_run_is_in_the_cells_and_in_no_published_table() -> None:
    record = builders.record()
    unused = tuple(replace(run, use="not resized") for run in record.runs)
    made = tables(replace(record, runs=unused))
    assert made["table2"].rows == ()
    assert set(made["cells"].column("unused")) == {"not resized"}


def test_kinds_rank_as_their_tasks_do() -> None:
    kinds = rows(tables(builders.record())["kinds"], boundary="published")
    means = [float(str(row["mean_kwh"])) for row in kinds]
    assert [row["kind"] for row in kinds] == ["discriminative", "generative", "image generation"]
    assert means == sorted(means)


def test_the_ranking_names_the_reason_of_an_inversion() -> None:
    record = scaled(builders.record(), 100.0, "distilbert-base-uncased-finetuned-sst-2-english")
    record = scaled(record, 100.0, "nlptown/bert-base-multilingual-uncased-sentiment")
    row = rows(tables(record)["ranking"], task="text-classification", boundary="published")[0]
    assert row["rank"] == 2
    assert row["paper_rank"] == 1
    assert "above text generation: " in str(row["differs"])
    same = rows(tables(builders.record())["ranking"], task="text-classification", boundary="published")[0]
    assert same["differs"] is None


def test_spearman_is_scipys() -> None:
    from scipy.stats import spearmanr

    places = ranked(observe(builders.record()), Boundary.PUBLISHED)
    shuffled = [
        replace(place, rank=rank, paper_rank=paper)
        for place, (rank, paper) in zip(places * 2, [(1, 2), (2, 1), (3, 4), (4, 3), (5, 6), (6, 5)], strict=True)
    ]
    expected = spearmanr([place.rank for place in shuffled], [place.paper_rank for place in shuffled]).statistic
    assert spearman(shuffled) == pytest.approx(expected)


def test_the_papers_order_of_tasks_is_that_of_its_table_2() -> None:
    means = paper_means()
    order = sorted(means, key=lambda task: means[task])
    assert order == list(Task)


def test_tokens_come_from_single_inferences_where_they_are_known_and_from_windows_else() -> None:
    record = builders.record()
    by_lengths = rows(tables(record)["table4"], model="google/flan-t5-base")[0]
    by_windows = rows(tables(replace(record, lengths=()))["table4"], model="google/flan-t5-base")[0]
    assert by_lengths["n_inferences"] == 10
    query = next(run for run in record.runs if record.cells[run.cell_id].model.id == "google/flan-t5-base").window(
        Phase.QUERY
    )
    assert query is not None
    assert query.work is not None
    assert query.work.input_tokens is not None
    assert by_windows["input_tokens"] == pytest.approx(query.work.input_tokens / query.work.inferences)


def test_quality_meets_energy_in_figure_4() -> None:
    found = rows(tables(builders.record())["figure4"])
    assert {row["quality"] for row in found} == {0.91, 0.93}


def test_an_empty_record_gives_empty_tables_of_the_same_columns() -> None:
    full, empty = tables(builders.record()), tables(replace(builders.record(), runs=(), lengths=(), quality=()))
    assert {name: table.columns for name, table in full.items()} == {n: t.columns for n, t in empty.items()}
    assert all(table.rows == () for name, table in empty.items() if name != "table5")  # it holds published figures


def test_csv_keeps_full_precision_and_disarms_formulas() -> None:
    table = Table("t", "T", (Column("a", ""), Column("b", "")), (("=1+1", 0.1), ("x,y", None), ("z", True)))
    assert table_to_csv(table) == 'a,b\n\'=1+1,0.1\n"x,y",\nz,true\n'


def test_the_releases_own_figures_stand_beside_each_cell() -> None:
    row = rows(tables(builders.record())["cells"], model="gpt2", boundary="published")[0]
    assert row["paper_kwh"] is not None
