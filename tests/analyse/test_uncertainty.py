from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from kit.analyse.uncertainty import Budget, cell_budgets, uncertainty_table
from kit.model.readings import Provenance, Reading
from kit.model.record import Origin, Record
from kit.model.results import Boundary
from kit.model.runs import Failed, Measured, Outcome, Phase, Run, Window, Work
from kit.model.study import Study

GPU = "gpu/GPU-1"
STUDY = Study(
    name="study",
    title="A study",
    description="",
    device="cuda",
    country="USA",
    region=None,
    time_limit_s=60.0,
    seed=0,
    deviations=(),
)


def gpu(energy_j: float, resolution_j: float | None = 0.0) -> Reading:
    return Reading(GPU, energy_j, Provenance.COUNTER, "nvml 580", resolution_j)


def ram(energy_j: float) -> Reading:
    return Reading("ram", energy_j, Provenance.CONSTANT, "codecarbon 3.3.2")


def query(*readings: Reading, duration_s: float = 10.0, inferences: int = 100) -> Window:
    return Window(Phase.QUERY, "2026-01-01T00:00:00", duration_s, readings, Work(inferences))


def idle(power_w: float, phase: Phase) -> Window:
    return Window(phase, "2026-01-01T00:00:00", 5.0, (gpu(5 * power_w),))


def counted(window: Window, boundary: Boundary) -> tuple[Reading, ...] | None:
    if boundary is Boundary.PUBLISHED:
        return window.readings or None
    return tuple(reading for reading in window.readings if reading.component == GPU) or None


def run(*windows: Window, cell: str = "cell", use: str | None = None, outcome: Outcome | None = None) -> Run:
    return Run("run", cell, 1, "host", outcome or Measured(windows), use)


def budgets(runs: Sequence[Run], boundary: Boundary = Boundary.DEVICE) -> tuple[Budget, ...]:
    record = Record(origin=Origin.MEASURED, study=STUDY, cells={}, runs=tuple(runs), hosts={})
    return cell_budgets(record, boundary, counted)


def test_the_scatter_of_repetitions_is_that_of_their_mean() -> None:
    (budget,) = budgets([run(query(gpu(energy_j))) for energy_j in (90.0, 100.0, 110.0)])
    assert budget.energy_j == pytest.approx(1.0)
    assert budget.repetitions == pytest.approx(0.1 / math.sqrt(3))
    assert budget.runs == 3


def test_one_repetition_has_no_scatter_and_the_rest_of_the_budget() -> None:
    (budget,) = budgets([run(query(gpu(100.0, 3.0)))])
    assert budget.repetitions is None
    assert budget.edges == pytest.approx(0.03 / math.sqrt(3))
    assert budget.gain == pytest.approx(0.05 / math.sqrt(3))
    assert budget.combined == pytest.approx(math.hypot(0.03, 0.05) / math.sqrt(3))
    assert budget.expanded == pytest.approx(2 * math.hypot(0.03, 0.05) / math.sqrt(3))


def test_few_scattered_repetitions_are_covered_by_a_larger_factor() -> None:
    def factor(*energies_j: float) -> float | None:
        (budget,) = budgets([run(query(gpu(energy_j, 0.0))) for energy_j in energies_j])
        return budget.coverage_factor

    # Table G.2 of JCGM 100:2008, 95.45 %: 4.53 for two degrees of freedom, 3.31 for three; the gain lifts both.
    assert factor(1.0, 100.0, 199.0) == pytest.approx(4.53, abs=0.05)
    assert factor(1.0, 100.0, 199.0, 100.0) == pytest.approx(3.31, abs=0.05)
    assert factor(99.9, 100.0, 100.1) == pytest.approx(2.0, abs=1e-4)
    assert factor(100.0, 100.0) == 2.0


def test_edges_average_away_and_the_gain_does_not() -> None:
    (one,) = budgets([run(query(gpu(100.0, 3.0)))])
    (four,) = budgets([run(query(gpu(100.0, 3.0)))] * 4)
    assert one.edges is not None
    assert four.edges == pytest.approx(one.edges / 2)
    assert four.gain == one.gain


def test_a_counter_without_a_stated_step_is_taken_for_that_of_an_a100() -> None:
    (budget,) = budgets([run(query(gpu(100.0, None), duration_s=10.0))])
    assert budget.edges == pytest.approx(0.01 / math.sqrt(3))


def test_net_takes_the_idle_power_away_and_states_its_drift() -> None:
    windows = (idle(4.0, Phase.IDLE_BEFORE), query(gpu(100.0)), idle(6.0, Phase.IDLE_AFTER))
    (budget,) = budgets([run(*windows)], Boundary.NET)
    assert budget.energy_j == pytest.approx((100 - 5 * 10) / 100)
    assert budget.drift == pytest.approx(1.0 * 10 / 50 / math.sqrt(3))
    assert budget.gain == pytest.approx(0.05 / math.sqrt(3) * 100 / 50)
    (gross,) = budgets([run(*windows)])
    assert gross.drift is None


def test_net_with_one_baseline_has_no_drift_and_with_none_no_budget() -> None:
    (budget,) = budgets([run(idle(4.0, Phase.IDLE_BEFORE), query(gpu(100.0)))], Boundary.NET)
    assert budget.drift is None
    assert budgets([run(query(gpu(100.0)))], Boundary.NET) == ()


def test_a_net_energy_that_is_not_positive_has_no_relative_uncertainty() -> None:
    (budget,) = budgets([run(idle(20.0, Phase.IDLE_BEFORE), query(gpu(100.0)))], Boundary.NET)
    assert budget.energy_j < 0
    assert (budget.repetitions, budget.edges, budget.gain, budget.combined) == (None, None, None, None)


def test_constants_are_named_with_their_share_and_have_no_budget_of_their_own() -> None:
    (budget,) = budgets([run(query(gpu(100.0), ram(300.0)))], Boundary.PUBLISHED)
    assert budget.unmeasured == {"ram (constant)": pytest.approx(0.75)}
    assert budget.gain == pytest.approx(0.05 / math.sqrt(3) / 4)


def test_an_energy_without_any_measurement_has_no_combined_uncertainty() -> None:
    (budget,) = budgets([run(query(ram(300.0))), run(query(ram(330.0)))], Boundary.PUBLISHED)
    assert budget.combined is None
    assert budget.expanded is None
    assert budget.repetitions is not None


def test_runs_without_a_figure_are_left_out() -> None:
    nothing = [
        run(query(gpu(100.0)), use="a test run"),
        run(outcome=Failed("broken")),
        run(query(ram(1.0))),
        run(Window(Phase.LOAD, "", 1.0, (gpu(1.0),))),
        run(Window(Phase.QUERY, "", 1.0, (gpu(1.0),))),
    ]
    assert budgets(nothing) == ()


def test_the_expanded_uncertainty_covers_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(7)
    covered = 0
    for _ in range(1000):
        gain = 1 + dice.uniform(-0.05, 0.05)
        runs = [run(query(gpu(gain * dice.gauss(100.0, 4.0) + dice.uniform(-6.0, 6.0), 6.0))) for _ in range(5)]
        (budget,) = budgets(runs)
        assert budget.expanded is not None
        covered += abs(budget.energy_j - 1.0) <= budget.expanded * budget.energy_j
    assert 940 <= covered <= 1000


def test_the_table_has_a_row_a_cell_and_leaves_out_what_is_not_known() -> None:
    runs = [run(query(gpu(100.0), ram(300.0)), cell="one"), run(query(ram(300.0)), cell="two")]
    table = uncertainty_table(budgets(runs, Boundary.PUBLISHED))
    assert table.column("cell_id") == ("one", "two")
    assert table.column("unmeasured") == ("ram (constant) 75%", "ram (constant) 100%")
    assert table.column("combined")[1] is None
    assert table.column("repetitions") == (None, None)
