from __future__ import annotations

import threading

import pytest

from kit.errors import MeasurementError
from kit.meters import Clock, MeterSetting, open_meters
from kit.meters.interface import Span, call_every
from tests.meters.fake_clock import FakeClock


def test_a_function_is_called_again_and_again_until_it_is_stopped() -> None:
    called = threading.Semaphore(0)
    stop = call_every(0.001, called.release)
    for _ in range(3):
        assert called.acquire(timeout=10)
    stop()
    while called.acquire(blocking=False):
        pass
    assert not called.acquire(timeout=0.05)


def test_a_span_is_that_of_the_last_ready_and_the_first_asked() -> None:
    clock = FakeClock()
    span = Span(clock.clock())
    span.ready()
    clock.pass_by(0.5)
    span.ready()
    clock.pass_by(2.0)
    first = span.asked()
    clock.pass_by(0.7)
    assert span.asked() == first
    assert first - span.opened_s == pytest.approx(2.0)


def test_a_slewed_clock_is_no_jump() -> None:
    now = [0.0]
    wall = [0.0]
    span = Span(Clock(now=lambda: now[0], wall=lambda: wall[0]))
    span.ready()
    now[0], wall[0] = 600.0, 600.3
    assert span.asked() == 600.0
    span.ready()
    now[0], wall[0] = 601.0, 602.0
    with pytest.raises(MeasurementError, match=r"jumped by \+0\.70 s"):
        span.asked()


def test_meters_come_outermost_first_whatever_the_order_of_their_names(tmp_path: object) -> None:
    from pathlib import Path

    setting = MeterSetting(folder=Path(), device="cpu", country="USA")
    names = [meter.name for meter in open_meters(["codecarbon", "replay", "nvml", "rapl"], setting)]
    assert names == ["nvml", "rapl", "replay", "codecarbon"]
