"""A study on a GPU: the real driver, process and meters on the stand-in for NVML, also where it misbehaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.analyse.counted import counted_for
from kit.analyse.observations import observe
from kit.analyse.quality_checks import Check, check_quality
from kit.analyse.tables import tables
from kit.errors import IncompleteError, MeasurementError
from kit.journal import read_record
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.runs import Failed, Measured, Phase
from tests.standin.build import Standin, build
from tests.standin.shapes import device_lines, uuid

QUICK = Path(__file__).with_name("quick.py")
FOREIGN = "process 1 999001 0 9999\nprocess 1 999002 0 9999\n"
POWERS = [[(0.0, 100.0)], [(0.0, 250.0)]]


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Standin:
    if not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("no C compiler to build the stand-in for NVML with")
    return build(tmp_path_factory.mktemp("nvml"))


def kit_run(
    standin: Standin, folder: Path, faults: str = "", *options: str, visible: str = "1"
) -> subprocess.CompletedProcess[str]:
    """`kit run` on two simulated GPUs, of which CUDA shows some; counters tick each 20 ms of real time."""
    devices = folder.with_suffix(".devices")
    devices.write_text("clock real\n" + device_lines(POWERS, 0.02) + faults)
    return subprocess.run(
        [sys.executable, str(QUICK), "gpu", str(folder), *options],
        env=standin.environment(NVML_STANDIN=str(devices), CUDA_VISIBLE_DEVICES=visible),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def well(standin: Standin, tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("gpu") / "run"
    beside = FOREIGN.replace("process 1", "process 0")  # on the GPU that is not shown
    done = kit_run(standin, folder, f"throttle 1 0 9999 64\n{beside}")
    assert done.returncode == 0, done.stderr
    return read_record(folder)


def test_a_study_on_a_gpu_goes_through_and_its_boundaries_count_the_chosen_one_alone(well: Record) -> None:
    assert well.complete
    assert well.deviations == ()
    counted = counted_for("cuda")
    for run in well.runs:
        query = run.window(Phase.QUERY)
        assert query is not None
        (device,) = counted(query, Boundary.DEVICE) or ()
        assert device.component == f"gpu/{uuid(1)}"
        # The simulated power is constant: 250 W for the GPU that is shown, 100 W for the other. A busy machine reads
        # the edges of so short a window late; how exact the meter is, is tested on a simulated clock.
        assert device.energy_j / query.duration_s == pytest.approx(250.0, rel=0.3)
    for observation in observe(well):
        device_kwh = observation.energy_kwh_per_1000[Boundary.DEVICE]
        assert abs(observation.energy_kwh_per_1000[Boundary.NET]) < 0.3 * device_kwh


def test_windows_too_short_for_the_counter_have_no_reading_and_a_note(well: Record) -> None:
    for run in well.runs:
        assert isinstance(run.outcome, Measured)
        for window in run.outcome.windows:
            assert all(reading.energy_j > 0 for reading in window.readings if reading.component.startswith("gpu/"))
        query = run.window(Phase.QUERY)
        assert query is not None
        assert query.duration_s >= 0.3


def test_the_host_record_describes_the_gpus_before_and_after(well: Record) -> None:
    (host,) = well.hosts.values()
    assert [gpu["uuid"] for gpu in host["gpus"]] == [uuid(0), uuid(1)]
    assert host["gpus"][1]["driver"] == "580.0-standin"
    assert {state.moment for state in well.states} == {"before", "after"}
    rows = [row for row in tables(well)["host_states"].records() if row["gpu"] == uuid(1)]
    assert len(rows) == 2 * 2
    assert {row["held_back"] for row in rows} == {"hardware thermal slowdown"}


def test_what_held_the_gpu_back_is_among_the_doubts_about_the_data(well: Record) -> None:
    noted = [finding.sentence for finding in check_quality(well) if finding.check is Check.NOTED]
    assert any("held back in the window `query`: hardware thermal slowdown" in sentence for sentence in noted)


def test_the_budget_of_a_measured_cell_is_a_table(well: Record) -> None:
    rows = tables(well)["uncertainty"].within(Boundary.DEVICE)
    assert len(rows) == 2
    for row in rows:
        assert row["gain"] == pytest.approx(0.05 / 3**0.5)
        assert row["expanded"] >= 2 * row["gain"]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [(FOREIGN, "other processes compute on GPU 1"), ("mig 1\n", "GPU 1 is partitioned by MIG")],
)
def test_a_gpu_that_is_not_the_studys_own_is_refused_before_anything_is_measured(
    standin: Standin, tmp_path: Path, faults: str, reason: str
) -> None:
    folder = tmp_path / "run"
    done = kit_run(standin, folder, faults)
    assert done.returncode == MeasurementError.exit_code
    assert reason in done.stderr
    assert "--force" in done.stderr
    assert not (folder / "journal.sqlite").exists()


def test_on_demand_it_is_measured_nevertheless_and_that_is_a_deviation(standin: Standin, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = kit_run(standin, folder, FOREIGN, "--force")
    assert done.returncode == 0, done.stderr
    record = read_record(folder)
    assert record.complete
    (sentence,) = record.deviations
    assert "was forced" in sentence
    assert "other processes compute on GPU 1 (999001, 999002)" in sentence


def test_a_gpu_lost_in_mid_run_fails_its_runs_with_the_reason_and_the_next_process_is_tried(
    standin: Standin, tmp_path: Path
) -> None:
    # Each process sees the GPU for two seconds, which is too short for the two runs of its model.
    folder = tmp_path / "run"
    done = kit_run(standin, folder, "lost 1 2.0\n")
    assert done.returncode == IncompleteError.exit_code
    record = read_record(folder)
    assert len(record.runs) == 4
    failed = [run for run in record.runs if isinstance(run.outcome, Failed)]
    assert {record.cells[run.cell_id].model.id for run in failed} == {"model-0", "model-1"}
    reasons = [run.outcome.reason for run in failed if isinstance(run.outcome, Failed)]
    assert all("GPU is lost" in reason or "counter of GPU 1 failed" in reason for reason in reasons), reasons
    assert "GPU is lost" in record.states[-1].values["fault"]
    assert "gpus" not in record.states[-1].values
