"""Verdicts follow from the data: they move when the data move, and say what is missing when data are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest

from kit.analyse.evidence import Evidence
from kit.catalog.claims import Claim, load_claims
from kit.claims import judge
from kit.claims.judging import judge_claims
from kit.errors import StudyError
from kit.model.record import Origin
from kit.model.results import Boundary, Estimate, Unavailable, Verdict
from kit.model.runs import Failed
from kit.model.study import Task
from tests import builders
from tests.claims.studies import record_of, with_runs


@pytest.fixture(scope="module")
def paper():
    return record_of()


@pytest.fixture(scope="module")
def verdicts(paper):
    return by_id(judge(paper))


def by_id(results):
    return {(result.claim_id, result.edition): result for result in results}


def verdict_of(record, claim_id, edition="both", boundary=Boundary.PUBLISHED):
    return by_id(judge(record, boundary))[claim_id, edition].verdict


def one(record, **rules):
    """The verdict on a made-up claim of the mean of text generation."""
    given = {"quantity": "task_statistic", "parameters": {"task": "text-generation", "statistic": "mean"}} | rules
    claim = Claim(id="X1", where="here", says="It is so.", published="so much", **given)
    return judge_claims(Evidence(record), (claim,))[0]


def test_every_claim_is_judged_once_and_with_a_sentence(verdicts):
    assert len(verdicts) == len(load_claims())
    for result in verdicts.values():
        assert result.reason.endswith(".")
        assert result.reason[0].isupper() or result.reason[0].isdigit()


def test_the_papers_means_are_reproduced_from_the_papers_cells(verdicts):
    for number in range(1, 11):
        assert verdicts[f"T2.{number}.mean", "both"].verdict is Verdict.REPRODUCED


def test_three_times_the_energy_turns_every_absolute_verdict_and_no_ratio(verdicts):
    tripled = by_id(judge(record_of(factor=3.0)))
    for number in range(1, 11):
        assert tripled[f"T2.{number}.mean", "both"].verdict is Verdict.NOT_REPRODUCED
        before, after = (each[f"T2.{number}.mean", "both"].observed for each in (verdicts, tripled))
        assert after.value == pytest.approx(3.0 * before.value)
    for claim in ("S11.generation", "S9", "F1", "M1.qa", "S10"):
        before, after = verdicts[claim, "both"], tripled[claim, "both"]
        assert after.verdict is before.verdict
        assert after.observed.value == pytest.approx(before.observed.value)


def test_a_task_that_was_not_measured_cannot_be_tested_and_the_others_can(verdicts):
    results = by_id(judge(record_of(lambda key: key.task is not Task.FILL_MASK)))
    assert results["T2.3.mean", "both"].verdict is Verdict.NOT_TESTABLE
    assert "masked language modelling" in results["T2.3.mean", "both"].reason
    assert results["S10", "both"].verdict is Verdict.NOT_TESTABLE
    assert results["T2.1.mean", "both"].observed == verdicts["T2.1.mean", "both"].observed


def test_dropping_models_moves_the_means(verdicts):
    fewer = by_id(judge(record_of(lambda key: key.model not in ("gpt2-xl", "facebook/opt-6.7b"))))
    assert fewer["T2.7.mean", "both"].verdict is Verdict.NOT_REPRODUCED
    assert fewer["T2.7.mean", "both"].observed.value < verdicts["T2.7.mean", "both"].observed.value
    assert fewer["T2.7.mean", "both"].observed.n_models == 6


def test_swapping_two_models_turns_the_directions_between_them(paper, verdicts):
    big, small = "bigscience/bloomz-7b1", "google/flan-t5-xxl"
    swapped = {}
    for cell in paper.cells.values():
        other = {big: small, small: big}.get(cell.model.id)
        if other:
            swapped[cell.cell_id] = next(
                each.cell_id
                for each in paper.cells.values()
                if each.model.id == other and each.task is cell.task and each.dataset == cell.dataset
            )
    runs = [replace(run, cell_id=swapped.get(run.cell_id, run.cell_id)) for run in paper.runs]
    results = by_id(judge(with_runs(paper, runs)))
    assert verdicts["M5.xxl", "both"].verdict is Verdict.DIRECTION
    assert results["M5.xxl", "both"].verdict is Verdict.NOT_REPRODUCED
    assert results["T3.bloomz-7b.kwh", "both"].verdict is Verdict.NOT_REPRODUCED


def test_a_number_that_only_gives_the_printed_one_when_cut_off_says_so(paper):
    value = Decimal(repr(one(paper, printed="0").observed.value))
    units = [Decimal(1).scaleb(-places) for places in range(3, 12)]
    cut = next(
        cut for unit in units if (cut := value.quantize(unit, ROUND_DOWN)) != value.quantize(unit, ROUND_HALF_UP)
    )
    result = one(paper, printed=str(cut))
    assert result.verdict is Verdict.REPRODUCED
    assert "cut off" in result.reason


def test_a_number_that_fails_falls_back_on_the_direction_that_it_implies(paper):
    ratio = {"quantity": "task_ratio", "parameters": {"over": ("text-generation",), "under": ("fill-mask",)}}
    assert one(paper, **ratio, printed="99", above=1.0).verdict is Verdict.DIRECTION
    assert one(paper, **ratio, printed="99", above=50.0).verdict is Verdict.NOT_REPRODUCED
    assert one(paper, **ratio, printed="99").verdict is Verdict.NOT_REPRODUCED
    assert one(paper, **ratio, printed="14", within=0.1).verdict is Verdict.REPRODUCED
    assert one(paper, **ratio, at_least=99.0, above=1.0).verdict is Verdict.DIRECTION
    assert one(paper, **ratio, at_least=10.0).verdict is Verdict.REPRODUCED
    assert one(paper, **ratio, at_most=10.0).verdict is Verdict.NOT_REPRODUCED


def test_a_direction_needs_the_whole_interval(paper):
    ratio = {"quantity": "task_ratio", "parameters": {"over": ("text-generation",), "under": ("fill-mask",)}}
    found = one(paper, **ratio, above=1.0).observed
    assert one(paper, **ratio, above=found.low * 0.99).verdict is Verdict.DIRECTION
    assert one(paper, **ratio, above=found.low * 1.01).verdict is Verdict.NOT_REPRODUCED
    assert one(paper, **ratio, below=found.high * 1.01).verdict is Verdict.DIRECTION
    assert one(paper, **ratio, below=found.high * 0.99).verdict is Verdict.NOT_REPRODUCED


def test_a_direction_without_an_interval_cannot_be_tested():
    record = builders.record(repetitions=1)
    results = by_id(judge(record))
    assert results["M1.sentiment", "both"].verdict is Verdict.NOT_TESTABLE
    assert "interval" in results["M1.sentiment", "both"].reason


def test_a_run_on_another_machine_answers_ratios_and_directions_only(verdicts):
    elsewhere = record_of(origin=Origin.MEASURED, host={"gpus": [{"name": "NVIDIA H100"}]})
    results = by_id(judge(elsewhere))
    absolute = results["T2.10.mean", "both"]
    assert absolute.verdict is Verdict.NOT_TESTABLE
    assert "H100" in absolute.reason
    assert isinstance(absolute.observed, Estimate)
    assert results["F1", "both"].verdict is Verdict.DIRECTION
    assert results["M5.xxl", "both"].verdict is Verdict.DIRECTION


def test_a_new_measurement_on_the_papers_machine_has_a_margin():
    for factor, expected in ((1.15, Verdict.REPRODUCED), (1.3, Verdict.NOT_REPRODUCED)):
        results = by_id(judge(record_of(origin=Origin.MEASURED, factor=factor)))
        assert results["T2.10.mean", "both"].verdict is expected


def test_a_new_measurement_keeps_a_bound_with_its_whole_interval_and_a_replayed_one_with_its_number(paper):
    ratio = {"quantity": "task_ratio", "parameters": {"over": ("text-generation",), "under": ("fill-mask",)}}
    own = record_of(origin=Origin.MEASURED)
    found = one(own, **ratio, above=1.0).observed
    assert one(own, **ratio, at_least=found.low * 0.99).verdict is Verdict.REPRODUCED
    assert one(own, **ratio, at_least=found.low * 1.01).verdict is Verdict.NOT_REPRODUCED
    assert one(own, **ratio, at_most=found.high * 1.01).verdict is Verdict.REPRODUCED
    assert one(own, **ratio, at_most=found.high * 0.99).verdict is Verdict.NOT_REPRODUCED
    assert one(paper, **ratio, at_least=found.low * 1.01).verdict is Verdict.REPRODUCED


def test_an_incomplete_run_on_the_papers_machine_answers_no_absolute_number():
    record = record_of(origin=Origin.MEASURED)
    cut = with_runs(record, record.runs[:-1])
    result = by_id(judge(cut))["T2.1.mean", "both"]
    assert result.verdict is Verdict.NOT_TESTABLE
    assert "1 of its" in result.reason


def test_built_artefacts_answer_nothing_about_weights_or_the_papers_own_counts():
    results = by_id(judge(builders.record()))
    for claim in ("D1.models", "T2.1.mean", "T4.sst2.bloomz-560m"):
        assert results[claim, "both"].verdict is Verdict.NOT_TESTABLE
    assert results["F1", "both"].verdict is Verdict.DIRECTION


@pytest.mark.parametrize("boundary", [Boundary.DEVICE, Boundary.NET])
def test_absolute_numbers_are_those_of_the_published_boundary(boundary):
    record = record_of()
    results = by_id(judge(record, boundary))
    for result in results.values():
        if result.published.endswith(" kWh") and isinstance(result.observed, Estimate) and result.observed.boundary:
            assert result.observed.boundary is Boundary.PUBLISHED or result.verdict is Verdict.NOT_TESTABLE


def test_within_the_device_ratios_are_judged_on_a_machine_that_reads_it():
    record = builders.record(device="cuda")
    results = by_id(judge(record, Boundary.DEVICE))
    assert results["F1", "both"].observed.boundary is Boundary.DEVICE
    assert results["F1", "both"].verdict is Verdict.DIRECTION
    assert results["M1.sentiment", "both"].observed.boundary is Boundary.DEVICE


@pytest.mark.parametrize("kind", ["empty", "failed", "unused"])
def test_a_record_without_runs_that_count_answers_nothing_and_does_not_fail(kind):
    record = builders.record()
    runs = {
        "empty": (),
        "failed": tuple(replace(run, outcome=Failed("out of memory")) for run in record.runs),
        "unused": tuple(replace(run, use="another study") for run in record.runs),
    }[kind]
    results = judge(with_runs(record, runs))
    assert len(results) == len(load_claims())
    assert {result.verdict for result in results} == {Verdict.NOT_TESTABLE}
    assert all(isinstance(result.observed, Unavailable) for result in results)


@pytest.mark.parametrize("lacking", range(0, 24, 5))
def test_an_interrupted_run_is_judged_wherever_it_was_cut(lacking):
    results = judge(builders.record(lacking=lacking))
    assert len(results) == len(load_claims())
    assert Counter(result.verdict for result in results)[Verdict.NOT_TESTABLE] > 100


def test_what_no_measurement_can_answer_says_why(verdicts):
    result = verdicts["S6", "v1"]
    assert result.verdict is Verdict.NOT_TESTABLE
    assert "EPA" in result.reason


def test_published_inputs_that_the_kit_carries_are_named_as_such(verdicts):
    result = verdicts["B3", "both"]
    assert result.verdict is Verdict.REPRODUCED
    assert "no run measures it" in result.reason


def test_the_same_record_gives_the_same_verdicts_in_any_order_of_runs(paper, verdicts):
    again = by_id(judge(with_runs(paper, tuple(reversed(paper.runs)))))
    for key, result in verdicts.items():
        assert again[key].verdict is result.verdict
        if isinstance(result.observed, Estimate):
            assert again[key].observed.value == pytest.approx(result.observed.value)


def test_a_claim_of_an_unknown_quantity_or_parameter_is_an_error_that_names_it(paper):
    with pytest.raises(StudyError, match="no quantity nothing"):
        one(paper, quantity="nothing", printed="1")
    with pytest.raises(StudyError, match="task_statistic"):
        one(paper, parameters={"task": "text-generation", "colour": "red"}, printed="1")
    with pytest.raises(StudyError, match="'cooking' is none of"):
        one(paper, parameters={"task": "cooking", "statistic": "mean"}, printed="1")
