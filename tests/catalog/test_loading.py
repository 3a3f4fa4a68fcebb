"""The times of loading are the release's own, and can be made again from it."""

from __future__ import annotations

import statistics
from pathlib import Path

from kit.catalog import load_study
from kit.catalog.loading import PATH, load_loading
from kit.model.runs import Phase, Run
from kit.model.study import Task
from kit.model.units import kwh_from_j
from kit.replay import read_release


def loading_text(paper_data: Path) -> str:
    """What the data file has to say: means of duration and energy by task and model, in the study's order."""
    release = read_release(paper_data)
    cells = {planned.cell.cell_id: planned.cell for planned in release.study.cells}
    groups: dict[tuple[Task, str], list[tuple[float, float]]] = {}
    for run in release.runs:
        if run.use is None:
            cell = cells[run.cell_id]
            groups.setdefault((cell.task, cell.model.id), []).append(loading_of(run))
    order = dict.fromkeys((planned.cell.task, planned.cell.model.id) for planned in release.study.cells)
    lines = ["task,model,n,duration_s,energy_kwh"]
    for task, model in order:
        means = [statistics.mean(values) for values in zip(*groups[task, model], strict=True)]
        lines.append(f"{task.value},{model},{len(groups[task, model])},{means[0]:.6g},{means[1]:.6g}")
    return "\n".join(lines) + "\n"


def loading_of(run: Run) -> tuple[float, float]:
    windows = [window for phase in (Phase.LOAD, Phase.TRANSFER) if (window := run.window(phase)) is not None]
    energy_j = sum(reading.energy_j for window in windows for reading in window.readings)
    return sum(window.duration_s for window in windows), kwh_from_j(energy_j)


def test_the_times_of_loading_are_what_the_release_gives(paper_data: Path) -> None:
    text = PATH.read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("co2_inference" in line for line in comments)
    assert text.split("\n", len(comments))[-1] == loading_text(paper_data)


def test_every_model_of_the_paper_has_a_time_of_loading_for_each_of_its_tasks() -> None:
    wanted = {(planned.cell.task, planned.cell.model.id) for planned in load_study("paper").cells}
    assert set(load_loading()) == wanted
    assert all(entry.duration_s > 0 and entry.energy_kwh > 0 for entry in load_loading().values())
