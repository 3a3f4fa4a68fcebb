"""The break-even of a whole record, as the report and the command line show it."""

from dataclasses import replace
from itertools import pairwise

import pytest

from kit.analyse.break_even import InferenceEnergy, Never
from kit.analyse.break_even_energies import energies_of
from kit.analyse.break_even_figures import FACTORS
from kit.analyse.break_even_table import as_json, break_even_table, table5
from kit.analyse.break_even_view import measured_energies, published_assumptions, view, view_of
from kit.catalog import load_catalog
from kit.catalog.break_even_data import DownloadCount, DownloadCounts
from kit.model.canonical import canonical_json
from kit.model.readings import Provenance, Reading
from kit.model.record import Origin, Record
from kit.model.results import Boundary, Estimate, Unavailable
from kit.model.runs import Failed, Measured, Phase, Run, Window, Work
from kit.model.study import Cell, Protocol, Study, Task

SEVEN, BLOOM = "bigscience/bloomz-7b1", "bigscience/bloom"
PARITY_DAYS = 59_257 / 2e-4 / 1e7


def cell(task, dataset, model=SEVEN):
    catalog = load_catalog()
    return Cell(
        task=task,
        model=catalog.models[model],
        dataset=catalog.datasets[dataset],
        protocol=Protocol(pipeline="text-generation", inferences=1_000, preprocessing="prompted"),
    )


def run(number, of, kwh, use=None, outcome=None):
    window = Window(
        phase=Phase.QUERY,
        started_at="2023-11-01T00:00:00Z",
        duration_s=100.0,
        readings=(
            Reading("gpu/sum-of-8", kwh * 0.7 * 3.6e6, Provenance.COUNTER, "codecarbon 2.3.1"),
            Reading("cpu", kwh * 0.1 * 3.6e6, Provenance.CONSTANT, "codecarbon 2.3.1"),
            Reading("ram", kwh * 0.2 * 3.6e6, Provenance.CONSTANT, "codecarbon 2.3.1"),
        ),
        work=Work(inferences=1_000),
    )
    return Run(f"run-{number}", of.cell_id, number, "host", outcome or Measured((window,)), use=use)


@pytest.fixture
def record():
    squad, squad_v2, samsum = (
        cell(Task.QUESTION_ANSWERING, "squad"),
        cell(Task.QUESTION_ANSWERING, "squad_v2"),
        cell(Task.SUMMARIZATION, "samsum"),
    )
    runs = (
        run(1, squad, 0.1),
        run(2, squad, 0.3),
        run(3, squad_v2, 0.1),
        run(4, samsum, 0.3),
        run(5, samsum, 90.0, use="another variant"),
        run(6, samsum, 90.0, outcome=Failed("out of memory")),
    )
    study = Study(
        name="test",
        title="Test",
        description="",
        device="cuda",
        country="USA",
        region=None,
        time_limit_s=1.0,
        seed=0,
        deviations=(),
    )
    cells = {item.cell_id: item for item in (squad, squad_v2, samsum)}
    return Record(origin=Origin.REPLAYED, study=study, cells=cells, runs=runs, hosts={"host": {}})


def row(shown, model=SEVEN, boundary=Boundary.PUBLISHED):
    return next(row for row in shown.rows if (row.model, row.boundary) == (model, boundary))


def test_data_sets_count_alike_and_unused_or_failed_runs_not_at_all(record):
    energy = measured_energies(record)[SEVEN][Boundary.PUBLISHED]
    assert energy.mean_kwh == pytest.approx(2e-4)
    assert (energy.n_datasets, energy.n_runs) == (3, 4)
    assert [len(by_dataset) for by_dataset in energy.by_task.values()] == [2, 1]


def test_a_row_has_the_answers_on_both_bases(record):
    found = row(view(record))
    assert found.inference.value == pytest.approx(2e-4)
    assert found.by_energy.parity.value == pytest.approx(59_257 / 2e-4)
    assert found.by_energy.days.value == pytest.approx(PARITY_DAYS)
    assert found.by_carbon.parity.value == pytest.approx(59_257 / 2e-4 * 57 / 297.6)
    assert found.by_energy.per_download.value == pytest.approx(59_257 / 2e-4 / 606_096)
    assert found.by_energy.parity.low < found.by_energy.parity.value < found.by_energy.parity.high
    assert found.published_parity == 592_570_000


def test_every_model_has_a_row_for_every_boundary_with_a_number_or_a_reason(record):
    rows = view(record).rows
    assert len(rows) == 5 * 3
    for found in rows:
        for answer in (found.inference, found.by_energy.parity, found.by_carbon.days):
            assert isinstance(answer, Estimate) or answer.reason
    assert row(view(record)).provenance == "constant and counter"
    missing = row(view(record), boundary=Boundary.DEVICE)
    assert isinstance(missing.by_energy.parity, Unavailable)
    assert "device" in missing.by_energy.parity.reason


def test_bloom_176b_is_judged_by_its_metered_deployment(record):
    shown = view(record)
    found = row(shown, BLOOM)
    assert found.by_energy.parity.value == pytest.approx(433_196 * 230_768 / 914)
    assert found.by_energy.parity.low < found.by_energy.parity.value < found.by_energy.parity.high
    assert "A100-40GB" in found.inference.method
    net = row(shown, BLOOM, Boundary.NET)
    assert net.by_energy.parity.value == pytest.approx(4 * found.by_energy.parity.value)
    assert "rounded share" in net.by_energy.parity.method
    assert isinstance(row(shown, BLOOM, Boundary.DEVICE).inference, Unavailable)
    assert found.downloads is None
    assert found.by_energy.per_download is None


def test_a_baseline_above_what_was_drawn_is_said_and_gives_no_number():
    energies = energies_of({(SEVEN, Boundary.NET): {"QA": {"squad": (-1e-5,)}, "summaries": {"xsum": (1e-6,)}}})
    found = energies[SEVEN][Boundary.NET]
    assert isinstance(found, Unavailable)
    assert "idle baseline" in found.reason


def test_a_curve_crosses_training_at_its_crossing(record):
    shown = view(record)
    assert [curve.model for curve in shown.curves] == [SEVEN, BLOOM]
    curve = shown.curves[0]
    assert curve.training_kwh == 59_257
    assert curve.crossing_days == pytest.approx(PARITY_DAYS)
    assert curve.crossing_low < curve.crossing_days < curve.crossing_high < curve.days[-1]
    assert curve.energy_kwh[0] == 0.0
    assert all(before < after for before, after in pairwise(curve.energy_kwh))
    after = next(place for place, day in enumerate(curve.days) if day > curve.crossing_days)
    assert curve.energy_kwh[after - 1] <= curve.training_kwh <= curve.energy_kwh[after]
    assert curve.low_kwh[-1] < curve.energy_kwh[-1] < curve.high_kwh[-1]
    assert shown.curves[1].low_kwh is None


def test_a_model_that_never_reaches_parity_has_no_curve(record):
    nobody = replace(published_assumptions(), users_per_day=0.0)
    shown = view(record, nobody)
    assert shown.curves == ()
    assert isinstance(row(shown).by_energy.days, Never)
    assert {series.days[0] is None for series in shown.sensitivity if series.factor != "users_per_day"} == {True}


def test_sensitivity_moves_one_assumption_at_a_time(record):
    shown = view(record)
    assert {series.factor for series in shown.sensitivity} == set(FACTORS)
    by_factor = {series.factor: series for series in shown.sensitivity if series.model == SEVEN}
    users = by_factor["users_per_day"]
    at_published = dict(zip(users.values, users.days, strict=True))[1e7]
    assert at_published == pytest.approx(PARITY_DAYS)
    assert list(by_factor["serving_pue"].days) == sorted(by_factor["serving_pue"].days, reverse=True)
    assert list(by_factor["training_pue"].days) == sorted(by_factor["training_pue"].days)
    grid = by_factor["serving_grid_g_per_kwh"]
    assert dict(zip(grid.values, grid.days, strict=True))[297.6] == pytest.approx(PARITY_DAYS * 57 / 297.6)


def test_the_page_starts_at_the_published_setting_and_holds_plain_finite_values(record):
    page = view(record).page
    assert page["published"]["users_per_day"] == 1e7
    assert page["published"]["boundary"] == "published"
    assert page["published"]["model"] == SEVEN
    assert page["models"][0]["inference"]["published"]["kwh"] == pytest.approx(2e-4)
    assert "unavailable" in page["models"][0]["inference"]["device"]
    canonical_json(dict(page))


def test_other_download_counts_can_be_taken(record):
    counts = DownloadCounts(
        date="2025-01-31", source="a test", counts={SEVEN: DownloadCount(model=SEVEN, last_30_days=0, all_time=7)}
    )
    shown = view(record, downloads=counts)
    assert shown.downloads_date == "2025-01-31"
    assert isinstance(row(shown).by_energy.per_download, Never)


def test_table_5_has_a_row_a_model_and_says_why_a_number_is_absent(record):
    table = table5(record)
    assert table.name == "table5"
    by_model = {entry["model"]: entry for entry in table.records()}
    assert list(by_model) == ["BLOOMz-7B", "BLOOMz-3B", "BLOOMz-1B", "BLOOMz-560M", "BLOOM-176B (API)"]
    assert by_model["BLOOMz-7B"]["days"] == pytest.approx(PARITY_DAYS)
    assert by_model["BLOOMz-7B"]["remark"] is None
    assert by_model["BLOOMz-3B"]["parity"] is None
    assert "was measured" in by_model["BLOOMz-3B"]["remark"]


def test_a_table_says_never_with_its_reason(record):
    rows = view(record, replace(published_assumptions(), serving_grid_g_per_kwh=0.0)).rows
    remarks = break_even_table("all", rows).column("remark")
    assert remarks[0].startswith("never: an inference emits nothing")


def test_json_tells_never_and_unavailable_apart(record):
    nobody = replace(published_assumptions(), users_per_day=0.0)
    plain_view = as_json(view(record, nobody))
    by_place = {(entry["model"], entry["boundary"]): entry for entry in plain_view["rows"]}
    assert "never" in by_place[SEVEN, "published"]["energy"]["days"]
    assert "value" in by_place[SEVEN, "published"]["energy"]["parity"]
    assert "unavailable" in by_place[SEVEN, "device"]["carbon"]["parity"]
    assert by_place[BLOOM, "published"]["energy"]["per_download"] is None
    assert plain_view["audit"][1]["published"] == 395_602_740
    canonical_json(plain_view)


def test_the_same_energies_give_the_same_view(record):
    assert view_of(measured_energies(record), published_assumptions()) == view(record)
    assert isinstance(measured_energies(record)[SEVEN][Boundary.PUBLISHED], InferenceEnergy)
