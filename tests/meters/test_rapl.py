from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import MeasurementError
from kit.meters import MeterSetting
from kit.meters.interface import Span, UnresolvedError
from kit.meters.rapl import RaplMeter
from kit.model.readings import Provenance
from tests.meters.fake_clock import FakeClock

RANGE_UJ = 1_000_000_000


class Powercap:
    """The kernel's folder, with two packages, one memory, and what is neither."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, label in (("0", "package-0"), ("0:0", "core"), ("0:1", "dram"), ("1", "package-1"), ("2", "psys")):
            self.domain(name).mkdir()
            (self.domain(name) / "name").write_text(label + "\n")
            (self.domain(name) / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
            self.count(name, 500)

    def domain(self, name: str) -> Path:
        return self.folder / f"intel-rapl:{name}"

    def count(self, name: str, energy_uj: int) -> None:
        (self.domain(name) / "energy_uj").write_text(f"{energy_uj}\n")


@pytest.fixture
def powercap(tmp_path: Path) -> Powercap:
    return Powercap(tmp_path)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def opened(powercap: Powercap, clock: FakeClock) -> RaplMeter:
    setting = MeterSetting(folder=powercap.folder, device="cpu", country="USA", clock=clock.clock())
    meter = RaplMeter(setting, Span(setting.clock), powercap.folder)
    meter.open()
    return meter


def test_packages_are_summed_and_memory_is_apart(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    meter.begin("query")
    clock.pass_by(2.0)
    powercap.count("0", 500 + 60_000_000)
    powercap.count("1", 500 + 40_000_000)
    powercap.count("0:1", 500 + 7_000_000)
    powercap.count("2", 500 + 900_000_000)
    readings = {item.component: item for item in meter.end().readings}
    meter.close()
    assert {name: item.energy_j for name, item in readings.items()} == {"cpu": 100.0, "ram": 7.0}
    assert readings["cpu"].provenance is Provenance.COUNTER
    assert readings["cpu"].resolution_j == pytest.approx(0.05)
    assert clock.calls == []


def test_a_counter_that_wraps_twice_is_followed(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    powercap.count("0", RANGE_UJ - 1_000_000)
    meter.begin("query")
    for energy_uj in (600_000_000, 200_000_000, 900_000_000):
        clock.pass_by(30.0)
        powercap.count("0", energy_uj)
        clock.calls[0]()
    powercap.count("1", 500 + 9_000_000)
    (cpu,) = meter.end().readings
    # 601 J over the first wrap, 600 J over the second, 700 J more; and 9 J of the other package.
    assert cpu.energy_j == pytest.approx(1910.0)


def test_a_memory_without_a_count_has_no_reading(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    meter.begin("query")
    clock.pass_by(1.0)
    powercap.count("0", 2_000_000)
    powercap.count("1", 2_000_000)
    assert [item.component for item in meter.end().readings] == ["cpu"]


def test_a_counter_that_stands_still_is_an_error_and_no_zero(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    meter.begin("query")
    clock.pass_by(1.0)
    powercap.count("0", 2_000_000)  # the other package is not known, and the sum is not this one's
    with pytest.raises(UnresolvedError, match="intel-rapl:1 did not move"):
        meter.end()


def test_of_two_memories_with_one_count_there_is_no_reading(powercap: Powercap, clock: FakeClock) -> None:
    powercap.domain("1:0").mkdir()
    (powercap.domain("1:0") / "name").write_text("dram\n")
    (powercap.domain("1:0") / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    powercap.count("1:0", 500)
    meter = opened(powercap, clock)
    meter.begin("query")
    clock.pass_by(1.0)
    for name in ("0", "1", "0:1"):
        powercap.count(name, 2_000_000)
    assert [item.component for item in meter.end().readings] == ["cpu"]


def test_a_counter_that_vanishes_is_an_error(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    meter.begin("query")
    (powercap.domain("1") / "energy_uj").unlink()
    clock.calls[0]()
    clock.pass_by(1.0)
    with pytest.raises(MeasurementError, match="energy_uj"):
        meter.end()
    meter.abandon()


def test_nothing_is_collected_between_windows(powercap: Powercap, clock: FakeClock) -> None:
    meter = opened(powercap, clock)
    meter.begin("load")
    meter.abandon()
    powercap.count("0", 90_000_000)
    clock.calls[0]()
    meter.begin("query")
    clock.pass_by(1.0)
    powercap.count("0", 91_000_000)
    powercap.count("1", 500 + 1_000_000)
    (cpu,) = meter.end().readings
    assert cpu.energy_j == pytest.approx(2.0)


def test_a_machine_without_counters_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    setting = MeterSetting(folder=tmp_path, device="cpu", country="USA", clock=clock.clock())
    with pytest.raises(MeasurementError, match="no RAPL counter here"):
        RaplMeter(setting, Span(setting.clock), tmp_path).open()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_counters_for_root_alone_are_refused_with_advice(powercap: Powercap, clock: FakeClock) -> None:
    (powercap.domain("0") / "energy_uj").chmod(0)
    with pytest.raises(MeasurementError, match="not readable"):
        opened(powercap, clock)
