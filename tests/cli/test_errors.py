"""Whatever a user gets wrong is one line with advice and its own exit code; nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import kit.report.pdf
from kit.cli import app
from kit.cli.app import GROUPS, run_command_line
from kit.errors import KitError, StudyError

NAMES = [name for names in GROUPS.values() for name in names]


def test_help_shows_the_commands_in_the_order_of_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--help"]) == 0
    said = capsys.readouterr().out
    assert [said.index(panel) for panel in GROUPS] == sorted(said.index(panel) for panel in GROUPS)
    assert all(name in said for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([name, "--help"]) == 0
    assert "Usage: kit" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--version"]) == 0
    assert capsys.readouterr().out == "0.1.0\n"


def test_the_catalogue_is_printed_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["catalog", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert len(content["datasets"]) == 26
    assert len(content["tasks"]) == 10
    assert run_command_line(["catalog", "--task", "summarization"]) == 0
    assert "sshleifer/distilbart-cnn-12-6" in capsys.readouterr().out


def test_the_plan_of_the_paper_adds_up_its_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["plan", "paper", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    assert (plan["models"], plan["cells"], plan["runs"], plan["unknown"]) == (88, 312, 3120, 0)
    assert plan["inferences"] == 3_120_000
    assert run_command_line(["plan", "paper"]) == 0
    assert "GPU hours" in capsys.readouterr().out
    assert run_command_line(["plan", "embedded"]) == 0
    assert "deviation: Weights are random" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["plan", "papre"], 3, "neither a profile nor a file"),
        (["run", "nowhere.yaml"], 3, "nowhere.yaml: cannot be read"),
        (["catalog", "--task", "singing"], 3, "not a task"),
        (["status", "nowhere"], 2, "no journal here"),
        (["analyse", "nowhere"], 2, "no journal here"),
        (["report", "nowhere"], 2, "no journal here"),
        (["sing"], 2, "No such command"),
        (["plan"], 2, "Missing argument"),
    ],
)
def test_a_mistake_has_its_message_and_code(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(arguments) == code
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


def test_a_kit_error_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["plan", "papre"])
    first, second = capsys.readouterr().err.strip().split("\n")
    assert first.startswith("error: ")
    assert second.startswith("advice: did you mean paper?")


def test_debug_shows_the_error_itself() -> None:
    with pytest.raises(StudyError):
        run_command_line(["plan", "papre", "--debug"])


def test_a_fault_of_the_kit_is_said_to_be_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_only: str | None = None) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(app, "build_app", broken)
    assert run_command_line(["catalog"]) == 70
    assert "a fault of the kit: ZeroDivisionError: by nothing" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        run_command_line(["catalog", "--debug"])


def test_an_interruption_says_how_to_go_on(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_only: str | None = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "build_app", interrupted)
    assert run_command_line(["run", "smoke"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert run_command_line(["catalog"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run_command_line(["run", "smoke", "--out", str(tmp_path / "file" / "run")]) == 4
    assert "Not a directory" in capsys.readouterr().err


def test_a_missing_system_library_is_said_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    def missing() -> None:
        raise kit.report.pdf.PlatformError("a system library is missing", f"run: {kit.report.pdf.APT_LINE}")

    monkeypatch.setattr(kit.report.pdf, "_weasyprint", missing)
    assert run_command_line(["reproduce", "smoke", "--out", str(tmp_path / "run")]) == 5
    assert "libharfbuzz-subset0" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_exit_codes_differ_between_kinds_of_error() -> None:
    kinds = KitError.__subclasses__()
    assert len({kind.exit_code for kind in kinds}) == len(kinds)


def test_an_unsupported_python_is_told_in_one_line_by_make(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho 3.9\n")
    python.chmod(0o755)
    done = subprocess.run(
        ["make", "-s", "reproduce", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "is Python '3.9'; the locked packages are for 3.11" in done.stderr
    assert "make PYTHON=python3.11" in done.stderr
