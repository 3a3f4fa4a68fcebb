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


def summed(*powers_w: tuple[float, float]) -> Record:
    """A cell with a run for each pair: the power of one GPU of eight while loading, and their mean while querying."""
    record = record_of()
    runs = tuple(
        replace(
            record.runs[0],
            run_id=f"r{place}",
            repetition=place,
            outcome=Measured(
                (
                    window(Phase.LOAD, 10.0, gpu8=8 * loading_w * 10.0),
                    window(Phase.QUERY, 10.0, 1000, gpu8=8 * querying_w * 10.0),
                )
            ),
        )
        for place, (loading_w, querying_w) in enumerate(powers_w, start=1)
    )
    return replace(record, runs=runs)


def test_the_sum_of_eight_gives_device_and_net_by_the_idle_power_while_loading() -> None:
    found = observe(summed((50.0, 87.5)))[0]
    assert found.energy_kwh_per_1000[Boundary.DEVICE] == pytest.approx((7000.0 - 7 * 500.0) / J_PER_KWH)
    assert found.energy_kwh_per_1000[Boundary.NET] == pytest.approx((7000.0 - 8 * 500.0) / J_PER_KWH)
    assert "estimated" in found.provenance[Boundary.NET]


def test_each_run_is_given_the_idle_power_of_its_own_load_window() -> None:
    record = summed((50.0, 52.0), (70.0, 72.0))
    idle = estimate_idle_power(record)
    assert idle is not None
    assert idle.by_run_w == pytest.approx({"r1": 50.0, "r2": 70.0})
    nets = [item.energy_kwh_per_1000[Boundary.NET] for item in observe(record)]
    assert nets == pytest.approx([8 * 2.0 * 10.0 / J_PER_KWH] * 2)


def test_the_range_of_an_estimated_idle_power_is_what_repetitions_leave_open_and_is_carried_through() -> None:
    record = summed((50.0, 59.0), (50.0, 60.0), (50.0, 61.0))
    idle = estimate_idle_power(record)
    assert idle is not None
    wide = 0.9 * 1.5**0.5  # the 5th percentile of -1, 0, 1, with three runs about their own mean
    assert (idle.below_w, idle.above_w) == pytest.approx((-wide, wide))
    found = observe(record)[1]
    for boundary, resting in ((Boundary.DEVICE, 7), (Boundary.NET, 8)):
        whole = found.energy_kwh_per_1000[boundary]
        open_kwh = resting * wide * 10.0 / J_PER_KWH
        assert found.energy_range_kwh_per_1000[boundary] == pytest.approx((whole - open_kwh, whole + open_kwh))


def test_without_a_repetition_the_range_of_the_idle_power_is_unknown() -> None:
    found = observe(summed((50.0, 60.0)))[0]
    assert Boundary.NET in found.energy_kwh_per_1000
    assert found.energy_range_kwh_per_1000 == {}


def test_a_run_without_a_load_window_has_no_device_energy_of_its_own() -> None:
    record = summed((50.0, 60.0), (50.0, 60.0))
    query = replace(record.runs[1], outcome=Measured((window(Phase.QUERY, 10.0, 1000, gpu8=4800.0),)))
    found = observe(replace(record, runs=(record.runs[0], query)))
    assert set(found[0].energy_kwh_per_1000) == set(Boundary)
    assert set(found[1].energy_kwh_per_1000) == {Boundary.PUBLISHED}


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
