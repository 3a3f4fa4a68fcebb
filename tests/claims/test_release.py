"""Verdicts and audit on the authors' release: what the paper prints follows from it, or the audit says why not."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from kit.analyse.evidence import Evidence
from kit.catalog.claims import load_claims
from kit.catalog.reference import load_reference
from kit.claims import audit, compare, judge
from kit.claims.comparison import Likeness
from kit.claims.findings import Subject
from kit.claims.judging import judge_claims
from kit.cli.app import run_command_line
from kit.journal import read_record
from kit.model.results import Verdict
from kit.model.runs import Measured
from tests.claims.studies import changed, with_runs

QUERY = "query model"


@pytest.fixture(scope="module")
def record(paper_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "run"
    assert run_command_line(["replay", str(paper_data / "released"), "--out", str(folder)]) == 0
    return read_record(folder)


@pytest.fixture(scope="module")
def verdicts(record):
    return {(result.claim_id, result.edition): result for result in judge(record)}


@pytest.fixture(scope="module")
def findings(record):
    return {finding.check: finding for finding in audit(record)}


@pytest.fixture(scope="module")
def rows(paper_data):
    """Every row of every base file, read without the kit."""
    found = []
    for path in (paper_data / "released" / "data" / "emissions" / "base").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


def test_how_many_claims_have_which_verdict(verdicts):
    counts = Counter(result.verdict for result in verdicts.values())
    assert counts[Verdict.REPRODUCED] >= 160
    assert counts[Verdict.DIRECTION] >= 12
    assert counts[Verdict.NOT_REPRODUCED] >= 12
    assert all(
        name.startswith(("S6", "T5.1", "T5.2", "T5.5"))
        for (name, _), result in verdicts.items()
        if result.verdict is Verdict.NOT_TESTABLE
    )


@pytest.mark.parametrize("prefix", ["T2.", "T3.", "T4.", "F6.", "F7.", "T5.3."])
def test_whole_tables_are_reproduced(verdicts, prefix):
    found = [result for (name, _), result in verdicts.items() if name.startswith(prefix)]
    assert found
    assert {result.verdict for result in found} == {Verdict.REPRODUCED}


def test_at_least_eight_published_numbers_are_not_what_the_data_give_as_stated(verdicts, findings):
    numbers = [finding for finding in findings.values() if finding.subject is Subject.NUMBER]
    failed = {name for (name, _), result in verdicts.items() if result.verdict is not Verdict.REPRODUCED}
    assert len([finding for finding in numbers if finding.check.partition(" ")[0] in failed]) >= 8
    assert all(finding.definition or finding.tried for finding in numbers)


def test_the_total_energy_is_that_of_the_gpus_alone(findings, rows):
    gpus = sum(float(row["gpu_energy"]) for row in rows)
    whole = sum(float(row["energy_consumed"]) for row in rows)
    found = findings["D4"]
    assert f"{whole:,.1f}" in found.as_stated
    assert f"{gpus:.2f}" in found.by_definition
    assert "the GPUs alone" in found.definition


def test_the_total_emissions_are_those_of_all_parts_cut_off(findings, rows):
    kilograms = sum(float(row["emissions"]) for row in rows)
    assert findings["D5"].definition == "the same value, cut off and not rounded"
    assert float(findings["D5"].as_stated.split()[0]) == pytest.approx(kilograms, rel=1e-3)


def test_the_greatest_image_model_is_quoted_by_its_greatest_run(findings, rows, paper_data):
    listed = set()
    for path in (paper_data / "released" / "data" / "emissions" / "complete").glob("tti_*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            listed |= {row["run_id"] for row in csv.DictReader(file) if row["project_name"].endswith("xl-base-1.0")}
    runs = [row for row in rows if row["run_id"] in listed and row["task_name"] == QUERY]
    assert len(runs) == 30
    for check, column, scale in (("S8.energy", "energy_consumed", 1.0), ("S12", "emissions", 1_000.0)):
        values = [scale * float(row[column]) for row in runs]
        assert "the largest single run" in findings[check].definition
        assert float(findings[check].by_definition.split()[0].replace(",", "")) == pytest.approx(max(values), rel=1e-3)
        assert float(findings[check].as_stated.split()[0].replace(",", "")) == pytest.approx(fmean(values), rel=1e-3)


def test_ratios_come_from_rounded_means(findings):
    for check in ("S9", "S10"):
        assert "rounded as in Table 2" in findings[check].definition


def test_no_definition_gives_the_stated_intensity_of_the_grid(findings, rows):
    oregon = [row for row in rows if row["region"] == "oregon"]
    ratio = 1_000.0 * np.median([float(row["emissions"]) / float(row["energy_consumed"]) for row in oregon])
    assert findings["D3"].definition is None
    assert float(findings["D3"].as_stated.split()[0]) == pytest.approx(ratio, rel=1e-2)


def test_runs_outside_oregon_are_found(findings, rows):
    elsewhere = {row["run_id"] for row in rows if row["region"] != "oregon"}
    assert findings["region"].as_stated.startswith(f"{len(elsewhere)} runs")
    assert any(run_id in findings["region"].sentence for run_id in elsewhere)


def test_intensities_unlike_the_others_are_found(findings, rows):
    runs = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        runs[row["run_id"]][0] += float(row["emissions"])
        runs[row["run_id"]][1] += float(row["energy_consumed"])
    ratios = {run_id: grams / energy for run_id, (grams, energy) in runs.items()}
    usual = np.median(list(ratios.values()))
    odd = [run_id for run_id, ratio in ratios.items() if abs(ratio / usual - 1.0) > 0.005]
    assert findings["carbon intensity"].as_stated.startswith(f"{len(odd)} runs")


def test_runs_that_are_published_under_another_models_name_are_found(record):
    sentences = [finding.sentence for finding in audit(record) if finding.check == "the release's files"]
    assert any("distilbart-cnn-6-6" in sentence for sentence in sentences)


def test_table_6_and_the_measured_models_differ_as_found(findings):
    assert "none of the 8 models" in findings["token-classification: named, not measured"].as_stated
    found = findings["text-to-image: measured, not named (task-specific)"]
    assert "2.907 kWh without and 2.586 kWh with them" in found.sentence


def test_nothing_knows_the_releases_values(record, verdicts):
    tripled = with_runs(
        record,
        [
            changed(
                run,
                lambda window: replace(
                    window,
                    readings=tuple(replace(item, energy_j=3.0 * item.energy_j) for item in window.readings),
                    grid=replace(window.grid, emissions_g=3.0 * window.grid.emissions_g),
                ),
            )
            for run in record.runs
            if isinstance(run.outcome, Measured)
        ],
    )
    after = {(result.claim_id, result.edition): result for result in judge(tripled)}
    for (name, edition), result in verdicts.items():
        if name.startswith(("T2.", "T3.", "F6.", "F7.", "T5.3.")):
            assert after[name, edition].verdict is Verdict.NOT_REPRODUCED
            assert after[name, edition].observed.value == pytest.approx(3.0 * result.observed.value)
        elif name.startswith(("T4.", "M7.", "D1.", "S9", "S10", "S11", "F1", "F2", "M1")):
            assert after[name, edition].verdict is result.verdict


def test_the_release_is_equivalent_to_the_reference_in_every_cell(record):
    found = compare(record, load_reference())
    assert len(found.cells) == len(load_reference())
    assert all(cell.ratio == pytest.approx(1.0, rel=1e-5) for cell in found.cells)
    assert {cell.likeness for cell in found.cells} == {Likeness.EQUIVALENT}


def test_the_inferences_of_a_run_are_those_whose_tokens_were_counted(record):
    """The emissions files say nothing of their number: what the kit reads them as proves nothing."""
    claim = next(claim for claim in load_claims() if claim.id == "D2.inferences")
    told = judge_claims(Evidence(record), (claim,))[0]
    assert told.verdict is Verdict.REPRODUCED
    shorter = tuple(replace(item, output_tokens=item.output_tokens[:900]) for item in record.lengths)
    fewer = judge_claims(Evidence(replace(record, lengths=shorter)), (claim,))[0]
    assert fewer.reason == "900 is 10 % below the published 1,000 inferences."
    silent = judge_claims(Evidence(replace(record, lengths=())), (claim,))[0]
    assert silent.verdict is Verdict.NOT_TESTABLE
