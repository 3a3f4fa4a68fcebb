"""An estimate adds up what the release knows, says what it does not, and takes nothing unknown for zero."""

from __future__ import annotations

import pytest

from kit.plan.estimate import KnownSize, bill, estimate, size
from tests.plan.studies import cell, costs, key, study

A, B, C = cell("m1"), cell("m2"), cell("m1", "y")


def test_the_plan_adds_up_what_the_release_knows_and_counts_the_rest() -> None:
    plan = estimate(study(A, B, C), costs({key("m1"): 1.0}, loading_s=0.0))
    assert (plan.models, plan.datasets, plan.cells, plan.runs, plan.inferences) == (2, 2, 3, 6, 60)
    assert plan.hours == pytest.approx(2 * 10 / 1000)
    assert plan.unknown == 2


def test_loading_counts_for_every_run_where_every_run_loads() -> None:
    each, once = (
        estimate(study(A, load_each_run=each_run), costs({key("m1"): 1.0}, loading_s=36.0))
        for each_run in (True, False)
    )
    assert each.loading_hours == pytest.approx(2 * 0.01)
    assert once.loading_hours == pytest.approx(0.01)
    assert each.hours == pytest.approx(0.02 + 0.02)
    assert each.energy_kwh == pytest.approx(0.02 + 2 * 0.25)
    assert once.energy_kwh == pytest.approx(0.02 + 0.25)


def test_warming_up_and_idling_take_their_time() -> None:
    known = costs({key("m1"): 1.0}, loading_s=0.0)
    plan = estimate(study(cell("m1", warm_up=10), idle_s=18.0), known)
    assert plan.hours == pytest.approx(2 * (20 / 1000 + 36 / 3600))


def test_money_and_emissions_follow_from_hours_and_energy() -> None:
    plan = estimate(study(A), costs({key("m1"): 1.0}))
    found = bill(plan, 25.0, 400.0)
    assert found.usd == pytest.approx(25.0 * plan.hours)
    assert found.carbon_kg == pytest.approx(0.4 * plan.energy_kwh)
    assert bill(plan, 25.0, None).carbon_kg is None


def test_sizes_are_of_each_model_and_data_set_once() -> None:
    found = size(study(A, B, C), {"x": KnownSize(10, 100), "y": KnownSize(1, 2)})
    assert found.download_bytes == 2 * 4_000 + 11
    assert found.disk_bytes == 2 * 4_000 + 11 + 102
    assert (found.unknown_models, found.unknown_datasets) == ((), ())


def test_what_has_no_known_size_is_named() -> None:
    found = size(study(cell("m1", parameters=None), cell("m2", "y")), {"x": KnownSize(10, 100)})
    assert found.unknown_models == ("m1",)
    assert found.unknown_datasets == ("y",)
    assert found.download_bytes == 4_000 + 10


def test_what_the_kit_builds_takes_room_and_is_not_downloaded() -> None:
    found = size(study(cell("m1", artefacts="embedded"), cell("m2", artefacts="tiny")), {})
    assert (found.download_bytes, found.disk_bytes) == (0, 2_000)
    assert found.unknown_models == ("m2",)
    assert found.unknown_datasets == ()


def test_a_cell_that_is_measured_otherwise_takes_another_time_that_is_not_known() -> None:
    plan = estimate(study(cell("m1", artefacts="tiny"), cell("m2", warm_up=1)), costs({key("m1"): 1.0, key("m2"): 1.0}))
    assert plan.unknown == 1
    assert plan.loading_hours == pytest.approx(2 * 0.01)
