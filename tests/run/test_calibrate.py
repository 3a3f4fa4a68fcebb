"""Calibration: on the stand-in for NVML, whose truth is known, and on this very machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kit.cli.app import run_command_line
from kit.errors import InputError, MeasurementError, StudyError
from kit.meters.gpus import NoNvmlError, list_gpus
from kit.run.calibrate import read_certificate
from kit.run.known_load import default_meters, known_load, present_device
from tests.standin.build import Standin, build
from tests.standin.shapes import device_lines


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Standin:
    if not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("no C compiler to build the stand-in for NVML with")
    return build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="module")
def certificate(standin: Standin) -> dict[str, Any]:
    job = {"devices": device_lines([[(0.0, 60.0)]], 0.1), "meters": ["nvml"], "idle_w": 60.0, "load_w": 350.0}
    found: dict[str, Any] = standin.run(job)
    return found


def by_counter(powers: dict[str, Any]) -> Any:
    (found,) = [value for name, value in powers.items() if name.endswith("(counter)")]
    return found


def test_the_update_period_of_the_counter_is_found(certificate: dict[str, Any]) -> None:
    (period_s,) = certificate["update_period_s"].values()
    (shortest_s,) = certificate["shortest_window_s"].values()
    assert period_s == pytest.approx(0.1, rel=0.01)
    assert shortest_s == pytest.approx(10.0, rel=0.01)


def test_idle_power_and_the_load_step_are_found(certificate: dict[str, Any]) -> None:
    idle_w = by_counter(certificate["idle_power_w"])
    assert idle_w["mean"] == pytest.approx(60.0, rel=0.001)
    assert len(idle_w["windows"]) == 3
    assert by_counter(certificate["load_step"]["above_idle_w"]) == pytest.approx(290.0, rel=0.001)
    assert by_counter(certificate["load_step"]["idle_power_after_w"]) == pytest.approx(60.0, rel=0.001)


def test_opening_a_window_waits_for_a_tick_and_no_longer(certificate: dict[str, Any]) -> None:
    (cost,) = certificate["meters"]
    assert cost["windows"] == 12
    assert 0 < cost["begin_s"]["median"] <= cost["begin_s"]["greatest"] < 0.102
    assert 0 < cost["end_s"]["greatest"] < 0.102


def test_a_counter_slower_than_the_windows_that_are_timed_is_no_obstacle(standin: Standin) -> None:
    slow = {"devices": device_lines([[(0.0, 60.0)]], 0.3), "meters": ["nvml", "codecarbon"], "idle_w": 60.0}
    found = standin.run(slow | {"load_w": 350.0})
    assert [cost["meter"].split()[0] for cost in found["meters"]] == ["nvml", "codecarbon"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibration of this machine's CPU, by the command."""
    folder = tmp_path_factory.mktemp("calibration")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("codecarbon.lock.LOCKFILE", str(folder / "no.lock"))
        code = run_command_line(["calibrate", "--out", str(folder), "--device", "cpu", "--seconds", "0.3"])
    assert code == 0
    return folder


def test_a_certificate_of_this_machine_is_written_and_whole(here: Path) -> None:
    found = read_certificate(here / "calibration.json")
    assert found["device"] == "cpu"
    assert found["host"]["cpu_count"] >= 1
    assert len(found["meters_cpu_share"]) == 3
    assert all(0 <= share < 1 for share in found["meters_cpu_share"])
    assert any(name.startswith("cpu by codecarbon") for name in found["load_step"]["above_idle_w"])
    assert (here / "codecarbon").is_dir()


def test_a_certificate_that_was_changed_is_refused(here: Path, tmp_path: Path) -> None:
    content = json.loads((here / "calibration.json").read_text())
    content["made_at"] = "2020-01-01T00:00:00+00:00"
    changed = tmp_path / "calibration.json"
    changed.write_text(json.dumps(content))
    with pytest.raises(InputError, match="was changed"):
        read_certificate(changed)


@pytest.mark.parametrize("content", ["", "[]", "{}", "1"])
def test_what_is_no_certificate_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content)
    with pytest.raises(InputError, match="not a certificate"):
        read_certificate(path)


def test_the_certificate_can_be_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("codecarbon.lock.LOCKFILE", str(tmp_path / "no.lock"))
    code = run_command_line(
        ["calibrate", "--out", str(tmp_path), "--device", "cpu", "--seconds", "0.2", "--meters", "codecarbon", "--json"]
    )
    captured = capsys.readouterr()
    assert code == 0
    assert json.loads(captured.out) == read_certificate(tmp_path / "calibration.json")
    assert "measuring idle power" in captured.err


def test_only_devices_of_the_kit_are_calibrated() -> None:
    with pytest.raises(StudyError, match="tpu: no device"):
        present_device("tpu")
    assert default_meters("cuda") == ["nvml", "codecarbon"]
    assert default_meters("cpu") == ["codecarbon"]


def test_without_a_gpu_the_cpu_is_calibrated() -> None:
    try:
        list_gpus()
    except NoNvmlError:
        assert present_device(None) == "cpu"
    else:
        pytest.skip("this machine has NVML")


def test_the_load_of_a_gpu_is_refused_where_there_is_none() -> None:
    load, name = known_load("cuda")
    assert "matrix products" in name
    try:
        list_gpus()
    except NoNvmlError:
        with pytest.raises(MeasurementError, match="the GPU cannot be used"):
            load(0.01)
    else:
        pytest.skip("this machine has NVML")
