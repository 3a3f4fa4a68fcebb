from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kit.analyse.quality_checks import (
    Check,
    QualityFinding,
    Severity,
    check_quality,
    design_power_w,
    quality_table,
)
from kit.model.readings import Provenance, Reading
from kit.model.record import Origin, Record
from kit.model.runs import Failed, Measured, Outcome, Phase, Run, Window, Work
from kit.model.study import Study

GPU = "gpu/GPU-1"
A100 = {"gpus": [{"uuid": "GPU-1", "name": "NVIDIA A100-SXM4-80GB", "power_limit_w": 400.0, "throttle_reasons": []}]}


def reading(
    energy_j: float,
    resolution_j: float | None = None,
    component: str = GPU,
    provenance: Provenance = Provenance.COUNTER,
    meter: str = "nvml 580",
) -> Reading:
    return Reading(component, energy_j, provenance, meter, resolution_j)


def window(*readings: Reading, phase: Phase = Phase.QUERY, duration_s: float = 20.0) -> Window:
    work = Work(inferences=100) if phase is Phase.QUERY else None
    return Window(phase, "2026-01-01T00:00:00", duration_s, readings, work)


def run(*windows: Window, number: int = 1, use: str | None = None, outcome: Outcome | None = None) -> Run:
    return Run(f"run-{number}", "cell", number, "host", outcome or Measured(windows), use)


def record(*runs: Run, device: str = "cuda", host: Mapping[str, Any] | None = None) -> Record:
    study = Study(
        name="study",
        title="A study",
        description="",
        device=device,
        country="USA",
        region=None,
        time_limit_s=60.0,
        seed=0,
        deviations=(),
    )
    return Record(origin=Origin.MEASURED, study=study, cells={}, runs=runs, hosts={"host": host or A100})


def findings(*runs: Run, **settings: Any) -> Sequence[QualityFinding]:
    return check_quality(record(*runs, **settings))


def test_sound_data_give_no_finding() -> None:
    trace = reading(4_050.0, 20.0, provenance=Provenance.POWER_INTEGRAL, meter="nvml 580 trace")
    idle = [window(reading(300.0, 1.0), phase=phase, duration_s=5.0) for phase in (Phase.IDLE_BEFORE, Phase.IDLE_AFTER)]
    runs = [
        run(idle[0], window(reading(4_000.0 + 10 * number, 5.0), trace), idle[1], number=number)
        for number in range(1, 11)
    ]
    assert findings(*runs) == ()


def test_a_counter_that_disagrees_with_the_sampled_power_is_found() -> None:
    trace = reading(4_500.0, 20.0, provenance=Provenance.POWER_INTEGRAL, meter="nvml 580 trace")
    (found,) = findings(run(window(reading(4_000.0, 5.0), trace)))
    assert (found.check, found.severity, found.run_id) == (Check.COUNTER_AGAINST_POWER, Severity.WARNING, "run-1")
    assert "4500.0 J" in found.sentence
    assert "+12%" in found.sentence


@pytest.mark.parametrize(
    ("energy_j", "resolution_j", "duration_s", "found"),
    [
        (1_000.0, 19.0, 20.0, False),
        (1_000.0, 21.0, 20.0, True),
        (1_000.0, None, 5.1, False),
        (1_000.0, None, 4.9, True),
    ],
)
def test_a_window_short_for_its_counter_is_found(
    energy_j: float, resolution_j: float | None, duration_s: float, found: bool
) -> None:
    checks = [item.check for item in findings(run(window(reading(energy_j, resolution_j), duration_s=duration_s)))]
    assert checks == ([Check.WINDOW_AGAINST_PERIOD] if found else [])


def test_a_constant_energy_is_not_judged_by_its_window() -> None:
    constant = reading(10.0, None, component="ram", provenance=Provenance.CONSTANT, meter="codecarbon 3.3.2")
    assert findings(run(window(reading(4_000.0, 5.0), constant))) == ()


@pytest.mark.parametrize(("after_w", "found"), [(60.0, False), (62.0, False), (75.0, True), (40.0, True)])
def test_a_baseline_that_drifts_is_found(after_w: float, found: bool) -> None:
    before = window(reading(300.0, 1.0), phase=Phase.IDLE_BEFORE, duration_s=5.0)
    after = window(reading(5 * after_w, 1.0), phase=Phase.IDLE_AFTER, duration_s=5.0)
    checks = [item.check for item in findings(run(before, window(reading(4_000.0, 5.0)), after))]
    assert checks == ([Check.BASELINE_DRIFT] if found else [])


def test_a_baseline_without_its_counterpart_says_nothing() -> None:
    before = window(reading(300.0), phase=Phase.IDLE_BEFORE, duration_s=5.0)
    other = window(reading(900.0, component="cpu"), phase=Phase.IDLE_AFTER, duration_s=5.0)
    assert findings(run(before, window(reading(4_000.0, 5.0)))) == ()
    assert findings(run(before, window(reading(4_000.0, 5.0)), other)) == ()


def test_reasons_for_throttling_are_found() -> None:
    host = {"gpus": [A100["gpus"][0] | {"throttle_reasons": ["hardware thermal slowdown"]}]}
    (found,) = findings(run(window(reading(4_000.0, 5.0))), host=host)
    assert found.check is Check.THROTTLING
    assert "hardware thermal slowdown" in found.sentence


def test_a_device_at_its_power_limit_is_found() -> None:
    (found,) = findings(run(window(reading(20 * 395.0, 5.0))))
    assert found.check is Check.THROTTLING
    assert "its power limit being 400 W" in found.sentence


def test_repetitions_that_take_longer_and_longer_are_found() -> None:
    runs = [
        run(window(reading(4_000.0, 5.0), duration_s=20.0 + 0.3 * number), number=number) for number in range(1, 11)
    ]
    (found,) = findings(*runs)
    assert (found.check, found.run_id) == (Check.THROTTLING, None)
    assert "took 10% longer" in found.sentence


def test_repetitions_that_scatter_are_found() -> None:
    runs = [run(window(reading(energy_j, 5.0)), number=number) for number, energy_j in enumerate((3_000.0, 4_000.0), 1)]
    (found,) = findings(*runs)
    assert (found.check, found.severity, found.cell_id) == (Check.SPREAD, Severity.WARNING, "cell")
    assert "varies by 20% over 2 repetitions" in found.sentence


def test_an_energy_that_the_device_cannot_take_is_found() -> None:
    checks = {item.check: item.severity for item in findings(run(window(reading(20 * 450.0, 5.0))))}
    assert checks[Check.PHYSICAL_LIMIT] is Severity.ERROR


def test_the_limit_of_a_sum_is_that_of_all_its_gpus() -> None:
    assert findings(run(window(reading(20 * 8 * 390.0, 5.0, component="gpu/sum-of-8")))) == ()
    (found,) = findings(run(window(reading(20 * 8 * 430.0, 5.0, component="gpu/sum-of-8"))))
    assert found.check is Check.PHYSICAL_LIMIT


def test_a_zero_is_found() -> None:
    zero = reading(0.0, component="cpu", provenance=Provenance.MODEL, meter="codecarbon 3.3.2")
    (found,) = findings(run(window(reading(4_000.0, 5.0), zero)))
    assert (found.check, found.severity) == (Check.ZERO_OR_MISSING, Severity.ERROR)
    assert "an energy of zero for cpu" in found.sentence


def test_what_is_missing_is_found() -> None:
    cpu = reading(100.0, 0.1, component="cpu", provenance=Provenance.MODEL)
    assert [item.sentence for item in findings(run(window()))] == ["No energy of the inferences was read."]
    assert [item.check for item in findings(run(window(cpu)))] == [Check.ZERO_OR_MISSING]
    assert findings(run(window(cpu)), device="cpu") == ()
    (found,) = findings(run(window(cpu, phase=Phase.LOAD)))
    assert "no window of its inferences" in found.sentence


def test_failed_and_unused_runs_are_left_out() -> None:
    assert findings(run(window(), use="a test run"), run(outcome=Failed("broken"), number=2)) == ()


@pytest.mark.parametrize(
    ("host", "watts"),
    [
        (A100, 400),
        ({"gpus": [{"name": "NVIDIA A100-PCIE-40GB"}]}, 300),
        ({"gpu_model": "8 x NVIDIA A100-SXM4-80GB"}, 400),
        ({"gpu_model": "1 x NVIDIA H100 PCIe"}, 350),
        ({"gpu_model": "unheard of"}, 1500),
        ({"gpu_model": None}, 1500),
        ({}, 1500),
    ],
)
def test_the_design_power_follows_the_name(host: Mapping[str, Any], watts: float) -> None:
    assert design_power_w(host) == watts


def test_the_table_counts_worst_first_with_an_example() -> None:
    zero = reading(0.0, component="cpu", provenance=Provenance.MODEL)
    runs = [run(window(reading(100.0, 50.0), zero), number=number) for number in (1, 2)]
    table = quality_table(findings(*runs))
    assert [(row[0], row[1], row[2], row[3]) for row in table.rows] == [
        ("zero or missing energy", "error", 2, 1),
        ("window against update period", "warning", 2, 1),
    ]
    assert quality_table(()).rows == ()
