"""Quantities follow their definitions, are each used by a claim, and say what they rest on."""

from __future__ import annotations

import inspect
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from kit.analyse import tables
from kit.analyse.evidence import Evidence
from kit.analyse.quantities import QUANTITIES, Scale
from kit.analyse.quantities.registry import collected, quantity
from kit.analyse.resampling import (
    Pool,
    interval,
    run_weights,
    weighted_mean,
    weighted_median,
    weighted_model_means,
    weighted_sd,
)
from kit.catalog.claims import load_claims
from kit.errors import StudyError
from kit.model.record import Lengths, Quality
from kit.model.results import Boundary, Estimate, Unavailable
from kit.model.runs import Phase
from kit.model.study import Task
from tests import builders
from tests.claims.studies import changed, record_of, with_runs


@pytest.fixture(scope="module")
def evidence():
    return Evidence(record_of())


def value(evidence, name, **parameters):
    found = QUANTITIES[name](evidence, **parameters)
    assert isinstance(found, Estimate), found
    return found


def energies(evidence, task):
    return np.concatenate([cell.energy for cell in evidence.select(task) if not cell.cell.model.family.multi_purpose])


def test_every_quantity_is_used_by_a_claim_and_every_claims_quantity_is_registered():
    used = {claim.quantity for claim in load_claims() if claim.quantity}
    assert used == set(QUANTITIES)


def test_every_claims_parameters_fit_its_quantity():
    for claim in load_claims():
        if claim.quantity:
            inspect.signature(QUANTITIES[claim.quantity].function).bind(None, **claim.parameters)


def test_a_name_registered_twice_is_refused():
    one, other = (quantity("one", Scale.RELATIVE)(lambda evidence: None) for _ in range(2))
    with pytest.raises(ValueError, match="registered twice"):
        collected([SimpleNamespace(one=one), SimpleNamespace(other=other)])


def test_no_quantity_fails_on_an_empty_record():
    empty = Evidence(builders.record(lacking=10_000))
    for claim in load_claims():
        if claim.quantity and QUANTITIES[claim.quantity].scale is not Scale.STATED:
            found = QUANTITIES[claim.quantity](empty, **claim.parameters)
            assert isinstance(found, Unavailable) or found.boundary is None, claim.id


@pytest.mark.parametrize("statistic", ["mean", "sd", "median"])
def test_a_tasks_statistic_is_that_of_all_its_runs(evidence, statistic):
    values = energies(evidence, Task.OBJECT_DETECTION)
    expected = {"mean": values.mean(), "sd": values.std(ddof=1), "median": np.median(values)}[statistic]
    found = value(evidence, "task_statistic", task="object-detection", statistic=statistic)
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high
    assert (found.n_models, found.n_runs, found.boundary) == (8, values.size, Boundary.PUBLISHED)


def test_the_mean_of_a_task_and_its_interval_are_those_of_table_2(evidence):
    table = {(row["task"], row["boundary"]): row for row in tables(evidence.record)["table2"].records()}
    for task in Task:
        found = value(evidence, "task_statistic", task=task.value, statistic="mean")
        row = table[task.value, "published"]
        assert found.value == pytest.approx(row["mean_kwh"], rel=1e-12)
        assert (found.low, found.high) == pytest.approx((row["ci_low_kwh"], row["ci_high_kwh"]), rel=1e-12)


def test_a_multi_purpose_models_mean_is_that_of_table_3(evidence):
    for row in tables(evidence.record)["table3"].records():
        if row["boundary"] == "published":
            found = value(evidence, "model_mean", of="energy", model=row["model"])
            assert found.value == pytest.approx(row["mean_kwh"], rel=1e-12)


def test_ratios_are_ratios_of_means(evidence):
    mean = {task: energies(evidence, task).mean() for task in Task}
    over, under = Task.TEXT_GENERATION, Task.FILL_MASK
    found = value(evidence, "task_ratio", over=(over.value,), under=(under.value,))
    assert found.value == pytest.approx(mean[over] / mean[under])
    assert found.low < found.value < found.high
    extremes = value(evidence, "task_extremes_ratio")
    assert extremes.value == pytest.approx(max(mean.values()) / min(mean.values()))


def test_the_least_and_the_most_of_a_task_are_named(evidence):
    least = value(evidence, "extreme_model", of="energy", which="least", task="text-generation")
    most = value(evidence, "extreme_model", of="energy", which="most", task="text-generation")
    assert least.value < most.value
    assert least.method.startswith("distilgpt2: ")
    charges = value(evidence, "extreme_model", of="energy", which="least", task="text-generation", charge_kwh=0.012)
    assert charges.value == pytest.approx(least.value / 0.012)


def test_separation_is_of_the_closest_data_set(evidence):
    task = Task.QUESTION_ANSWERING
    gaps = []
    for dataset in ("squad", "squad_v2", "sciq"):
        cells = evidence.select(task, dataset=dataset)
        multi = min(cell.emissions.mean() for cell in cells if cell.cell.model.family.multi_purpose)
        specific = max(cell.emissions.mean() for cell in cells if not cell.cell.model.family.multi_purpose)
        gaps.append(multi / specific)
    found = value(evidence, "separation", of="emissions", task=task.value)
    assert found.value == pytest.approx(min(gaps))


def test_a_total_counts_the_runs_that_no_table_uses(evidence):
    record = evidence.record
    whole = sum(r.energy_j for run in record.runs for w in run.outcome.windows for r in w.readings) / 3.6e6
    assert value(evidence, "total_energy").value == pytest.approx(whole)


def test_the_intensity_is_emissions_over_energy(evidence):
    energy = value(evidence, "total_energy").value
    emissions = value(evidence, "total_emissions").value
    assert value(evidence, "intensity").value == pytest.approx(1_000.0 * emissions / energy)


def test_structure_beats_size_only_where_tasks_differ_more_than_sizes(evidence):
    assert value(evidence, "structure_over_size").low > 0.0
    one_task = Evidence(record_of(lambda key: key.task is Task.TEXT_GENERATION))
    assert isinstance(QUANTITIES["structure_over_size"](one_task), Unavailable)


def test_decoders_are_paired_with_the_seq2seq_model_nearest_in_size(evidence):
    sizes = {"bigscience/bloomz-7b1": "google/flan-t5-xxl", "bigscience/bloomz-3b": "google/flan-t5-xl"}
    kept = Evidence(record_of(lambda key: key.model in (*sizes, *sizes.values()) and key.dataset == "sciq"))
    mean = {cell.cell.model.id: cell.emissions.mean() for cell in kept.cells}
    expected = np.sqrt(np.prod([mean[decoder] / mean[other] for decoder, other in sizes.items()]))
    assert value(kept, "decoder_over_seq2seq").value == pytest.approx(expected)
    alike = Evidence(record_of(lambda key: key.model in ("bigscience/bloomz-7b1", "google/flan-t5-xl")))
    assert value(alike, "decoder_over_seq2seq").n_models == 2  # 2.5 times as large
    apart = Evidence(record_of(lambda key: key.model in ("bigscience/bloomz-3b", "google/flan-t5-large")))
    assert isinstance(QUANTITIES["decoder_over_seq2seq"](apart), Unavailable)


def test_the_slope_against_length_is_that_of_the_data():
    record = record_of(lambda key: key.task is Task.SUMMARIZATION)
    emissions = {cell.cell.cell_id: cell.emissions.mean() for cell in Evidence(record).cells}
    multi = [cell for cell in record.cells.values() if cell.model.family.multi_purpose]
    slope = {"decoder-only": 0.5, "seq2seq": 0.25}
    lengths = tuple(
        Lengths(
            cell.cell_id,
            (1, 1),
            (tokens := round(1e6 * np.log(emissions[cell.cell_id]) / slope[cell.model.architecture]), tokens),
        )
        for cell in multi
    )
    found = Evidence(replace(record, lengths=lengths))
    difference = value(found, "length_slope_difference")
    assert difference.value == pytest.approx(0.25e-6, rel=1e-3)
    assert value(found, "length_slope").value > 0.0


def test_tokens_are_means_over_inferences():
    record = builders.record()
    flan = next(cell for cell in record.cells.values() if cell.model.id == "google/flan-t5-base")
    own = next(lengths for lengths in record.lengths if lengths.cell_id == flan.cell_id)
    found = value(Evidence(record), "mean_tokens", side="output", dataset="sst2", model="google/flan-t5-base")
    assert found.value == pytest.approx(np.mean(own.output_tokens))
    assert found.low is None


def test_quality_is_compared_data_set_by_data_set():
    record = record_of(lambda key: key.task is Task.TEXT_CLASSIFICATION and key.dataset == "sst2")
    multi = [cell.model.id for cell in record.cells.values() if cell.model.family.multi_purpose]
    specific = [cell.model.id for cell in record.cells.values() if not cell.model.family.multi_purpose]

    def quality(model, number):
        return Quality(model, "sst2", "text-classification", "accuracy", number)

    given = (
        *(quality(model, 0.9 + 0.001 * place) for place, model in enumerate(multi)),
        *(quality(model, 0.7 + 0.01 * place) for place, model in enumerate(specific)),
    )
    found = Evidence(replace(record, quality=given))
    n = len(multi)
    assert n == len(specific) == 8
    expected = 0.2 - (0.01 - 0.001) * (n - 1) / 2
    difference = value(found, "quality_difference")
    assert difference.value == pytest.approx(expected)
    assert difference.low < expected < difference.high
    assert value(found, "quality_spread_ratio").value == pytest.approx(0.1)
    assert isinstance(QUANTITIES["quality_difference"](found, task="summarization"), Unavailable)


def test_a_single_run_gives_a_value_without_an_interval():
    evidence = Evidence(builders.record(repetitions=1))
    found = value(evidence, "model_mean", of="energy", model="gpt2")
    assert (found.low, found.high, found.n_runs) == (None, None, 1)


def test_emissions_within_a_boundary_keep_the_meters_intensity():
    record = builders.record(device="cuda")
    whole, device = (Evidence(record, boundary) for boundary in (Boundary.PUBLISHED, Boundary.DEVICE))
    for one, other in zip(whole.cells, device.cells, strict=True):
        assert other.emissions / other.energy == pytest.approx(one.emissions / one.energy)
        assert (other.energy < one.energy).all()


def test_an_energy_below_the_idle_power_has_no_ratio():
    record = builders.record(device="cuda")
    idle = {Phase.IDLE_BEFORE, Phase.IDLE_AFTER}
    drained = with_runs(
        record,
        [
            changed(
                run,
                lambda window: (
                    replace(window, readings=tuple(replace(r, energy_j=1e6 * r.energy_j) for r in window.readings))
                    if window.phase in idle
                    else window
                ),
            )
            for run in record.runs
        ],
    )
    evidence = Evidence(drained, Boundary.NET)
    assert all((cell.energy < 0.0).all() for cell in evidence.cells)
    for claim in load_claims():
        if claim.quantity and QUANTITIES[claim.quantity].scale is Scale.RELATIVE:
            assert isinstance(QUANTITIES[claim.quantity](evidence, **claim.parameters), Unavailable), claim.id


def test_unknown_words_are_named(evidence):
    with pytest.raises(StudyError, match="'largest' is none of least, most"):
        QUANTITIES["extreme_model"](evidence, of="energy", which="largest", task="text-generation")
    with pytest.raises(StudyError, match="'power' is none of energy, emissions"):
        QUANTITIES["model_mean"](evidence, of="power", model="gpt2")


def test_weighted_statistics_are_those_of_the_repeated_values():
    generator = np.random.default_rng(0)
    values = generator.normal(size=12)
    weights = generator.integers(0, 4, size=(12, 50)).astype(float)
    for drawn, mean, sd, median in zip(
        weights.T,
        weighted_mean(values, weights),
        weighted_sd(values, weights),
        weighted_median(values, weights),
        strict=True,
    ):
        repeated = np.repeat(values, drawn.astype(int))
        assert mean == pytest.approx(repeated.mean())
        assert sd == pytest.approx(repeated.std(ddof=1))
        assert median == pytest.approx(np.median(repeated))


def test_every_resample_draws_as_many_runs_of_a_cell_as_there_are():
    runs = Pool(np.arange(6.0), np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1]), ("a", "b"))
    fixed = run_weights(runs, np.random.default_rng(1), over_models=False)
    assert (fixed[:3].sum(axis=0) == 3).all()
    assert (fixed[3:].sum(axis=0) == 3).all()
    drawn = run_weights(runs, np.random.default_rng(1), over_models=True)
    assert (drawn.sum(axis=0) == 6).all()
    assert set(drawn[:3].sum(axis=0)) == {0.0, 3.0, 6.0}
    means = weighted_model_means(runs, drawn)
    assert (np.isnan(means[:, 0]) == (drawn[:3].sum(axis=0) == 0)).all()


def test_an_interval_of_one_number_is_none():
    assert interval(np.full(100, 2.0)) == (None, None)
    assert interval(np.full(100, np.nan)) == (None, None)
    assert interval(np.arange(1_001.0)) == pytest.approx((25.0, 975.0))


def test_the_interval_of_a_ratio_covers_the_truth():
    """Of 300 studies of two tasks with ten models each, the interval holds the true ratio in nine of ten or more."""
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        draws, values = [], []
        for mean in (1.0, 3.0):
            models = np.repeat(mean * generator.lognormal(-0.02, 0.2, 10), 4)
            runs = Pool(
                models * generator.normal(1.0, 0.02, 40), np.repeat(np.arange(10), 4), np.repeat(np.arange(10), 4),
                tuple("abcdefghij"),
            )  # fmt: skip
            draws.append(weighted_mean(runs.values, run_weights(runs, generator, over_models=True)))
            values.append(runs.values.mean())
        low, high = interval(draws[1] / draws[0])
        held += low <= 3.0 <= high
    assert 0.87 <= held / 300 <= 0.99
