"""The driver: fresh processes, whole runs only, and a resume that loses and doubles nothing."""

from __future__ import annotations

import importlib.util
import itertools
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kit.analyse.quality_checks import Check, check_quality
from kit.errors import ResumeError
from kit.host import HostRecord
from kit.journal import Journal, read_record
from kit.model.procedure import Procedure, RunOrder
from kit.model.record import Origin
from kit.model.runs import Failed, Measured, Phase
from kit.model.study import PlannedCell
from kit.run import RunSetting, driver, run_study
from kit.run.events import ModelStarted, RunRecorded, Started
from kit.run.lock import only_one

QUICK = Path(__file__).with_name("quick.py")
_SPEC = importlib.util.spec_from_file_location("quick", QUICK)
assert _SPEC is not None
assert _SPEC.loader is not None
quick: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(quick)

RUNS = quick.MODELS * quick.DATASETS * quick.REPETITIONS


def counts(folder: Path) -> Counter[tuple[str, int]]:
    """How often each repetition of each cell was measured."""
    return Counter(
        (run.cell_id, run.repetition) for run in read_record(folder).runs if isinstance(run.outcome, Measured)
    )


def failures(folder: Path) -> dict[str, set[str]]:
    """Reasons of failed runs by model."""
    record = read_record(folder)
    found: dict[str, set[str]] = {}
    for run in record.runs:
        if isinstance(run.outcome, Failed):
            found.setdefault(record.cells[run.cell_id].model.id, set()).add(run.outcome.reason)
    return found


def test_every_planned_run_is_measured_once(tmp_path: Path) -> None:
    outlook, seen = quick.perform(tmp_path)
    assert (outlook.measured, outlook.failed, outlook.missing) == (RUNS, 0, 0)
    assert set(counts(tmp_path).values()) == {1}
    assert read_record(tmp_path).complete
    assert sum(isinstance(event, RunRecorded) for event in seen) == RUNS
    assert [event.model for event in seen if isinstance(event, ModelStarted)] == [f"model-{i}" for i in range(4)]


def test_a_run_holds_its_windows_with_work_readings_and_cpu_time(tmp_path: Path) -> None:
    quick.perform(tmp_path)
    first, second = read_record(tmp_path).runs[:2]
    assert isinstance(first.outcome, Measured)
    assert isinstance(second.outcome, Measured)
    phases = [window.phase for window in first.outcome.windows]
    working = [Phase.CONTEXT_IDLE, Phase.WARM_UP, Phase.QUERY, Phase.IDLE_AFTER]
    assert phases == [Phase.IDLE_BEFORE, Phase.LOAD, *working]
    assert [window.phase for window in second.outcome.windows] == working
    query = first.window(Phase.QUERY)
    assert query is not None
    assert query.work is not None
    assert query.work.inferences == quick.INFERENCES
    assert query.work.input_tokens == 10 * quick.INFERENCES
    assert query.readings[0].energy_j >= query.duration_s > 0
    assert query.cpu_s is not None
    idle = first.window(Phase.IDLE_BEFORE)
    assert idle is not None
    assert idle.work is None


def test_the_host_is_described_before_and_after_the_runs_of_each_model(tmp_path: Path) -> None:
    quick.perform(tmp_path)
    record = read_record(tmp_path)
    assert [(state.model, state.moment) for state in record.states] == [
        (f"model-{number}", moment) for number in range(quick.MODELS) for moment in ("before", "after")
    ]
    assert all(state.values["load_average"] >= 0 for state in record.states)
    assert {state.host_id for state in record.states} == set(record.hosts)
    (host,) = record.hosts.values()
    assert host["gpus"] == record.states[0].values["gpus"] == []
    assert host["installed"]["numpy"] == host["packages"]["numpy"]


def test_a_study_killed_at_twenty_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rng = random.Random(20)
    for _ in range(20):
        process = subprocess.Popen([sys.executable, str(QUICK), "study", str(tmp_path)], start_new_session=True)
        time.sleep(rng.uniform(0.05, 1.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    outlook, _ = quick.perform(tmp_path)
    assert outlook.missing == 0
    measured = counts(tmp_path)
    assert len(measured) == RUNS
    assert set(measured.values()) == {1}
    assert failures(tmp_path) == {}


def test_a_finished_study_measures_nothing_more(tmp_path: Path) -> None:
    quick.perform(tmp_path)
    before = read_record(tmp_path).runs
    outlook, seen = quick.perform(tmp_path)
    assert (outlook.measured, outlook.missing) == (0, 0)
    assert read_record(tmp_path).runs == before
    assert seen == [Started(quick.study(), RUNS, RUNS)]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("raise", "RuntimeError: the model is broken in two lines"),
        ("die", "killed by SIGKILL"),
        ("exit", "ended with code 3"),
        ("eat", "MemoryError"),
        ("lost", "the GPU is lost"),
    ],
)
def test_a_broken_model_fails_alone_and_can_be_tried_again(tmp_path: Path, mode: str, reason: str) -> None:
    outlook, _ = quick.perform(tmp_path, mode)
    broken = quick.DATASETS * quick.REPETITIONS
    assert (outlook.measured, outlook.failed, outlook.missing) == (RUNS - broken, broken, broken)
    assert list(failures(tmp_path)) == ["model-1"]
    assert all(reason in found for found in failures(tmp_path)["model-1"])
    outlook, _ = quick.perform(tmp_path)
    assert (outlook.measured, outlook.missing) == (broken, 0)


def test_a_model_over_its_time_limit_is_stopped_and_the_others_go_on(tmp_path: Path) -> None:
    outlook, _ = quick.perform(tmp_path, "hang", time_limit_s=3.0)
    assert list(failures(tmp_path)) == ["model-1"]
    assert all("time limit of 3 s" in found for found in failures(tmp_path)["model-1"])
    assert outlook.measured == RUNS - quick.DATASETS * quick.REPETITIONS


def test_the_time_limit_is_that_of_a_run_and_not_of_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By this clock a run of some six messages takes a minute, and the six runs of a model six.
    ticks = itertools.count(step=10)
    monkeypatch.setattr(driver, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    outlook, _ = quick.perform(tmp_path, time_limit_s=200.0)
    assert outlook.measured == RUNS


@pytest.mark.parametrize("mode", ["linger", "stuck"])
def test_a_process_that_does_not_end_after_its_last_run_is_killed_and_that_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """Whether its pipe is closed by then or, a meter not closing, still open."""
    monkeypatch.setattr(driver, "EXIT_S", 0.3)
    monkeypatch.setattr(driver, "GRACE_S", 0.3)
    planned = quick.study()
    cells = planned.cells[:1]
    outlook, _ = quick.perform(tmp_path, mode, study=replace(planned, cells=cells))
    assert (outlook.measured, outlook.failed) == (quick.REPETITIONS, 0)
    (sentence,) = read_record(tmp_path).deviations
    assert "After the last run of model-0, the measuring process did not end within 0.3 s" in sentence


def test_a_process_that_dies_before_it_reads_its_order_fails_its_runs_alone(tmp_path: Path) -> None:
    planned = quick.study()
    many = tuple(f"{place:0100d}.parquet" for place in range(5_000))  # more than fits into a pipe
    cells = tuple(
        replace(item, cell=replace(item.cell, dataset=replace(item.cell.dataset, files=many))) for item in planned.cells
    )
    setting = RunSetting(
        folder=tmp_path, cache=tmp_path, resume=False, child=(sys.executable, "-c", "raise SystemExit(3)")
    )
    outlook = run_study(replace(planned, cells=cells), setting, lambda _: None)
    assert (outlook.measured, outlook.failed) == (0, RUNS)
    assert all("ended with code 3" in reason for reasons in failures(tmp_path).values() for reason in reasons)


def test_the_inputs_of_a_cell_are_read_once_for_all_its_runs(tmp_path: Path) -> None:
    quick.perform(tmp_path, study=replace(quick.study(), load_each_run=True))
    lines = Counter(line for line in (tmp_path / "run.log").read_text().splitlines() if line.startswith("inputs of"))
    assert len(lines) == quick.MODELS * quick.DATASETS
    assert set(lines.values()) == {1}


def test_steady_threads_are_of_a_study_of_the_cpu_and_in_the_record_of_its_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    quick.perform(tmp_path)
    (host,) = read_record(tmp_path).hosts.values()
    assert host["environment"]["OMP_NUM_THREADS"] == "1"
    assert driver._threads("cpu", {"OMP_NUM_THREADS": "4"})["OMP_NUM_THREADS"] == "4"
    assert driver._threads("cuda", {}) == {}


@pytest.mark.parametrize(("mode", "reason"), [("shut", "a lock of another tracker"), ("burst", "OSError: the library")])
def test_where_a_meter_does_not_open_every_run_is_failed_with_the_reason(
    tmp_path: Path, mode: str, reason: str
) -> None:
    outlook, _ = quick.perform(tmp_path, mode)
    assert (outlook.measured, outlook.failed, outlook.missing) == (0, RUNS, RUNS)
    found = failures(tmp_path)
    assert len(found) == quick.MODELS
    assert all(reason in said for reasons in found.values() for said in reasons)
    outlook, _ = quick.perform(tmp_path)
    assert outlook.missing == 0


def test_a_meter_that_does_not_close_leaves_a_deviation_and_every_run(tmp_path: Path) -> None:
    outlook, _ = quick.perform(tmp_path, "unwritten")
    assert outlook.missing == 0
    assert any("model-1" in text and "run.log" in text for text in read_record(tmp_path).deviations)


def test_what_a_meter_notes_is_kept_with_its_window(tmp_path: Path) -> None:
    quick.perform(tmp_path, "noted")
    record = read_record(tmp_path)
    noted = [window for run in record.runs for window in run.outcome.windows if window.notes]
    assert {(window.phase, window.notes) for window in noted} == {(Phase.QUERY, ("The GPU was held back.",))}
    assert len(noted) == RUNS
    assert {finding.check for finding in check_quality(record)} >= {Check.NOTED}


def test_a_random_order_follows_from_the_seed_and_is_kept_when_resumed(tmp_path: Path) -> None:
    study = replace(quick.study(), seed=5, procedure=Procedure(order=RunOrder.RANDOM))
    _, seen = quick.perform(tmp_path / "whole", study=study)
    order = [event.model for event in seen if isinstance(event, ModelStarted)]
    assert order != [f"model-{number}" for number in range(quick.MODELS)]
    assert sorted(order) == [f"model-{number}" for number in range(quick.MODELS)]
    quick.perform(tmp_path / "cut", "raise", study=study)
    _, again = quick.perform(tmp_path / "cut", study=study)
    assert [event.model for event in again if isinstance(event, ModelStarted)] == ["model-1"]


def test_a_model_is_warmed_up_until_it_is_steady_or_the_bound_is_noted(tmp_path: Path) -> None:
    procedure = Procedure(steady_variation=1.0, steady_inferences=3, most_warm_up=8)
    quick.perform(tmp_path / "steady", study=replace(quick.study(), procedure=procedure))
    for run in read_record(tmp_path / "steady").runs:
        warm_up = run.window(Phase.WARM_UP)
        assert warm_up is not None
        assert warm_up.work is not None
        assert 1 + 3 <= warm_up.work.inferences <= 1 + 8
    procedure = replace(procedure, steady_variation=1e-9)
    quick.perform(tmp_path / "unsteady", study=replace(quick.study(), procedure=procedure))
    for run in read_record(tmp_path / "unsteady").runs:
        warm_up = run.window(Phase.WARM_UP)
        assert warm_up is not None
        assert warm_up.work is not None
        assert warm_up.work.inferences == 1 + 8
        assert "was not steady" in warm_up.notes[0]


def test_inputs_are_gone_through_again_until_the_window_is_long_enough(tmp_path: Path) -> None:
    study = quick.study()
    quick.perform(tmp_path, study=replace(study, cells=study.cells[:1], procedure=Procedure(shortest_window_s=0.5)))
    for run in read_record(tmp_path).runs:
        query = run.window(Phase.QUERY)
        assert query is not None
        assert query.work is not None
        assert query.duration_s >= 0.5
        assert query.work.inferences > quick.INFERENCES
        assert query.work.inferences % quick.INFERENCES == 0


def test_the_published_protocol_is_load_and_window_alone(tmp_path: Path) -> None:
    study = quick.study()
    cells = tuple(
        replace(item, cell=replace(item.cell, protocol=replace(item.cell.protocol, warm_up=0))) for item in study.cells
    )
    quick.perform(tmp_path, study=replace(study, idle_s=0.0, load_each_run=True, cells=cells))
    for run in read_record(tmp_path).runs:
        assert [window.phase for window in run.outcome.windows] == [Phase.LOAD, Phase.QUERY]


def test_what_a_library_prints_is_no_message_and_goes_to_the_log(tmp_path: Path) -> None:
    outlook, _ = quick.perform(tmp_path, "noise")
    assert outlook.failed == 0
    assert "not a message" in (tmp_path / "run.log").read_text()


def test_a_changed_study_is_refused_with_the_difference(tmp_path: Path) -> None:
    quick.perform(tmp_path)
    changed = quick.study()
    first = changed.cells[0]
    protocol = replace(first.cell.protocol, inferences=7)
    cells = (PlannedCell(cell=replace(first.cell, protocol=protocol), repetitions=3), *changed.cells[1:])
    with pytest.raises(ResumeError, match=r"model-0, data-0: protocol\.inferences: 5 became 7"):
        quick.perform(tmp_path, study=replace(changed, cells=cells))
    assert len(read_record(tmp_path).runs) == RUNS


def test_a_run_is_not_gone_on_with_unless_asked(tmp_path: Path) -> None:
    quick.perform(tmp_path)
    with pytest.raises(ResumeError, match="holds a run already"):
        quick.perform(tmp_path, resume=False)


def test_a_run_is_not_gone_on_with_on_other_hardware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick.perform(tmp_path, "raise")
    real = driver.host_record

    def other(environment: Any, gpus: Any = ()) -> HostRecord:
        return HostRecord("0" * 16, {**real(environment, gpus).values, "cpu": "Another CPU"})

    monkeypatch.setattr(driver, "host_record", other)
    with pytest.raises(ResumeError, match="and here is Another CPU"):
        quick.perform(tmp_path)
    assert len(read_record(tmp_path).hosts) == 1


def test_a_run_that_goes_on_with_another_driver_or_kernel_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.perform(tmp_path, "raise")
    real = driver.host_record

    def other(environment: Any, gpus: Any = ()) -> HostRecord:
        return HostRecord("0" * 16, {**real(environment, gpus).values, "system": "Linux 9.9"})

    monkeypatch.setattr(driver, "host_record", other)
    quick.perform(tmp_path)
    (sentence,) = read_record(tmp_path).deviations
    assert "another host than the one where it began (system: " in sentence
    assert sentence.endswith("became Linux 9.9).")


def test_a_replayed_release_is_not_measured_into(tmp_path: Path) -> None:
    Journal.create(tmp_path, quick.study(), Origin.REPLAYED).close()
    with pytest.raises(ResumeError, match="replayed"):
        quick.perform(tmp_path)


def test_two_processes_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(ResumeError, match="another process"):
        quick.perform(tmp_path)
    outlook, _ = quick.perform(tmp_path)
    assert outlook.missing == 0


def test_the_measuring_process_dies_with_its_driver(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", f"import runpy,sys; sys.argv=['q','child']; m=runpy.run_path({str(QUICK)!r});"
         f"m['perform'](__import__('pathlib').Path({str(tmp_path)!r}), 'hang')"],
        start_new_session=True,
    )  # fmt: skip
    children: list[int] = []
    while not children:
        assert process.poll() is None
        time.sleep(0.05)
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = [int(word) for word in path.read_text().split()] if path.exists() else []
        children = children if (tmp_path / "journal.sqlite").exists() and len(counts(tmp_path)) >= 6 else []
    process.kill()
    process.wait()
    patience = 200
    while patience and any(_alive(child) for child in children):
        time.sleep(0.05)
        patience -= 1
    assert not any(_alive(child) for child in children)


def _alive(process_id: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process_id}/stat").read_text().split()[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
