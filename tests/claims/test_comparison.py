"""Two studies, cell by cell: Welch's interval and two one-sided tests, held against scipy's own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kit.catalog.reference import load_reference
from kit.claims import compare
from kit.claims.comparison import (
    Likeness,
    Moments,
    compare_cell,
    comparison_table,
    moments_of,
    reference_moments,
)
from kit.errors import InputError
from kit.model.results import Boundary
from kit.model.study import CellKey, Task
from tests import builders
from tests.claims.studies import record_of, with_runs

KEY = CellKey(Task.TEXT_GENERATION, "gpt2", "wikitext")


def scipy_equivalence(first, second, margin):
    """The same test by scipy: two Welch tests on logarithms with relative standard deviations."""
    bound = math.log1p(margin)
    sides = [(math.log(side.mean), side.sd / side.mean, side.n) for side in (first, second)]
    p_values = []
    for shift, alternative in ((bound, "greater"), (-bound, "less")):
        (mean, sd, n), other = sides
        p_values.append(
            stats.ttest_ind_from_stats(mean + shift, sd, n, *other, equal_var=False, alternative=alternative).pvalue
        )
    return max(p_values)


moments = st.builds(Moments, st.integers(2, 30), st.floats(0.5, 2.0), st.floats(0.001, 0.5))


@given(moments, moments, st.floats(0.01, 1.0))
def test_the_equivalence_test_is_scipys(first, second, margin):
    found = compare_cell(KEY, first, second, margin)
    assert found.p_equivalence == pytest.approx(scipy_equivalence(first, second, margin), rel=1e-6, abs=1e-12)


@given(moments, moments)
def test_the_interval_holds_the_ratio_and_turns_over_with_the_two(first, second):
    one, other = compare_cell(KEY, first, second, 0.2), compare_cell(KEY, second, first, 0.2)
    assert one.low <= one.ratio <= one.high
    assert other.ratio == pytest.approx(1.0 / one.ratio)
    assert other.low == pytest.approx(1.0 / one.high)
    assert other.p_equivalence == pytest.approx(one.p_equivalence, abs=1e-12)


def test_the_interval_is_welchs():
    first, second = Moments(5, 1.2, 0.1), Moments(8, 1.0, 0.05)
    found = compare_cell(KEY, first, second, 0.2)
    logs = [np.log(side.mean) for side in (first, second)]
    expected = stats.ttest_ind_from_stats(logs[0], 0.1 / 1.2, 5, logs[1], 0.05, 8, equal_var=False)
    assert expected.pvalue > 0.0
    error = math.sqrt((0.1 / 1.2) ** 2 / 5 + 0.05**2 / 8)
    freedom = error**4 / (((0.1 / 1.2) ** 2 / 5) ** 2 / 4 + (0.05**2 / 8) ** 2 / 7)
    reach = stats.t.ppf(0.975, freedom) * error
    assert found.low == pytest.approx(1.2 * math.exp(-reach))
    assert found.high == pytest.approx(1.2 * math.exp(reach))


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [
        (Moments(10, 1.0, 0.02), Moments(10, 1.05, 0.02), Likeness.EQUIVALENT),
        (Moments(10, 1.0, 0.02), Moments(10, 1.5, 0.02), Likeness.DIFFERENT),
        (Moments(10, 1.5, 0.02), Moments(10, 1.0, 0.02), Likeness.DIFFERENT),
        (Moments(3, 1.0, 0.3), Moments(3, 1.0, 0.3), Likeness.UNDECIDED),
        (Moments(1, 1.0, 0.0), Moments(10, 1.0, 0.1), Likeness.UNDECIDED),
        (Moments(3, 1.0, 0.0), Moments(3, 1.1, 0.0), Likeness.EQUIVALENT),
        (Moments(3, 1.0, 0.0), Moments(3, 1.3, 0.0), Likeness.DIFFERENT),
    ],
)
def test_cells_are_equivalent_different_or_undecided(first, second, likeness):
    found = compare_cell(KEY, first, second, 0.2)
    assert found.likeness is likeness
    assert (found.low is None) == (first.n == 1)


def test_the_test_errs_as_rarely_as_it_says():
    """At a true ratio on the margin, equivalence is found in 5 % of studies or a little less."""
    generator = np.random.default_rng(3)
    found = 0
    for _ in range(2_000):
        sides = [generator.normal(mean, 0.03 * mean, 10) for mean in (1.2, 1.0)]
        first, second = (Moments(10, float(side.mean()), float(side.std(ddof=1))) for side in sides)
        found += compare_cell(KEY, first, second, 0.2).likeness is Likeness.EQUIVALENT
    assert 0.03 <= found / 2_000 <= 0.07


def test_a_record_of_the_reference_agrees_with_the_reference():
    found = compare(record_of(), load_reference())
    assert len(found.cells) == len(load_reference())
    assert found.ratio == pytest.approx(1.0)
    assert [agreement.rho for agreement in found.ranks] == pytest.approx([1.0, 1.0])
    assert found.ranks[0].n == 10
    assert not found.only_first
    assert not found.only_second


def test_a_factor_between_two_runs_is_found_in_every_cell():
    found = compare(record_of(factor=1.5), record_of(), margin=0.2)
    assert {round(cell.ratio, 9) for cell in found.cells} == {1.5}
    assert Likeness.EQUIVALENT not in {cell.likeness for cell in found.cells}
    assert found.ratio == pytest.approx(1.5)


def test_the_order_of_models_shows_in_the_rank_correlation():
    record = record_of(lambda key: key.task is Task.TEXT_GENERATION)
    energy = {key: moments.mean for key, moments in moments_of(record, Boundary.PUBLISHED).items()}
    turned = {
        key: type(entry)(
            **{**{name: getattr(entry, name) for name in entry.__slots__}, "energy_kwh": 1.0 / energy[key]}
        )
        for key, entry in load_reference().items()
        if key in energy
    }
    models = compare(record, turned).ranks[1]
    assert models.n == 8
    assert models.rho == pytest.approx(-1.0, abs=0.1)


def test_the_interval_of_a_rank_correlation_is_that_of_bonett_and_wright():
    record = record_of(lambda key: key.task is Task.TEXT_GENERATION)
    reordered = {
        key: replace(entry, energy_kwh=1.0 + len(key.model))
        for key, entry in load_reference().items()
        if key.task is Task.TEXT_GENERATION
    }
    found = compare(record, reordered).ranks[1]
    assert 0.1 < abs(found.rho) < 0.9
    reach = stats.norm.ppf(0.975) * math.sqrt((1.0 + found.rho**2 / 2.0) / (found.n - 3.0))
    ends = math.tanh(math.atanh(found.rho) - reach), math.tanh(math.atanh(found.rho) + reach)
    assert (found.low, found.high) == pytest.approx(ends)


def test_cells_of_one_study_alone_are_listed():
    some = record_of(lambda key: key.task in (Task.FILL_MASK, Task.TEXT_GENERATION))
    others = record_of(lambda key: key.task in (Task.FILL_MASK, Task.OBJECT_DETECTION))
    found = compare(some, others)
    assert {cell.key.task for cell in found.cells} == {Task.FILL_MASK}
    assert {key.task for key in found.only_first} == {Task.TEXT_GENERATION}
    assert {key.task for key in found.only_second} == {Task.OBJECT_DETECTION}


def test_studies_without_a_common_cell_have_no_ratio():
    found = compare(record_of(lambda key: key.task is Task.FILL_MASK), builders.record())
    assert (found.cells, found.ratio) == ((), None)
    assert all(agreement.rho is None for agreement in found.ranks)
    assert comparison_table(found).rows == ()


def test_an_empty_record_can_be_compared():
    found = compare(with_runs(record_of(), ()), load_reference())
    assert found.cells == ()
    assert len(found.only_second) == len(reference_moments(load_reference()))


@pytest.mark.parametrize("margin", [0.0, -0.1, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_refused(margin):
    with pytest.raises(InputError, match="margin"):
        compare(builders.record(), load_reference(), margin)


def test_the_reference_has_the_published_boundary_alone():
    with pytest.raises(InputError, match="device"):
        compare(builders.record(), load_reference(), boundary=Boundary.DEVICE)


def test_the_table_has_a_row_a_cell():
    table = comparison_table(compare(builders.record(), load_reference()))
    assert len(table.rows) == len(builders.CELLS)
    assert all(len(row) == len(table.columns) for row in table.rows)
