"""`kit catalog`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.cli.app import run_command_line
from kit.errors import StudyError


def test_all_models_and_data_sets_are_shown_with_what_marks_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog"]) == 0
    out = capsys.readouterr().out
    assert "96 models" in out
    assert "26 data sets" in out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert "table 6 only" in lines["obi/deid_roberta_i2b2"]
    assert "release only" in lines["meta-llama/Llama-2-7b-hf"]
    assert lines["meta-llama/Llama-2-7b-hf"].endswith("yes")
    assert "openai-community/gpt2" in lines["gpt2"]


def test_one_task_may_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "--task", "text-to-image"]) == 0
    out = capsys.readouterr().out
    assert "10 models" in out
    assert "3 data sets" in out
    assert "gpt2" not in out


def test_a_task_that_does_not_exist_is_answered_by_the_ten(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "--task", "poetry"]) == StudyError.exit_code
    err = capsys.readouterr().err
    assert "'poetry': not a task" in err
    assert "text-to-image" in err


def test_the_cells_of_a_study_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "smoke", "--task", "summarization"]) == 0
    out = capsys.readouterr().out
    assert "1 data set\n" in out
    assert "2 cells" in out
    assert "max_new_tokens=4 min_new_tokens=4 num_beams=4" in out


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert set(content) == {"models", "datasets", "tasks"}
    assert len(content["models"]) == 96
    assert len(content["tasks"]) == 10
    assert all(len(model["revision"] or "0" * 40) == 40 for model in content["models"])


def test_json_of_a_study_has_its_cells_by_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "embedded", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    study = load_study("embedded")
    assert content["study"]["id"] == study.study_id
    assert [cell["id"] for cell in content["cells"]] == [planned.cell.cell_id for planned in study.cells]
    assert len(content["models"]) == len({planned.cell.model.id for planned in study.cells})


def test_a_study_file_with_a_mistake_is_answered_in_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\ndevice: tpu\n", encoding="utf-8")
    assert run_command_line(["catalog", str(path)]) == StudyError.exit_code
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert "line 2, device" in err[0]
    assert err[1].startswith("advice: ")


def test_an_unknown_profile_is_answered_by_the_nearest_and_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "papre"]) == StudyError.exit_code
    assert "did you mean paper? the profiles are embedded, paper, smoke" in capsys.readouterr().err
