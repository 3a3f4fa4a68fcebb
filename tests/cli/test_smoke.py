"""The whole chain on tiny models: one command from catalogue to report, through the real pipelines and meters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kit.journal import read_record
from kit.model.readings import Provenance
from kit.model.runs import Measured, Phase
from kit.model.study import Family, Task
from kit.run.lock import only_one


def kit(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "kit.cli", *arguments],
        env=os.environ | {"KIT_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def smoke(tiny_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a smoke run, and what `kit reproduce smoke` printed."""
    folder = tmp_path_factory.mktemp("smoke") / "run"
    done = kit("reproduce", "smoke", "--out", str(folder), cache=tiny_cache)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


def test_every_cell_is_measured_with_readings_of_known_provenance(smoke: tuple[Path, str]) -> None:
    record = read_record(smoke[0])
    assert record.complete
    assert {cell.task for cell in record.cells.values()} == set(Task)
    assert {cell.model.family for cell in record.cells.values()} >= {Family.FLAN_T5, Family.BLOOMZ}
    for run in record.runs:
        assert isinstance(run.outcome, Measured)
        query = run.window(Phase.QUERY)
        assert query is not None
        assert {reading.component for reading in query.readings} == {"cpu", "ram"}
        assert all(reading.meter.startswith("codecarbon") for reading in query.readings)
        assert all(isinstance(reading.provenance, Provenance) for reading in query.readings)
        assert query.work is not None
        assert query.work.inferences == record.cells[run.cell_id].protocol.inferences


def test_a_run_has_idle_baselines_and_its_model_is_loaded_once(smoke: tuple[Path, str]) -> None:
    record = read_record(smoke[0])
    loads: Counter[str] = Counter()
    bare: Counter[str] = Counter()
    for run in record.runs:
        assert isinstance(run.outcome, Measured)
        phases = [window.phase for window in run.outcome.windows]
        assert Phase.CONTEXT_IDLE in phases
        assert phases[-1] is Phase.IDLE_AFTER
        bare[record.cells[run.cell_id].model.id] += Phase.IDLE_BEFORE in phases
        loads[run.cell_id] += Phase.LOAD in phases
    assert set(loads.values()) == {1}
    assert set(bare.values()) == {1}


def test_the_folder_is_self_contained(smoke: tuple[Path, str]) -> None:
    folder, _ = smoke
    names = {path.name for path in folder.iterdir()}
    assert {
        "journal.sqlite",
        "claims.json",
        "host.json",
        "run.log",
        "tables",
        "report.html",
        "report.pdf",
        "codecarbon",
    } <= names
    assert (folder / "tables" / "table2.csv").read_text().startswith("task,boundary,n_models")


def test_it_ends_by_saying_what_was_found_what_was_not_measured_and_where_the_report_is(
    smoke: tuple[Path, str],
) -> None:
    folder, said = smoke
    assert "tasks from least to most:" in said
    assert "not measured: anything on a GPU" in said
    assert "not measured: energy itself; no counter could be read here (provenance: model" in said
    assert "tiny ones stand in for them, and their energies mean nothing" in said
    assert f"report: {folder / 'report.html'}" in said
    assert f"report: {folder / 'report.pdf'}" in said
    assert "[28/28]" in said


def test_a_second_call_measures_nothing_and_gives_the_same_report(smoke: tuple[Path, str], tiny_cache: Path) -> None:
    folder, _ = smoke
    before = (folder / "report.pdf").read_bytes()
    done = kit("reproduce", "smoke", "--out", str(folder), "--json", cache=tiny_cache)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outlook"] == {"failed": 0, "measured": 0, "missing": 0}
    assert (folder / "report.pdf").read_bytes() == before
    assert kit("report", str(folder), "--check", cache=tiny_cache).returncode == 0


def test_check_sees_a_changed_report(smoke: tuple[Path, str], tiny_cache: Path, tmp_path: Path) -> None:
    folder, _ = smoke
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("journal.sqlite", "report.html", "report.pdf"):
        (copy / name).write_bytes((folder / name).read_bytes())
    (copy / "report.html").write_text((copy / "report.html").read_text().replace("Tables", "Fables"))
    done = kit("report", str(copy), "--check", cache=tiny_cache)
    assert done.returncode == 2
    assert "not what this journal gives" in done.stderr


def test_status_and_analyse_read_the_run(smoke: tuple[Path, str], tiny_cache: Path) -> None:
    folder, _ = smoke
    status = json.loads(kit("status", str(folder), "--json", cache=tiny_cache).stdout)
    assert (status["measured"], status["missing"], status["failed"]) == (28, [], [])
    assert "28 runs measured, 0 missing" in kit("status", str(folder), cache=tiny_cache).stdout
    made = json.loads(kit("analyze", str(folder), "--json", cache=tiny_cache).stdout)
    assert len(made["tables"]["cells"]) == 3 * 14
    assert "text-classification" in kit("analyse", str(folder), cache=tiny_cache).stdout


def test_run_without_resume_refuses_a_folder_that_holds_a_run_before_anything_is_built(
    smoke: tuple[Path, str], tiny_cache: Path, tmp_path: Path
) -> None:
    done = kit("run", "smoke", "--out", str(smoke[0]), cache=tmp_path / "empty")
    assert done.returncode == 6
    assert "add --resume" in done.stderr
    assert not (tmp_path / "empty").exists()
    resumed = kit("run", "smoke", "--out", str(smoke[0]), "--resume", "--quiet", cache=tiny_cache)
    assert resumed.returncode == 0
    assert "0 runs measured now, 0 missing" in resumed.stdout


def test_two_processes_do_not_build_into_one_cache(tiny_cache: Path) -> None:
    with only_one(tiny_cache / "tiny"):
        done = kit("fetch", "smoke", cache=tiny_cache)
    assert done.returncode == 6
    assert "another process is at work here" in done.stderr


def test_fetch_leaves_whole_artefacts_alone(tiny_cache: Path) -> None:
    done = kit("fetch", "smoke", "--json", cache=tiny_cache)
    assert json.loads(done.stdout)["built"] == []
    assert "0 artefacts fetched, 0 built" in kit("fetch", "smoke", cache=tiny_cache).stdout


def test_a_study_of_ones_own_runs_by_the_same_commands(tiny_cache: Path, tmp_path: Path) -> None:
    study = tmp_path / "mine.yaml"
    study.write_text(
        "title: Mine\ndevice: cpu\nartefacts: tiny\nseed: 7\ncells:\n"
        "  - {task: fill-mask, models: [bert-base-uncased], datasets: [c4], inferences: 2, repetitions: 1}\n"
    )
    done = kit("reproduce", str(study), "--out", str(tmp_path / "run"), cache=tiny_cache)
    assert done.returncode == 0, done.stderr
    assert len(read_record(tmp_path / "run").runs) == 1


def test_a_model_that_takes_too_long_fails_and_the_report_is_written_all_the_same(
    tiny_cache: Path, tmp_path: Path
) -> None:
    study = tmp_path / "slow.yaml"
    study.write_text(
        "title: Slow\ndevice: cpu\nartefacts: tiny\nseed: 7\ntime_limit_s: 0.01\ncells:\n"
        "  - {task: fill-mask, models: [bert-base-uncased], datasets: [c4], inferences: 1, repetitions: 1}\n"
    )
    done = kit("reproduce", str(study), "--out", str(tmp_path / "run"), cache=tiny_cache)
    assert done.returncode == 9
    assert "1 planned runs are missing, 1 failed now" in done.stderr
    assert "the time limit of 0.01 s" in done.stderr
    assert "1 planned run is missing." in (tmp_path / "run" / "report.html").read_text()
