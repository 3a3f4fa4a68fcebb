"""`kit break-even` on a run's folder, as it is typed."""

import json

import pytest

from kit.analyse.break_even_table import as_json
from kit.analyse.break_even_view import published_assumptions, view
from kit.catalog import load_catalog
from kit.cli.app import run_command_line
from kit.errors import InputError
from kit.journal import Journal, read_record
from kit.model.canonical import canonical_json
from kit.model.readings import Provenance, Reading
from kit.model.record import Origin
from kit.model.runs import Measured, Phase, Run, Window, Work
from kit.model.study import Cell, PlannedCell, Protocol, Study, Task


@pytest.fixture
def folder(tmp_path):
    """A run of one model on two data sets, three repetitions each: 1e-4 kWh an inference."""
    catalog = load_catalog()
    cells = [
        Cell(
            task=Task.QUESTION_ANSWERING,
            model=catalog.models["bigscience/bloomz-7b1"],
            dataset=catalog.datasets[key],
            protocol=Protocol(pipeline="text-generation", inferences=1_000, preprocessing="prompted"),
        )
        for key in ("squad", "sciq")
    ]
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
        cells=tuple(PlannedCell(cell=cell, repetitions=3) for cell in cells),
    )
    folder = tmp_path / "run"
    folder.mkdir()
    joules = 1e-4 * 1_000 * 3.6e6
    with Journal.create(folder, study, Origin.MEASURED) as journal:
        journal.add_host({"hostname": "test"}, "host")
        journal.add_cells(cells)
        for cell in cells:
            for repetition, factor in enumerate((0.99, 1.0, 1.01), start=1):
                reading = Reading("gpu/sum-of-8", joules * factor, Provenance.COUNTER, "codecarbon 3.3.2")
                window = Window(Phase.QUERY, "2026-01-01T00:00:00+00:00", 60.0, (reading,), Work(inferences=1_000))
                run_id = f"{cell.dataset.key}-{repetition}"
                journal.add_runs([Run(run_id, cell.cell_id, repetition, "host", Measured((window,)))])
    return folder


def command(*words):
    return run_command_line(["break-even", *map(str, words)])


def shown(capsys, *words):
    assert command(*words, "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    return next(row for row in plain["rows"] if row["label"] == "BLOOMz-7B" and row["boundary"] == "published")


def test_the_table_has_the_parity_the_assumptions_and_the_audit(folder, capsys):
    assert command(folder, "--boundary", "published") == 0
    text = capsys.readouterr().out
    assert "5.926e+08" in text
    assert "1e+07 users a day" in text
    assert "3 kWh more" in text
    assert "device" not in text.split("Assumed")[0]


def test_the_tables_fit_a_terminal_and_what_has_no_energy_is_named_below_them(capsys):
    assert command("reference") == 0
    tables, _, below = capsys.readouterr().out.rpartition("\n\n")
    assert max(map(len, tables.splitlines())) <= 80
    assert "BLOOM-176B (API)  net " in tables
    assert "device" not in tables
    assert "BLOOMz-7B, BLOOMz-3B, BLOOMz-1B, BLOOMz-560M (net): no energy of an inference" in below
    assert "BLOOM-176B (API) (device): the deployment was metered as a whole" in below


def test_json_is_what_the_function_gives(folder, capsys):
    assert command(folder, "--json") == 0
    expected = as_json(view(read_record(folder), published_assumptions()))
    assert capsys.readouterr().out.strip() == canonical_json(expected)


def test_the_reference_gives_the_published_energies_of_an_inference_and_a_finite_band(capsys):
    assert command("reference", "--json") == 0
    rows = {row["label"]: row for row in json.loads(capsys.readouterr().out)["rows"] if row["boundary"] == "published"}
    for label, printed in (("7B", 1.04e-4), ("3B", 7.3e-5), ("1B", 6.2e-5), ("560M", 5.4e-5)):
        row = rows[f"BLOOMz-{label}"]
        assert row["inference_kwh"]["value"] == pytest.approx(printed, rel=0.01)
        assert row["inference_kwh"]["n_runs"] == 90
        parity = row["energy"]["parity"]
        assert 0.5 < parity["low"] / parity["value"] < 1 < parity["high"] / parity["value"] < 2
        assert "9 data sets of 3 tasks" in parity["method"]
        assert "unavailable" not in row["carbon"]["days"]


def test_every_assumption_is_an_option(folder, capsys):
    plain = shown(capsys, folder)
    moved = shown(
        capsys, folder, "--users", "1e6", "--queries", "2", "--training-pue", "1.2", "--serving-pue", "1.5",
        "--training-grid", "100", "--serving-grid", "50", "--no-fine-tuning", "--idle", "--embodied",
        "--uncertainty", "0", "--seed", "3",
    )  # fmt: skip
    assert moved["energy"]["parity"]["value"] == pytest.approx(51_686 * 1.5924477603671318 * 1.2 / 1.5e-4)
    assert moved["energy"]["days"]["value"] == pytest.approx(moved["energy"]["parity"]["value"] / 2e6)
    grams = 51_686 * (1.5924477603671318 * 1.2 * 100 + 11.2e6 / 433_196)
    assert moved["carbon"]["parity"]["value"] == pytest.approx(grams / (1.5e-4 * 50))
    narrower = [row["energy"]["parity"]["high"] / row["energy"]["parity"]["value"] for row in (moved, plain)]
    assert narrower[0] < narrower[1]
    growing = shown(capsys, folder, "--growth", "1")
    assert growing["energy"]["days"]["value"] < plain["energy"]["days"]["value"]


@pytest.mark.parametrize(
    ("option", "value"), [("--users", "-1"), ("--serving-pue", "0.5"), ("--growth", "inf"), ("--training-grid", "nan")]
)
def test_an_assumption_out_of_range_is_refused_with_its_name(folder, capsys, option, value):
    assert command(folder, option, value) == InputError.exit_code
    assert "is not between" in capsys.readouterr().err


def test_download_counts_of_a_date_that_is_not_there_are_refused_with_those_that_are(folder, capsys, tmp_path):
    assert command(folder, "--counted", "2024-01-01", "--downloads", tmp_path) == InputError.exit_code
    assert "2023-11" in capsys.readouterr().err


def test_download_counts_of_another_date_are_taken(folder, capsys, tmp_path):
    (tmp_path / "2024-01-01.yaml").write_text(
        "schema: 1\ndate: '2024-01-01'\nsource: a test\ncounts:\n"
        "  - {model: bigscience/bloomz-7b1, last_30_days: 1000}\n",
        encoding="utf-8",
    )
    found = shown(capsys, folder, "--counted", "2024-01-01", "--downloads", tmp_path)
    assert found["energy"]["per_download"]["value"] == pytest.approx(592_570)


def test_a_folder_without_a_journal_is_refused(tmp_path, capsys):
    assert command(tmp_path) == InputError.exit_code
    assert "journal" in capsys.readouterr().err
