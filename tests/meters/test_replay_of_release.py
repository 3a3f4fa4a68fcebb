"""The authors' data, played as power traces through the meter `replay`, give the tables that `kit replay` gives."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kit.analyse import tables
from kit.cli.app import run_command_line
from kit.journal import read_record
from kit.meters.interface import MeterSetting, Span
from kit.meters.replay import ReplayMeter
from kit.model.canonical import canonical_json
from kit.model.readings import Provenance, Reading
from kit.model.record import Record
from kit.model.results import Table, Value
from kit.model.runs import Measured, Run, Window
from tests.meters.fake_clock import FakeClock
from tests.replay.small import copy_small

BEFORE_S = 5.0
"""The trace starts so long before the window, and ends as long after it."""


@pytest.fixture(scope="module")
def released(paper_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("release")
    source = copy_small(paper_data, folder)
    assert run_command_line(["replay", str(source), "--out", str(folder / "run")]) == 0
    return read_record(folder / "run")


def trace(path: Path, component: str, energy_j: float, duration_s: float) -> Path:
    """A trace of the constant power that gives the energy in the duration."""
    power_w = energy_j / duration_s
    content = {
        "schema_version": 1,
        "component": component,
        "meter": "codecarbon of the release",
        "power_field": "mean over the window",
        "started_at": "2023-10-01T00:00:00+00:00",
        "time_s": [0.0, BEFORE_S, BEFORE_S + duration_s, 2 * BEFORE_S + duration_s],
        "power_w": [power_w] * 4,
        "counter_j": [
            0.0,
            BEFORE_S * power_w,
            (BEFORE_S + duration_s) * power_w,
            (2 * BEFORE_S + duration_s) * power_w,
        ],
    }
    path.write_bytes(gzip.compress(canonical_json(content).encode(), mtime=0))
    return path


def played(reading: Reading, duration_s: float, folder: Path) -> Reading:
    """The reading with its energy as the meter reads it in a window of that length. How it was read once is kept."""
    clock = FakeClock()
    path = trace(folder / "trace.json.gz", reading.component, reading.energy_j, duration_s)
    setting = MeterSetting(folder=folder, device="cpu", country="USA", replayed=path, clock=clock.clock())
    meter = ReplayMeter(setting, Span(setting.clock))
    meter.open()
    clock.pass_by(BEFORE_S)
    meter.begin("query")
    clock.pass_by(duration_s)
    (found,) = meter.end().readings
    meter.close()
    assert found.provenance is Provenance.POWER_INTEGRAL
    return replace(reading, energy_j=found.energy_j)


def replayed(run: Run, folder: Path) -> Run:
    if not isinstance(run.outcome, Measured):
        return run
    windows = tuple(_window(window, folder) for window in run.outcome.windows)
    return replace(run, outcome=Measured(windows))


def _window(window: Window, folder: Path) -> Window:
    return replace(window, readings=tuple(played(item, window.duration_s, folder) for item in window.readings))


def numbers(table: Table) -> Iterator[tuple[str, Value]]:
    for row in table.records():
        yield from row.items()


def test_the_meter_replay_gives_the_tables_of_kit_replay(released: Record, tmp_path: Path) -> None:
    through_meter = replace(released, runs=tuple(replayed(run, tmp_path) for run in released.runs))
    energies = [window.readings for run in through_meter.runs for window in run.outcome.windows]  # type: ignore[union-attr]
    assert sum(map(len, energies)) > 300
    expected, found = tables(released), tables(through_meter)
    assert expected.keys() == found.keys()
    assert any(table.rows for table in expected.values())
    for name, table in expected.items():
        for (column, value), (other_column, other) in zip(numbers(table), numbers(found[name]), strict=True):
            assert column == other_column
            assert other == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), (name, column)
