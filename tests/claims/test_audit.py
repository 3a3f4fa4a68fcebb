"""The audit finds what was put wrong into data, names the definition behind a number, and is silent on sound data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.analyse.evidence import Evidence
from kit.catalog.claims import Claim, load_claims
from kit.claims import audit
from kit.claims.alternatives import alternatives
from kit.claims.audit import number_findings
from kit.claims.data_checks import data_findings
from kit.claims.findings import Subject
from kit.claims.grounds import Grounds
from kit.claims.lists import list_findings
from kit.claims.printed import fit
from kit.model.canonical import canonical_json
from kit.model.record import Origin
from kit.model.runs import IDLE_PHASES, Grid, Measured, Phase
from kit.model.study import Task
from tests import builders
from tests.claims.studies import changed, record_of, with_runs


@pytest.fixture(scope="module")
def paper():
    return record_of()


@pytest.fixture(scope="module")
def findings(paper):
    return {finding.check: finding for finding in audit(paper)}


def checks(record):
    return {finding.check: finding for finding in data_findings(record)}


def spread_out(record):
    """A record whose runs follow one another."""
    moved = [
        changed(run, lambda window, day=day: replace(window, started_at=f"2025-{1 + day // 28:02d}-{1 + day % 28:02d}"))
        for day, run in enumerate(record.runs)
    ]
    return with_runs(record, moved)


@pytest.fixture
def sound():
    return spread_out(builders.record())


def test_sound_data_draw_no_finding_but_unequal_lists(sound):
    assert set(checks(sound)) == {"models of a data set"}


def test_a_run_recorded_in_another_region_is_found(sound):
    elsewhere = changed(
        sound.runs[0],
        lambda w: w if w.grid is None else replace(w, grid=Grid("CAN", "quebec", None, w.grid.emissions_g)),
    )
    found = checks(with_runs(sound, (elsewhere, *sound.runs[1:])))["region"]
    assert "quebec, CAN" in found.sentence
    assert "oregon, USA" in found.sentence
    assert elsewhere.run_id in found.sentence
    assert found.as_stated == "1 run in quebec, CAN"


def test_an_intensity_unlike_the_others_is_found_with_the_run(sound):
    odd = changed(
        sound.runs[3],
        lambda w: w if w.grid is None else replace(w, grid=Grid("USA", "oregon", None, w.grid.emissions_g / 50.0)),
    )
    found = checks(with_runs(sound, (*sound.runs[:3], odd, *sound.runs[4:])))
    assert odd.run_id in found["carbon intensity"].sentence
    assert odd.run_id in found["carbon intensity in published figures"].sentence
    unused = replace(odd, use="not in any table")
    found = checks(with_runs(sound, (*sound.runs[:3], unused, *sound.runs[4:])))
    assert "carbon intensity in published figures" not in found
    assert found["runs set aside"].sentence == "In no published table: 1 measured run, not in any table."


def test_a_copied_run_and_a_repeated_id_are_found(sound):
    copy = replace(sound.runs[0], run_id="copy")
    assert "copied runs" in checks(with_runs(sound, (*sound.runs, copy)))
    twice = replace(sound.runs[1], run_id=sound.runs[0].run_id)
    assert "run ids" in checks(with_runs(sound, (sound.runs[0], twice, *sound.runs[2:])))


def test_a_window_without_energy_or_duration_is_found(sound):
    nothing = changed(sound.runs[0], lambda w: replace(w, readings=tuple(replace(r, energy_j=0.0) for r in w.readings)))
    assert "without energy" in checks(with_runs(sound, (nothing, *sound.runs[1:])))["durations and energies"].sentence
    instant = changed(sound.runs[0], lambda w: replace(w, duration_s=0.5) if w.phase is Phase.QUERY else w)
    found = checks(with_runs(sound, (instant, *sound.runs[1:])))["durations and energies"]
    assert "less than a second" in found.sentence


def test_a_process_at_rest_may_take_less_than_its_model_resolves(sound):
    def at_rest(window):
        zero = tuple(replace(reading, energy_j=0.0) for reading in window.readings)
        return replace(window, readings=zero) if window.phase in IDLE_PHASES else window

    assert any(window.phase in IDLE_PHASES for window in sound.runs[0].outcome.windows)
    assert checks(with_runs(sound, (changed(sound.runs[0], at_rest), *sound.runs[1:]))) == checks(sound)


def test_runs_that_overlap_in_time_are_counted():
    record = builders.record()
    found = checks(record)["overlapping runs"]
    assert "at once" in found.as_stated
    apart = [replace(run, host_id=f"host-{place}") for place, run in enumerate(record.runs)]
    assert "overlapping runs" not in checks(with_runs(record, apart))


def test_a_replayed_window_states_its_end():
    record = spread_out(builders.record())
    first, second = record.runs[:2]
    early = changed(first, lambda w: replace(w, started_at="2025-01-01T10:00:00+00:00", duration_s=3600.0))
    late = changed(second, lambda w: replace(w, started_at="2025-01-01T11:30:00+00:00", duration_s=7200.0))
    runs = (early, late, *record.runs[2:])
    assert "overlapping runs" not in checks(with_runs(record, runs))
    assert "overlapping runs" in checks(replace(with_runs(record, runs), origin=Origin.REPLAYED))


def test_an_outlier_is_named():
    record = spread_out(builders.record(repetitions=6))
    wild = changed(
        record.runs[2],
        lambda w: replace(w, readings=tuple(replace(r, energy_j=r.energy_j * 5.0) for r in w.readings)),
    )
    found = checks(with_runs(record, (*record.runs[:2], wild, *record.runs[3:])))["outliers"]
    assert wild.run_id in found.sentence
    assert "1 run " in found.sentence


def test_a_cell_with_fewer_runs_is_found():
    record = builders.record()
    fewer = with_runs(record, record.runs[:-1])
    assert "Fewer runs than 3: 1 cell" in checks(fewer)["repetitions"].sentence


def test_an_empty_record_has_no_findings():
    assert audit(builders.record(lacking=10_000)) == ()


def test_a_runs_own_data_are_checked_and_no_published_number(sound):
    assert {finding.subject for finding in audit(sound)} == {Subject.DATA}


def test_rounded_means_are_found_behind_a_ratio(findings):
    found = findings["S9"]
    assert "rounded as in Table 2 (2.907 over 0.002)" in found.definition
    assert found.by_definition == "1,453.5"
    assert found.fitting <= found.tried


def test_pairs_of_task_and_data_set_are_found_behind_the_number_of_data_sets(findings):
    found = findings["D1.datasets"]
    assert found.as_stated == "26"
    assert "pairs of task and data set" in found.definition


def test_a_number_that_no_definition_gives_says_how_many_were_tried(findings):
    found = findings["D3"]
    assert found.definition is None
    assert found.tried > 10
    assert f"none of {found.tried} other definitions gives it" in found.sentence


def test_a_value_that_was_cut_off_is_found(findings):
    assert findings["T3.bloomz-3b.grams"].definition == "the same value, cut off and not rounded"


def test_every_figure_that_is_said_to_give_a_published_one_gives_it_as_it_stands(findings):
    printed = {claim.id: claim for claim in load_claims() if claim.printed is not None and claim.within is None}
    told = [(printed[check], found.by_definition) for check, found in findings.items() if check in printed]
    told = [(claim, said) for claim, said in told if said is not None]
    assert len(told) > 10
    for claim, said in told:
        assert fit(float(said.split()[0].replace(",", "")), claim.printed or ""), (claim.id, said)


def test_the_parities_come_from_rounded_energies_but_for_one(findings):
    assert "rounded to 1.0e-4" in findings["T5.4.bloomz-7b"].definition
    assert findings["T5.4.bloomz-3b"].definition is None
    assert "3 kWh more" in findings["T5.4.bloomz-3b"].sentence


def test_a_direction_that_fails_is_asked_task_by_task(findings):
    found = findings["F3"]
    assert "summarization" in found.definition
    assert "extractive QA" in found.sentence


def test_the_definition_is_found_in_the_data_and_not_known_beforehand(paper):
    """A single run is the published number where it is the largest one of the data, whatever that is."""
    grounds = Grounds(Evidence(paper))
    claim = next(claim for claim in load_claims() if claim.id == "S12")
    tried = alternatives(grounds, claim)
    largest = next(item for item in tried if item.words.startswith("the largest single run") and item.departures == 1)
    cells = Evidence(paper).select(Task.TEXT_TO_IMAGE)
    assert largest.value == pytest.approx(max(cell.emissions.max() for cell in cells))


def test_definitions_come_in_the_order_of_their_departures(paper):
    grounds = Grounds(Evidence(paper))
    for claim in load_claims():
        departures = [item.departures for item in alternatives(grounds, claim)]
        assert departures == sorted(departures)


def test_a_quantity_without_a_family_of_definitions_has_none(paper):
    claim = Claim(id="X1", where="", says="", published="", quantity="repetitions", printed="3")
    assert alternatives(Grounds(Evidence(paper)), claim) == ()


def test_three_times_the_energy_is_found_as_numbers_that_nothing_gives():
    tripled = {finding.check: finding for finding in number_findings(Grounds(Evidence(record_of(factor=3.0))))}
    assert "T2.10.mean" in tripled
    assert "T2.1.mean" in tripled


def test_models_of_table_6_that_were_not_measured_are_named(paper):
    found = {finding.check: finding for finding in list_findings(Grounds(Evidence(paper)))}
    assert "oliverguhr/fullstop" in found["token-classification: named, not measured"].sentence
    assert "image-classification: named, not measured" in found
    assert "no figure rests on a run of it" in found["image-classification: named, not measured"].sentence
    renamed = found["object-detection: another name"]
    assert "without the suffix" in renamed.sentence
    assert renamed.published is None


def test_models_that_are_set_aside_because_of_table_6_are_named(paper):
    aside = [
        replace(run, use="a model that the paper leaves out") if paper.cells[run.cell_id].model.id == "gpt2" else run
        for run in paper.runs
    ]
    found = {finding.check: finding for finding in list_findings(Grounds(Evidence(with_runs(paper, aside))))}
    sentence = found["text-generation: measured, not named (task-specific)"].sentence
    assert "gpt2" in sentence
    assert "without and 0.0469 kWh with it" in sentence


def test_what_the_replay_noted_of_the_files_is_a_finding(paper):
    noted = "a.csv publishes 10 runs as one; their base files say that another was measured."
    assert noted in [finding.sentence for finding in data_findings(replace(paper, deviations=(noted,)))]


def test_findings_are_plain_json(paper):
    assert "NaN" not in canonical_json(audit(paper))


def test_a_run_without_readings_is_passed_over(sound):
    assert isinstance(sound.runs[0].outcome, Measured)
    bare = changed(sound.runs[0], lambda window: replace(window, readings=()))
    assert "outliers" not in checks(with_runs(sound, (bare, *sound.runs[1:])))
