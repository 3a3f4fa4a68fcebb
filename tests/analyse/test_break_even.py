"""The break-even: what it answers, what it refuses, and how sure it is."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.analyse.break_even import (
    RANGES,
    Assumptions,
    Basis,
    InferenceEnergy,
    Never,
    days_until,
    inferences_after,
    inferences_per_download,
    parity,
    time_to_parity,
    training_side,
)
from kit.catalog.break_even_data import load_training
from kit.errors import InputError
from kit.model.results import Boundary, Estimate

TRAINING = load_training()
CLUSTER = TRAINING.cluster
SEVEN = TRAINING.models["bigscience/bloomz-7b1"]
BLOOM = TRAINING.models["bigscience/bloom"]
PUBLISHED = Assumptions(training_grid_g_per_kwh=57.0, serving_grid_g_per_kwh=297.6)

kwh = st.floats(1e-9, 1e3)
studies = st.dictionaries(
    st.sampled_from(["squad", "sst2", "xsum", "sciq", "cnn"]), st.lists(kwh, min_size=1, max_size=4), min_size=1
)


def energy(by_dataset, boundary=Boundary.PUBLISHED):
    return InferenceEnergy(model="a model", boundary=boundary, by_task={"a task": by_dataset})


def parity_of(by_dataset, model=SEVEN, assumptions=PUBLISHED, basis=Basis.ENERGY):
    return parity(model, CLUSTER, energy(by_dataset), assumptions, basis)


def test_the_published_division_is_the_published_setting():
    assert parity_of({"all": (1.0e-4,)}).value == pytest.approx(592_570_000, rel=1e-12)


def test_ten_million_users_reach_parity_in_two_months():
    days = time_to_parity(parity_of({"all": (1.0e-4,)}), PUBLISHED)
    assert days.value == pytest.approx(59.257)
    assert days.unit == "days"


def test_energy_and_carbon_answer_different_questions():
    by_energy = parity_of({"all": (1.0e-4,)})
    by_carbon = parity_of({"all": (1.0e-4,)}, basis=Basis.CARBON)
    assert by_energy.value / by_carbon.value == pytest.approx(297.6 / 57.0)


def test_pue_of_training_puts_parity_off_and_that_of_serving_brings_it_nearer():
    plain = parity_of({"all": (1.0e-4,)}).value
    assert parity_of({"all": (1.0e-4,)}, assumptions=replace(PUBLISHED, training_pue=1.2)).value == pytest.approx(
        1.2 * plain
    )
    assert parity_of({"all": (1.0e-4,)}, assumptions=replace(PUBLISHED, serving_pue=1.2)).value == pytest.approx(
        plain / 1.2
    )


def test_idle_and_embodied_terms_give_blooms_own_account():
    whole = replace(PUBLISHED, idle=True, embodied=True)
    assert training_side(BLOOM, CLUSTER, whole, Basis.ENERGY) == pytest.approx(689_842)
    assert training_side(BLOOM, CLUSTER, whole, Basis.CARBON) / 1e6 == pytest.approx(50.5, rel=2e-3)
    assert training_side(BLOOM, CLUSTER, PUBLISHED, Basis.CARBON) / 1e6 == pytest.approx(24.69, rel=1e-3)


def test_the_embodied_term_does_not_change_parity_by_energy():
    assert parity_of({"a": (1e-4,)}, assumptions=replace(PUBLISHED, embodied=True)) == parity_of({"a": (1e-4,)})


def test_fine_tuning_can_be_left_out():
    left_out = parity_of({"a": (1e-4,)}, assumptions=replace(PUBLISHED, fine_tuning=False))
    assert left_out.value == pytest.approx(516_860_000)


@given(studies, st.floats(1.001, 1e3))
def test_parity_falls_when_an_inference_takes_more(study, factor):
    more = {dataset: [value * factor for value in runs] for dataset, runs in study.items()}
    assert parity_of(more).value < parity_of(study).value


@given(studies, st.floats(1e-3, 1e3))
def test_parity_scales_with_the_training_energy(study, factor):
    scaled = replace(SEVEN, training_kwh=SEVEN.training_kwh * factor, fine_tuning_kwh=SEVEN.fine_tuning_kwh * factor)
    assert parity_of(study, scaled).value == pytest.approx(factor * parity_of(study).value, rel=1e-12)


@settings(deadline=None)
@given(studies, st.sampled_from([3.6e6, 1e3, 859.8452]))
def test_parity_does_not_depend_on_the_unit(study, unit):
    other = {dataset: [value * unit for value in runs] for dataset, runs in study.items()}
    model = replace(SEVEN, training_kwh=SEVEN.training_kwh * unit, fine_tuning_kwh=SEVEN.fine_tuning_kwh * unit)
    assumptions = replace(PUBLISHED, relative_uncertainty=0.1)
    here, there = parity_of(study, assumptions=assumptions), parity_of(other, model, assumptions)
    assert there.value == pytest.approx(here.value, rel=1e-12)
    assert there.low == pytest.approx(here.low, rel=1e-6)
    assert there.high == pytest.approx(here.high, rel=1e-6)


@settings(deadline=None)
@given(studies, st.randoms(use_true_random=False))
def test_parity_does_not_depend_on_the_order_of_runs_or_data_sets(study, shuffler: random.Random):
    items = [(dataset, shuffler.sample(runs, len(runs))) for dataset, runs in study.items()]
    shuffler.shuffle(items)
    assert parity_of(dict(items)) == parity_of(study)


@settings(deadline=None)
@given(studies, st.floats(0.0, 1.0))
def test_an_interval_holds_its_estimate_unless_it_is_withheld(study, uncertainty):
    found = parity_of(study, assumptions=replace(PUBLISHED, relative_uncertainty=uncertainty))
    assert (found.low is None) == (found.high is None)
    assert found.low is None or found.low <= found.high


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_an_energy_that_is_not_finite_is_refused(bad):
    with pytest.raises(InputError, match="not finite"):
        energy({"squad": (1e-4, bad)})


@pytest.mark.parametrize("nothing", [{}, {"QA": {}}, {"QA": {"squad": ()}}, {"QA": {"squad": (1.0,)}, "mask": {}}])
def test_an_absent_energy_is_refused(nothing):
    with pytest.raises(InputError, match="no energy"):
        InferenceEnergy(model="a model", boundary=Boundary.NET, by_task=nothing)


def test_a_negative_energy_is_refused_and_the_advice_names_the_baseline():
    with pytest.raises(InputError, match="less than nothing") as caught:
        energy({"squad": (-1e-4,)}, Boundary.NET)
    assert "idle baseline" in caught.value.advice


def test_an_inference_of_no_energy_never_reaches_parity():
    assert isinstance(parity_of({"squad": (0.0,)}), Never)


def test_an_inference_on_a_grid_without_emissions_never_reaches_parity_by_carbon():
    clean = replace(PUBLISHED, serving_grid_g_per_kwh=0.0)
    found = parity_of({"squad": (1e-4,)}, assumptions=clean, basis=Basis.CARBON)
    assert isinstance(found, Never)
    assert "this grid" in found.reason
    assert time_to_parity(found, clean) is found


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_a_training_energy_that_is_not_positive_and_finite_is_refused(bad):
    with pytest.raises(InputError, match="training energy"):
        parity_of({"squad": (1e-4,)}, replace(SEVEN, training_kwh=bad))
    with pytest.raises(InputError, match="fine-tuning energy"):
        parity_of({"squad": (1e-4,)}, replace(SEVEN, fine_tuning_kwh=bad))


def test_a_parity_beyond_all_numbers_is_refused():
    with pytest.raises(InputError, match="inferences to parity"):
        parity_of({"squad": (5e-324,)})


@pytest.mark.parametrize("name", sorted(RANGES))
@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, -1.0])
def test_assumptions_out_of_range_are_refused_by_name(name, bad):
    with pytest.raises(InputError, match=name.replace("_", " ")):
        replace(PUBLISHED, **{name: bad})


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed"):
        replace(PUBLISHED, seed=-1)


def test_nobody_asking_never_reaches_parity():
    assert isinstance(days_until(1e6, replace(PUBLISHED, users_per_day=0.0)), Never)
    assert isinstance(days_until(1e6, replace(PUBLISHED, queries_per_user=0.0)), Never)


@pytest.mark.parametrize("growth", [-0.5, 0.0, 1.0])
def test_so_few_asking_that_no_number_holds_the_days_never_reach_parity(growth):
    found = days_until(5e8, replace(PUBLISHED, users_per_day=1e-301, growth_per_year=growth))
    assert isinstance(found, Never)
    assert "so few ask" in found.reason


def test_a_use_that_shrinks_too_fast_never_reaches_parity_and_says_where_it_ends():
    found = days_until(1e12, replace(PUBLISHED, growth_per_year=-0.5))
    assert isinstance(found, Never)
    assert f"{1e7 * 365 / math.log(2):.4g}" in found.reason


def test_an_upper_end_that_is_never_reached_is_said():
    inferences = Estimate(
        value=4e9, low=3e9, high=9e9, unit="inferences", boundary=None, n_models=1, n_runs=1, method="a test"
    )
    found = time_to_parity(inferences, replace(PUBLISHED, growth_per_year=-0.5))
    assert found.high is None
    assert found.low < found.value
    assert "never reached" in found.method


@given(st.floats(1.0, 1e12), st.floats(-0.9, 50.0), st.floats(1.0, 1e9))
def test_days_and_inferences_are_each_others_inverse(inferences, growth, users):
    use = replace(PUBLISHED, growth_per_year=growth, users_per_day=users)
    days = days_until(inferences, use)
    if not isinstance(days, Never):
        assert inferences_after(days, use) == pytest.approx(inferences, rel=1e-6)


@given(st.floats(1.0, 1e10), st.floats(-1e-12, 1e-12))
def test_hardly_any_growth_is_like_none(inferences, growth):
    assert days_until(inferences, replace(PUBLISHED, growth_per_year=growth)) == pytest.approx(
        days_until(inferences, PUBLISHED), rel=1e-6
    )


def test_growth_brings_parity_nearer():
    assert days_until(1e10, replace(PUBLISHED, growth_per_year=1.0)) < days_until(1e10, PUBLISHED)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_days_until_no_number_of_inferences_are_refused(bad):
    with pytest.raises(InputError, match="inferences"):
        days_until(bad, PUBLISHED)


def test_inferences_per_download_divide_and_keep_what_is_absent_absent():
    found = parity_of({"all": (1e-4,)})
    assert inferences_per_download(found, 606_096).value == pytest.approx(977.683, rel=1e-5)
    assert inferences_per_download(found, None) is None
    assert isinstance(inferences_per_download(found, 0), Never)
    never = Never("a test")
    assert inferences_per_download(never, 5) is never
    with pytest.raises(InputError, match="downloads"):
        inferences_per_download(found, -1)


def synthetic_studies(count, generator, training_uncertainty):
    """Studies of three tasks, three data sets each, ten runs each, as unlike as sentiment and summaries; and the
    training energy that each states. The true mean is one."""
    levels = np.array([0.3, 0.7, 2.0])[:, None]
    means = levels * np.exp(generator.normal(0.0, 0.25, (count, 3, 3)) - 0.25**2 / 2)
    runs = means[..., None] * generator.normal(1.0, 0.02, (count, 3, 3, 10))
    stated = np.exp(generator.normal(0.0, math.sqrt(math.log1p(training_uncertainty**2)), count))
    return runs, stated


def covered(runs, stated, training_uncertainty):
    """The share of studies whose interval holds the true parity."""
    inside = 0
    for number, study in enumerate(runs.tolist()):
        by_task = {
            str(task): {str(dataset): values for dataset, values in enumerate(datasets)}
            for task, datasets in enumerate(study)
        }
        found = parity(
            replace(SEVEN, training_kwh=1e4 * stated[number], fine_tuning_kwh=None),
            CLUSTER,
            InferenceEnergy(model="a model", boundary=Boundary.PUBLISHED, by_task=by_task),
            replace(PUBLISHED, relative_uncertainty=training_uncertainty, seed=number),
            Basis.ENERGY,
        )
        inside += found.low <= 1e4 <= found.high
    return inside / len(runs)


@pytest.mark.parametrize("training_uncertainty", [0.0, 0.1])
def test_the_interval_covers_the_truth_in_about_95_of_100_synthetic_studies(training_uncertainty):
    runs, stated = synthetic_studies(1_000, np.random.default_rng(20231128), training_uncertainty)
    assert 0.93 <= covered(runs, stated, training_uncertainty) <= 0.97


@pytest.mark.parametrize("shape", [(1, 9, 10), (3, 1, 3), (1, 1, 10), (2, 3, 2), (2, 2, 3)])
def test_the_interval_covers_the_truth_in_smaller_studies_too(shape):
    """Tasks of one data set, and single data sets, whose runs scatter: 3 sets are what the embedded study has."""
    generator = np.random.default_rng(7)
    scatter = 0.3 if shape[1] * shape[0] > 1 else 0.0
    means = np.exp(generator.normal(0.0, scatter, (1_000, *shape[:2])) - scatter**2 / 2)
    runs = means[..., None] * generator.normal(1.0, 0.02, (1_000, *shape))
    assert 0.93 <= covered(runs, np.ones(1_000), 0.0) <= 0.97


def test_more_runs_and_a_surer_training_energy_narrow_the_interval():
    generator = np.random.default_rng(1)
    few = {"all": tuple(generator.normal(1e-4, 1e-5, 5))}
    many = {"all": tuple(generator.normal(1e-4, 1e-5, 50))}
    width = [found.high / found.low for found in (parity_of(few), parity_of(many))]
    assert width[1] < width[0]
    unsure = parity_of(many, assumptions=replace(PUBLISHED, relative_uncertainty=0.2))
    assert unsure.high / unsure.low > width[1]


def test_a_single_run_has_no_interval_but_for_the_training_energy():
    alone = parity_of({"all": (1e-4,)})
    assert alone.low is alone.high is None
    unsure = parity_of({"all": (1e-4,)}, assumptions=replace(PUBLISHED, relative_uncertainty=0.1))
    assert unsure.low < unsure.value < unsure.high
    assert "single value" in unsure.method


def test_net_energies_on_both_sides_of_zero_have_no_interval():
    found = parity_of({"a": (-1e-6,), "b": (1e-4,), "c": (2e-4,), "d": (1e-4,)})
    assert found.low is found.high is None
    assert "not above zero" in found.method


def test_runs_that_do_not_differ_have_an_interval_of_no_width():
    found = parity_of({"all": (1e-4,) * 5})
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(found.value)


def test_values_too_uneven_for_an_interval_have_none():
    found = parity_of({"a": (1e-300,), "b": (1.0,), "c": (1e300,)})
    assert found.low is found.high is None
    assert "too uneven" in found.method


def test_few_data_sets_are_given_student_t_and_it_says_so():
    assert "Student's t over 3 data sets" in parity_of({"a": (1e-4,), "b": (2e-4,), "c": (3e-4,)}).method
    assert "bootstrap over 5 data sets" in parity_of({name: (1e-4 + ord(name) / 1e6,) for name in "abcde"}).method


def test_tasks_are_levels_and_only_the_data_sets_within_them_scatter():
    within = {
        "a": {"x": (1.0e-5,), "y": (1.1e-5,), "z": (0.9e-5,)},
        "b": {"u": (1.0e-3,), "v": (1.1e-3,), "w": (0.9e-3,)},
    }
    apart = {f"{task}{name}": runs for task, by_name in within.items() for name, runs in by_name.items()}
    by_task = InferenceEnergy(model="a model", boundary=Boundary.PUBLISHED, by_task=within).estimate(seed=0)
    as_one = energy(apart).estimate(seed=0)
    assert by_task.value == pytest.approx(as_one.value)
    assert by_task.high / by_task.low < 2 < as_one.high / as_one.low
    assert "over 6 data sets of 2 tasks" in by_task.method


def test_the_energy_of_an_inference_has_an_interval_of_its_own():
    found = energy({"a": (1e-4,), "b": (2e-4,), "c": (3e-4,), "d": (1.5e-4,)}).estimate(seed=0)
    assert found.low < found.value < found.high
    assert found.unit == "kwh"
    assert energy({"a": (1e-4,)}).estimate(seed=0).low is None
