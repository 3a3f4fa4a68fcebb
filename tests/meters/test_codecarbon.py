"""The real CodeCarbon, on the CPU of this machine."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.errors import MeasurementError
from kit.meters import MeterSetting, open_meters
from kit.meters.codecarbon import CodeCarbonMeter
from kit.meters.gpus import NoNvmlError, list_gpus
from kit.meters.interface import Clock, Span
from kit.model.readings import Provenance


def has_gpu() -> bool:
    try:
        return bool(list_gpus())
    except NoNvmlError:
        return False


pytestmark = pytest.mark.skipif(has_gpu(), reason="these tests are of a machine without a GPU")


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / ".codecarbon.lock"
    monkeypatch.setattr("codecarbon.lock.LOCKFILE", str(path))
    return path


def setting(folder: Path, mode: str = "process", **changes: object) -> MeterSetting:
    values: dict[str, object] = {"folder": folder, "device": "cpu", "country": "USA", "region": "oregon"}
    return MeterSetting(**(values | {"tracking_mode": mode} | changes))  # type: ignore[arg-type]


def opened(chosen: MeterSetting) -> CodeCarbonMeter:
    (meter,) = open_meters(["codecarbon"], chosen)
    assert isinstance(meter, CodeCarbonMeter)
    meter.open()
    return meter


@pytest.fixture
def meter(tmp_path: Path, lock: Path) -> Iterator[CodeCarbonMeter]:
    meter = opened(setting(tmp_path))
    yield meter
    meter.close()


def work(cpu_s: float) -> None:
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


def test_a_window_reads_cpu_and_ram_with_where_they_come_from(meter: CodeCarbonMeter) -> None:
    meter.begin("query")
    work(0.3)
    reading = meter.end()
    by_component = {item.component: item for item in reading.readings}
    assert set(by_component) == {"cpu", "ram"}
    cpu = meter._hardware("CPU")
    expected = {"cpu_load": Provenance.MODEL, "constant": Provenance.CONSTANT, "intel_rapl": Provenance.COUNTER}
    assert by_component["cpu"].provenance is expected[cpu._mode]
    assert by_component["cpu"].meter == meter.name
    assert by_component["ram"].energy_j > 0
    assert by_component["cpu"].energy_j > 0


def test_process_mode_models_the_energy_of_the_cpu_time_used(meter: CodeCarbonMeter) -> None:
    cpu = meter._hardware("CPU")
    if cpu._mode != "cpu_load":
        pytest.skip("this machine has a counter")
    meter.begin("query")
    work(0.5)
    readings = meter.end().readings
    (energy,) = [item for item in readings if item.component == "cpu"]
    assert energy.resolution_j is not None
    assert energy.energy_j == pytest.approx(0.5 * cpu._tdp / cpu._cpu_count, abs=3 * energy.resolution_j)


def test_each_window_holds_its_own_energy_and_not_the_sum(meter: CodeCarbonMeter) -> None:
    power_w = meter._hardware("RAM").total_power().W
    for duration_s in (0.4, 0.1):
        before_s = time.perf_counter()
        meter.begin("query")
        time.sleep(duration_s)
        (energy_j,) = [item.energy_j for item in meter.end().readings if item.component == "ram"]
        # A busy machine draws a window out, and what is around it: so it is held against how long all of that took.
        assert power_w * duration_s * 0.99 < energy_j < power_w * (time.perf_counter() - before_s)


def test_a_process_at_rest_is_modelled_at_zero_with_its_resolution(meter: CodeCarbonMeter) -> None:
    if meter._hardware("CPU")._mode != "cpu_load":
        pytest.skip("this machine has a counter")
    meter.begin("idle-before")
    time.sleep(0.2)
    (cpu,) = [item for item in meter.end().readings if item.component == "cpu"]
    assert cpu.resolution_j is not None
    assert cpu.energy_j <= 5 * cpu.resolution_j


def test_codecarbon_says_where_it_believes_to_be(meter: CodeCarbonMeter) -> None:
    meter.begin("query")
    work(0.1)
    grid = meter.end().grid
    assert grid is not None
    assert (grid.country, grid.region, grid.cloud_region) == ("USA", "oregon", None)
    assert grid.emissions_g is not None
    assert grid.emissions_g > 0


def test_machine_mode_takes_the_ram_for_a_constant(tmp_path: Path, lock: Path) -> None:
    meter = opened(setting(tmp_path, "machine"))
    meter.begin("query")
    work(0.1)
    by_component = {item.component: item for item in meter.end().readings}
    meter.close()
    assert by_component["ram"].provenance is Provenance.CONSTANT
    assert by_component["cpu"].energy_j > 0


def test_closing_writes_codecarbons_own_files_in_the_runs_folder(tmp_path: Path, lock: Path) -> None:
    meter = opened(setting(tmp_path))
    for _ in range(2):
        meter.begin("query")
        work(0.05)
        meter.end()
    meter.close()
    (tasks,) = (tmp_path / "codecarbon").glob("emissions_base_*.csv")
    with tasks.open(newline="") as file:
        names = [row["task_name"] for row in csv.DictReader(file)]
    assert names == ["warm-up of the meter", "query", "query (2)"]
    assert (tmp_path / "codecarbon" / "emissions.csv").is_file()


def test_an_abandoned_window_leaves_the_next_one_whole(meter: CodeCarbonMeter) -> None:
    meter.begin("load")
    meter.abandon()
    meter.abandon()
    meter.begin("query")
    work(0.1)
    assert {item.component for item in meter.end().readings} == {"cpu", "ram"}


def test_nothing_reaches_the_terminal(tmp_path: Path, lock: Path, capfd: pytest.CaptureFixture[str]) -> None:
    meter = opened(setting(tmp_path, "machine"))
    meter.begin("query")
    work(0.05)
    meter.end()
    meter.close()
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out == ""
    assert all(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("codecarbon").handlers)


def test_settings_of_the_environment_do_not_change_the_measurement(
    tmp_path: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODECARBON_PUE", "3.0")
    monkeypatch.setenv("CODECARBON_FORCE_RAM_POWER", "500")
    monkeypatch.setenv("CODECARBON_REGION", "quebec")
    meter = opened(setting(tmp_path, "machine", region=None))
    tracker = meter._tracker
    assert (tracker._pue, tracker._force_ram_power, tracker._region) == (1.0, None, None)
    meter.close()


def test_a_lock_of_another_tracker_is_refused_and_named(tmp_path: Path, lock: Path) -> None:
    lock.touch()
    with pytest.raises(MeasurementError, match="a lock of another CodeCarbon tracker, made by") as caught:
        opened(setting(tmp_path))
    assert str(lock) in caught.value.message
    assert "delete it" in caught.value.advice


def test_no_lock_is_left_behind(meter: CodeCarbonMeter, lock: Path) -> None:
    assert not lock.exists()


def test_an_unknown_country_is_refused(tmp_path: Path, lock: Path) -> None:
    with pytest.raises(MeasurementError, match="does not know the country XYZ"):
        opened(setting(tmp_path, country="XYZ"))


def test_cuda_without_nvml_is_an_error_and_no_zero(tmp_path: Path, lock: Path) -> None:
    with pytest.raises(MeasurementError, match="NVML does not start"):
        opened(setting(tmp_path, device="cuda"))


@pytest.mark.parametrize("kind", ["CPU", "RAM"])
def test_no_energy_for_work_that_was_done_is_an_error_and_no_smaller_sum(meter: CodeCarbonMeter, kind: str) -> None:
    meter.begin("query")
    work(0.2)
    meter._hardware(kind).__dict__["measure_power_and_energy"] = lambda last_duration: (
        getattr(meter._tracker, f"_{kind.lower()}_power"),
        type(getattr(meter._tracker, f"_total_{kind.lower()}_energy")).from_energy(kWh=0),
    )
    with pytest.raises(MeasurementError, match=f"reports 0 J of the {kind}"):
        meter.end()


def test_a_jump_of_the_clock_in_a_window_is_an_error(tmp_path: Path, lock: Path) -> None:
    shift = [0.0]
    clock = Clock(wall=lambda: time.time() + shift[0])
    meter = CodeCarbonMeter(setting(tmp_path), Span(clock))
    meter.open()
    meter.begin("query")
    work(0.05)
    shift[0] = -7.5
    with pytest.raises(MeasurementError, match=r"the clock jumped by -7\.5"):
        meter.end()
    meter.abandon()
    meter.close()


def test_closing_twice_or_unopened_does_nothing(tmp_path: Path, lock: Path) -> None:
    meter = CodeCarbonMeter(setting(tmp_path), Span(Clock()))
    meter.close()
    assert list(tmp_path.iterdir()) == []


def test_meters_of_unknown_or_repeated_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="wattmeter is not a meter"):
        open_meters(["wattmeter"], setting(tmp_path))
    with pytest.raises(MeasurementError, match="one name is given twice"):
        open_meters(["codecarbon", "codecarbon"], setting(tmp_path))
