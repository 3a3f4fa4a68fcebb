from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import MeasurementError
from kit.meters import MeterSetting, open_meters
from kit.meters.interface import Meter
from kit.meters.trace import PowerTrace
from kit.model.readings import Provenance
from tests.meters.fake_clock import FakeClock


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Twenty seconds at 10 Hz: 100 W, rising by 10 W a second."""
    header = {"component": "gpu/GPU-1", "meter": "nvml 580", "power_field": "instantaneous", "started_at": "2026"}
    trace = PowerTrace(tmp_path, "nvml", header, 0.0)
    for place in range(201):
        trace.add(place / 10, 100.0 + place, 1000 * place)
    trace.flush()
    (path,) = tmp_path.iterdir()
    return path


def opened(path: Path | None, clock: FakeClock) -> Meter:
    setting = MeterSetting(folder=Path(), device="cpu", country="USA", replayed=path, clock=clock.clock())
    (meter,) = open_meters(["replay"], setting)
    meter.open()
    return meter


def test_windows_hold_the_traces_energy(recorded: Path) -> None:
    clock = FakeClock()
    meter = opened(recorded, clock)
    clock.pass_by(2.03)
    meter.begin("query")
    clock.pass_by(5.0)
    (reading,) = meter.end().readings
    # Power is 100 + 10 t: from 2.03 to 7.03 s.
    assert reading.energy_j == pytest.approx(500 + 5 * (7.03**2 - 2.03**2), rel=1e-6)
    assert reading.component == "gpu/GPU-1"
    assert reading.provenance is Provenance.POWER_INTEGRAL
    assert reading.meter.startswith("replay ")
    assert reading.resolution_j == pytest.approx(reading.energy_j / 5 * 0.1)


def test_an_abandoned_window_changes_nothing(recorded: Path) -> None:
    clock = FakeClock()
    meter = opened(recorded, clock)
    meter.begin("load")
    meter.abandon()
    clock.pass_by(1.0)
    meter.begin("query")
    clock.pass_by(1.0)
    assert meter.end().readings[0].energy_j == pytest.approx(115.0)
    meter.close()


def test_past_the_end_of_the_trace_nothing_is_known(recorded: Path) -> None:
    clock = FakeClock()
    meter = opened(recorded, clock)
    clock.pass_by(19.0)
    meter.begin("query")
    clock.pass_by(2.0)
    with pytest.raises(MeasurementError, match=r"does not cover the window from 19\.00 to 21\.00 s"):
        meter.end()


def test_a_replay_needs_a_trace() -> None:
    with pytest.raises(MeasurementError, match="has no trace to play"):
        opened(None, FakeClock())
