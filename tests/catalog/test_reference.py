"""The reference is the release's own figures, and can be made again from it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kit.analyse import Observation, observe
from kit.catalog.reference import PATH, load_reference
from kit.model.record import Origin, Record
from kit.model.results import Boundary
from kit.model.study import CellKey
from kit.replay import read_release

COLUMNS: dict[str, Callable[[Observation], float]] = {
    "energy": lambda item: item.energy_kwh_per_1000[Boundary.PUBLISHED],
    "gpu": lambda item: item.parts_kwh_per_1000["gpu"],
    "cpu": lambda item: item.parts_kwh_per_1000["cpu"],
    "ram": lambda item: item.parts_kwh_per_1000["ram"],
    "emissions": lambda item: item.emissions_g_per_1000 or 0.0,
    "duration": lambda item: item.duration_s_per_1000,
}
UNITS = {"emissions": "g", "duration": "s"}


def reference_text(paper_data: Path) -> str:
    """What the data file has to say: a mean and a standard deviation for each column, by cell, in the study's order."""
    release = read_release(paper_data)
    record = Record(
        origin=Origin.REPLAYED,
        study=release.study,
        cells={item.cell.cell_id: item.cell for item in release.study.cells},
        runs=tuple(replace(run) for run in release.runs if run.use is None),
        hosts={},
    )
    groups: dict[CellKey, list[Observation]] = {}
    for item in observe(record):
        groups.setdefault(item.cell.key, []).append(item)
    names = [f"{name}{part}_{UNITS.get(name, 'kwh')}" for name in COLUMNS for part in ("", "_sd")]
    lines = [",".join(["task", "model", "dataset", "n", *names])]
    for planned in release.study.cells:
        key = planned.cell.key
        values = [[column(item) for item in groups[key]] for column in COLUMNS.values()]
        numbers = [f"{figure(found):.9g}" for found in values for figure in (statistics.mean, statistics.stdev)]
        lines.append(",".join([key.task.value, key.model, key.dataset, str(len(groups[key])), *numbers]))
    return "\n".join(lines) + "\n"


def test_the_reference_is_what_the_release_gives(paper_data: Path) -> None:
    text = PATH.read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert any("co2_inference" in line for line in comments)
    assert text.split("\n", len(comments))[-1] == reference_text(paper_data)


def test_every_cell_of_the_paper_has_an_entry_of_ten_runs_whose_parts_add_up() -> None:
    entries = load_reference()
    assert len(entries) == 312
    for entry in entries.values():
        assert entry.n == 10
        assert abs(entry.gpu_kwh + entry.cpu_kwh + entry.ram_kwh - entry.energy_kwh) < 1e-6 * entry.energy_kwh
