"""`kit plan` says what a study takes, chooses what fits into a budget, and writes it as a study of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kit.catalog import load_study
from kit.cli.app import run_command_line
from kit.cli.costs import plan_lines, workplan_of
from kit.errors import StorageError, StudyError

PLANNING = Path(__file__).parents[2] / "docs" / "planning.md"


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    assert run_command_line(["plan", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_paper_has_hours_money_emissions_and_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(["paper", "--price", "10"], capsys)
    assert found["plan"]["loading_hours"] < found["plan"]["hours"]
    assert found["bill"]["usd"] == pytest.approx(10 * found["plan"]["hours"])
    assert found["bill"]["carbon_kg"] == pytest.approx(0.2976 * found["plan"]["energy_kwh"])
    assert found["size"]["download_bytes"] > 1e11
    assert "c4" in found["size"]["unknown_datasets"]
    assert "budget" not in found


def test_the_text_names_where_the_price_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["plan", "paper"]) == 0
    assert "27.45 USD an hour (p4de.24xlarge on demand" in capsys.readouterr().out
    assert run_command_line(["plan", "paper", "--price", "12.5"]) == 0
    assert "12.5 USD an hour (as given)" in capsys.readouterr().out


def test_a_grid_that_is_not_known_gives_no_emissions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "france.yaml"
    study.write_text(
        "title: France\ndevice: cuda\ncountry: FRA\n"
        "cells:\n  - {task: fill-mask, models: all, inferences: 1000, repetitions: 2}\n",
        encoding="utf-8",
    )
    assert answer([str(study)], capsys)["bill"]["carbon_kg"] is None
    assert run_command_line(["plan", str(study)]) == 0
    assert "emissions unknown: --intensity states the grid's" in capsys.readouterr().out
    given = answer([str(study), "--intensity", "50"], capsys)
    assert given["bill"]["carbon_kg"] == pytest.approx(0.05 * given["plan"]["energy_kwh"])


def test_a_study_that_downloads_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["plan", "embedded"]) == 0
    assert "\nnothing to download, about 6.6 GB on the disk" in capsys.readouterr().out


def test_a_study_on_a_processor_has_sizes_and_no_bill(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(["embedded"], capsys)
    assert found["bill"] is None
    assert found["size"]["download_bytes"] == 0
    assert found["size"]["disk_bytes"] > 4e9


def test_cells_outside_of_the_release_are_said_to_be_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "mine.yaml"
    study.write_text(
        "title: Mine\ndevice: cuda\n"
        "models:\n  - {id: me/own, current_id: me/own, tasks: [fill-mask], family: task-specific,"
        " architecture: encoder}\n"
        "cells:\n  - {task: fill-mask, models: [me/own], inferences: 10, repetitions: 2}\n",
        encoding="utf-8",
    )
    found = answer([str(study)], capsys)
    assert found["bill"] is None
    assert found["plan"]["unknown"] == 3
    assert found["size"]["unknown_models"] == ["me/own"]
    lines = plan_lines(load_study(str(study)), workplan_of(load_study(str(study))))
    assert not any("GPU hours" in line for line in lines)
    assert any(line.startswith("3 cells are not in the paper's release") for line in lines)


def test_a_budget_keeps_to_its_hours_and_accounts_for_every_claim(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(["paper", "--budget-hours", "10"], capsys)["budget"]
    claims = found["claims"]
    assert 0 < found["plan"]["hours"] <= 10
    assert found["bill"]["usd"] > 0
    assert len(claims["kept"]) >= 20
    assert claims["absent"] == []
    beyond = sum(map(len, claims["out_of_reach"].values()))
    assert len(claims["kept"]) + len(claims["lost"]) + beyond == 211


def test_a_larger_budget_never_keeps_fewer_claims_and_the_whole_keeps_all(capsys: pytest.CaptureFixture[str]) -> None:
    budgets = [answer(["paper", "--budget-hours", hours], capsys)["budget"] for hours in ("1", "30", "150", "1000")]
    kept = [len(budget["claims"]["kept"]) for budget in budgets]
    assert kept == sorted(kept)
    assert budgets[-1]["claims"]["lost"] == []
    assert budgets[-1]["plan"]["cells"] == 312


def test_the_written_study_is_what_was_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.yaml"
    assert run_command_line(["plan", "paper", "--budget-hours", "5", "--write", str(path)]) == 0
    said = capsys.readouterr().out
    assert "within 5 GPU hours: " in said
    assert f"`kit run {path}` measures it" in said
    chosen = answer(["paper", "--budget-hours", "5"], capsys)["budget"]
    written = load_study(str(path))
    assert [planned.cell.cell_id for planned in written.cells] == [cell["cell"] for cell in chosen["cells"]]
    assert "testable within 5 GPU hours" in written.deviations[-1]
    assert answer([str(path), "--budget-hours", "5"], capsys)["budget"]["claims"]["lost"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["paper", "--write", "x.yaml"], StudyError.exit_code, "without a budget"),
        (["embedded", "--budget-hours", "1"], StudyError.exit_code, "runs on cpu"),
        (["paper", "--budget-hours", "0", "--write", "x.yaml"], StudyError.exit_code, "nothing to write"),
        (["paper", "--budget-hours", "1", "--write", "x.txt"], StudyError.exit_code, "not the name of a study file"),
        (["paper", "--budget-hours", "1", "--write", "nowhere/x.yaml"], StorageError.exit_code, "No such file"),
        (["paper", "--budget-hours", "-1"], 2, "--budget-hours"),
        (["paper", "--budget-hours", "nan"], 2, "--budget-hours"),
    ],
)
def test_a_mistake_has_its_message_and_code(
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command_line(["plan", *arguments]) == code
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\n", encoding="utf-8")
    arguments = ["plan", "paper", "--budget-hours", "1", "--write", str(path)]
    assert run_command_line(arguments) == StorageError.exit_code
    assert "exists already" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "title: Mine\n"


def test_the_budgets_in_the_documentation_are_those_of_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \|$", PLANNING.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 7
    for hours, cells, kept in rows:
        found = answer(["paper", "--budget-hours", hours], capsys)["budget"]
        assert (found["plan"]["cells"], len(found["claims"]["kept"])) == (int(cells), int(kept)), hours
