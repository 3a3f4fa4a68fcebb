"""`kit doctor` judges a machine by the study asked for, and its exit code is that of the worst it found."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import kit.report
from kit.cli.app import run_command_line
from kit.errors import PlatformError, StudyError
from tests.standin.build import CHECKOUT, Standin, build
from tests.standin.shapes import device_lines


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Standin:
    if not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("no C compiler to build the stand-in for NVML with")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def gpu_study(tmp_path: Path) -> str:
    """A study on a GPU that fetches nothing, so that nothing but the machine decides."""
    path = tmp_path / "small.yaml"
    path.write_text(
        "title: Small\ndevice: cuda\nartefacts: tiny\n"
        "cells:\n  - {task: fill-mask, models: [bert-base-uncased], inferences: 10, repetitions: 2}\n",
        encoding="utf-8",
    )
    return str(path)


def examined(
    standin: Standin, tmp_path: Path, lines: str, *arguments: str, smi: bool = True
) -> tuple[int, Mapping[str, Any]]:
    """Exit code and checks on a machine with two made-up GPUs."""
    devices = tmp_path / "devices.txt"
    devices.write_text(device_lines([[(0.0, 60.0)]] * 2, 0.1, names=["NVIDIA-A100"] * 2) + lines, encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-m", "kit.cli", "doctor", *arguments, "--json"],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=standin.environment(smi=smi, NVML_STANDIN=str(devices), KIT_CACHE=str(tmp_path)),
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, {check["name"]: check for check in json.loads(done.stdout)["checks"]}


GOOD = "driver 580.95.05 13000\npersistence 0 1\npersistence 1 1\n"


def test_a_node_with_good_gpus_is_fit_for_a_study_on_them(standin: Standin, tmp_path: Path, gpu_study: str) -> None:
    code, found = examined(standin, tmp_path, GOOD, gpu_study)
    assert code == 0
    assert found["driver"]["says"] == "driver 580.95.05, CUDA 13.0"
    names = ("gpu", "driver", "nvidia-smi", "mig", "persistence", "energy-counter", "gpu-memory")
    assert {found[name]["level"] for name in names} == {"ok"}


@pytest.mark.parametrize(
    ("lines", "name", "level"),
    [
        ("driver 535.183.01 12020\n", "driver", "error"),
        (GOOD + "mig 1\n", "mig", "error"),
        (GOOD + "no-counter 0\n", "energy-counter", "error"),
        (GOOD + "no-nvml\n", "gpu", "error"),
        ("driver 580.95.05 13000\npersistence 0 0\npersistence 1 1\n", "persistence", "warning"),
    ],
    ids=["old driver", "MIG", "no counter", "no NVML", "no persistence mode"],
)
def test_what_is_wrong_with_the_gpus_decides_the_exit_code(
    lines: str, name: str, level: str, standin: Standin, tmp_path: Path, gpu_study: str
) -> None:
    code, found = examined(standin, tmp_path, lines, gpu_study)
    assert found[name]["level"] == level
    assert found[name]["mend"]
    assert code == (PlatformError.exit_code if level == "error" else 0)


def test_the_same_faults_are_no_errors_for_a_study_on_the_processor(standin: Standin, tmp_path: Path) -> None:
    code, found = examined(standin, tmp_path, "driver 535.183.01 12020\nmig 0\n", "smoke", smi=False)
    assert code == 0
    assert {found[name]["level"] for name in ("gpu", "driver", "mig", "nvidia-smi")} == {"ok"}


def test_without_a_study_they_are_warnings_that_count_if_asked(standin: Standin, tmp_path: Path) -> None:
    code, found = examined(standin, tmp_path, GOOD + "mig 0\n", "--strict", smi=False)
    assert code == 1
    assert {found[name]["level"] for name in ("mig", "nvidia-smi")} == {"warning"}


def test_this_machine_is_told_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["doctor", "smoke"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["ok", "python"]
    assert lines[-1].startswith("smoke: ")
    assert lines[-1].endswith("errors") or lines[-1].endswith("1 error")


def test_a_missing_library_of_the_renderer_is_an_error_with_its_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise PlatformError("a system library is missing", "run: sudo apt-get install -y libpango-1.0-0")

    monkeypatch.setattr(kit.report, "require_renderer", missing)
    assert run_command_line(["doctor", "smoke"]) == PlatformError.exit_code
    assert "mend: sudo apt-get install -y libpango-1.0-0" in capsys.readouterr().out


def test_a_missing_font_is_an_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(file: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", file)

    monkeypatch.setattr("kit.report.fonts.font_bytes", missing)
    assert run_command_line(["doctor", "smoke"]) == PlatformError.exit_code
    assert "a bundled font is missing" in capsys.readouterr().out


def test_an_unknown_study_is_a_mistake_and_no_judgement(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["doctor", "papre"]) == StudyError.exit_code
    assert "did you mean paper?" in capsys.readouterr().err


def test_the_exit_codes_stand_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["doctor", "--help"]) == 0
    assert "Exit code: 0 where all is ok" in " ".join(capsys.readouterr().out.split())
