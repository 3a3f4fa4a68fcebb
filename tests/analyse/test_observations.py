"""Boundaries of a run's energy: what is counted, what is taken away, and what is absent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.analyse import observe
from kit.analyse.idle_power import estimate_idle_power
from kit.model.readings import Provenance, Reading
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.runs import Failed, Grid, Measured, Phase, Run, Window, Work
from tests import builders

J_PER_KWH = 3_600_000.0
METER = "codecarbon 2.3.1"


def record_of(*windows: Window, device: str = "cuda") -> Record:
    """A record with one run of the given windows."""
    study = builders.study(device=device)
    cell = study.cells[0].cell
    run = Run("r", cell.cell_id, 1, "h", Measured(windows))
    return replace(builders.record(device=device), study=study, runs=(run,))


def window(phase: Phase, duration_s: float, inferences: int | None = None, **energies_j: float) -> Window:
    """A window whose readings are named by component, `gpu8` being the sum of eight."""
    names = {"gpu8": "gpu/sum-of-8", "gpu": "gpu/GPU-1", "cpu": "cpu", "ram": "ram"}
    readings = tuple(
        Reading(names[key], value, Provenance.COUNTER if key.startswith("gpu") else Provenance.CONSTANT, METER)
        for key, value in energies_j.items()
    )
    work = Work(inferences, 100 * inferences, 7 * inferences) if inferences is not None else None
    grid = Grid("USA", "oregon", None, 0.5) if inferences is not None else None
    return Window(phase, "2023-10-02T20:20:22", duration_s, readings, work, grid=grid)


def test_published_counts_all_that_codecarbon_read_scaled_to_1000_inferences() -> None:
    found = observe(record_of(window(Phase.QUERY, 10.0, 500, gpu=3.6e6, cpu=1.8e6, ram=1.8e6)))[0]
    assert found.energy_kwh_per_1000[Boundary.PUBLISHED] == pytest.approx(4.0)
    assert found.parts_kwh_per_1000 == pytest.approx({"gpu": 2.0, "cpu": 1.0, "ram": 1.0})
    assert found.provenance[Boundary.PUBLISHED] == "constant and counter"
    assert found.duration_s_per_1000 == pytest.approx(20.0)
    assert found.emissions_g_per_1000 == pytest.approx(1.0)
    assert (found.input_tokens, found.output_tokens) == (100.0, 7.0)


def test_net_is_the_device_less_its_own_idle_power() -> None:
    found = observe(
        record_of(
            window(Phase.IDLE_BEFORE, 2.0, gpu=100.0),
            window(Phase.QUERY, 10.0, 1000, gpu=3600.0, cpu=1.0),
            window(Phase.IDLE_AFTER, 2.0, gpu=140.0),
        )
    )[0]
    assert found.energy_kwh_per_1000[Boundary.DEVICE] == pytest.approx(3600.0 / J_PER_KWH)
    assert found.energy_kwh_per_1000[Boundary.NET] == pytest.approx((3600.0 - 60.0 * 10.0) / J_PER_KWH)


def test_without_an_idle_window_there_is_no_net() -> None:
    found = observe(record_of(window(Phase.QUERY, 10.0, 1000, gpu=3600.0)))[0]
    assert Boundary.NET not in found.energy_kwh_per_1000


def test_without_a_reading_of_the_device_only_the_published_boundary_is_there() -> None:
    found = observe(record_of(window(Phase.QUERY, 10.0, 1000, cpu=3600.0, ram=3600.0)))[0]
    assert set(found.energy_kwh_per_1000) == {Boundary.PUBLISHED}


def test_the_sum_of_eight_gives_device_and_net_by_the_idle_power_while_loading() -> None:
    record = record_of(window(Phase.LOAD, 10.0, gpu8=8 * 50.0 * 10.0), window(Phase.QUERY, 10.0, 1000, gpu8=7000.0))
    idle = estimate_idle_power(record)
    assert idle is not None
    assert (idle.power_w, idle.windows) == (pytest.approx(50.0), 1)
    found = observe(record)[0]
    assert found.energy_kwh_per_1000[Boundary.DEVICE] == pytest.approx((7000.0 - 7 * 500.0) / J_PER_KWH)
    assert found.energy_kwh_per_1000[Boundary.NET] == pytest.approx((7000.0 - 8 * 500.0) / J_PER_KWH)
    assert "estimated" in found.provenance[Boundary.NET]


def test_the_range_of_an_estimated_idle_power_is_carried_through() -> None:
    loads = [window(Phase.LOAD, 10.0, gpu8=8 * power * 10.0) for power in (40.0, 50.0, 60.0)]
    record = record_of(loads[0], window(Phase.QUERY, 10.0, 1000, gpu8=7000.0))
    more = tuple(
        replace(record.runs[0], run_id=f"r{place}", repetition=place, outcome=Measured((load,)))
        for place, load in enumerate(loads[1:], start=2)
    )
    whole = replace(record, runs=(*record.runs, *more))
    idle = estimate_idle_power(whole)
    assert idle is not None
    assert (idle.low_w, idle.power_w, idle.high_w) == pytest.approx((41.0, 50.0, 59.0))
    found = observe(whole)[0]
    low, high = found.energy_range_kwh_per_1000[Boundary.NET]
    assert low < found.energy_kwh_per_1000[Boundary.NET] < high


def test_the_device_of_a_machine_without_a_gpu_is_its_cpu() -> None:
    cpu = Reading("cpu", 40.0, Provenance.MODEL, METER)
    query = replace(window(Phase.QUERY, 10.0, 1000, ram=10.0), readings=(cpu,))
    found = observe(record_of(query, device="cpu"))[0]
    assert found.energy_kwh_per_1000[Boundary.DEVICE] == pytest.approx(40.0 / J_PER_KWH)


def test_failed_runs_and_runs_without_a_query_give_nothing() -> None:
    record = builders.record(failing=2)
    assert len(observe(record)) == len(record.runs) - 2
    assert observe(record_of(window(Phase.LOAD, 1.0, gpu=1.0))) == ()
    only_failed = replace(record, runs=tuple(replace(run, outcome=Failed("x")) for run in record.runs))
    assert observe(only_failed) == ()


def test_the_idle_power_is_unknown_where_no_sum_was_read() -> None:
    assert estimate_idle_power(builders.record()) is None
