"""The bootstrap of models and runs: seeded, order-free, wider than one of runs alone, and it covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.analyse.bootstrap import Interval, mean_interval

GROUPS = [[np.array([1.0, 1.1, 0.9])], [np.array([2.0, 2.2])], [np.array([5.0, 5.1, 4.9]), np.array([4.0, 4.4])]]


def test_the_same_data_give_the_same_interval_in_any_order() -> None:
    first = mean_interval(GROUPS)
    assert first == mean_interval([[cell[::-1] for cell in reversed(cells)] for cells in reversed(GROUPS)])
    assert first != mean_interval(GROUPS, seed=1)


def test_a_single_run_has_no_interval() -> None:
    assert mean_interval([[np.array([1.0])]]) is None
    assert mean_interval([[np.array([])], []]) is None
    assert mean_interval([]) is None


def test_two_runs_have_an_interval_between_them() -> None:
    for models in ([[np.array([1.0, 3.0])]], [[np.array([1.0])], [np.array([3.0])]]):
        assert mean_interval(models) == Interval(1.0, 3.0)


def test_one_model_has_the_interval_of_its_runs() -> None:
    runs = np.random.default_rng(3).normal(10.0, 1.0, 400)
    interval = mean_interval([[runs]])
    assert interval is not None
    half = 1.96 * runs.std(ddof=1) / 20.0
    assert interval.low == pytest.approx(runs.mean() - half, abs=0.02)
    assert interval.high == pytest.approx(runs.mean() + half, abs=0.02)


def test_the_differences_of_a_models_data_sets_are_no_scatter_of_its_runs() -> None:
    short, long = (np.random.default_rng(seed).normal(level, 0.1, 50) for seed, level in ((5, 1.0), (6, 9.0)))
    interval = mean_interval([[short, long]])
    assert interval is not None
    error = np.sqrt(short.var() / 50 + long.var() / 50) / 2.0
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_models_that_differ_widen_the_interval() -> None:
    pooled = mean_interval([[np.concatenate([cell for cells in GROUPS for cell in cells])]])
    by_model = mean_interval(GROUPS)
    assert pooled is not None
    assert by_model is not None
    assert by_model.high - by_model.low > pooled.high - pooled.low


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 1000.0))
def test_the_interval_scales_with_the_unit(factor: float) -> None:
    plain, scaled = mean_interval(GROUPS), mean_interval([[cell * factor for cell in cells] for cells in GROUPS])
    assert plain is not None
    assert scaled is not None
    assert scaled.low == pytest.approx(plain.low * factor, rel=1e-9)
    assert scaled.high == pytest.approx(plain.high * factor, rel=1e-9)


def test_the_interval_covers_the_mean_of_the_models_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        levels = rng.normal(10.0, 2.0, 24)
        interval = mean_interval([[rng.normal(level, 0.3, 5)] for level in levels])
        assert interval is not None
        covered += interval.low <= 10.0 <= interval.high
    assert 0.89 <= covered / 300 <= 0.98
