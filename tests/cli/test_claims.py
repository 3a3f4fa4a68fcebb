"""`kit claims`, `kit audit` and `kit compare`, as they are typed."""

from __future__ import annotations

import json

import pytest

from kit.cli.app import run_command_line
from kit.model.record import Origin
from tests import builders
from tests.claims.studies import record_of


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "run"
    place.mkdir()
    return builders.write_journal(place, builders.record())


@pytest.fixture
def replayed(tmp_path):
    place = tmp_path / "paper"
    place.mkdir()
    return builders.write_journal(place, record_of())


def typed(capsys, *words):
    code = run_command_line([str(word) for word in words])
    return code, capsys.readouterr()


def test_claims_prints_verdicts_and_writes_them(folder, capsys):
    code, shown = typed(capsys, "claims", folder)
    assert code == 0
    assert "direction reproduced  F1:" in shown.out
    assert "T2.1.mean" not in shown.out
    assert "claims: " in shown.out.splitlines()[-1]
    written = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    assert len(written) > 200
    assert {"claim_id", "edition", "observed", "published", "reason", "verdict"} <= set(written[0])


def test_claims_as_json_are_the_ones_that_are_written(folder, capsys):
    code, shown = typed(capsys, "claims", folder, "--json")
    assert code == 0
    assert json.loads(shown.out) == json.loads((folder / "claims.json").read_text(encoding="utf-8"))


def test_claims_that_cannot_be_tested_are_shown_where_asked_for(folder, capsys):
    _, shown = typed(capsys, "claims", folder, "--all")
    assert "not testable here     T2.1.mean" in shown.out


def test_another_boundary_is_shown_and_not_written(folder, capsys):
    code, shown = typed(capsys, "claims", folder, "--boundary", "device")
    assert code == 0
    assert "F1:" in shown.out
    assert not (folder / "claims.json").exists()


def test_an_interrupted_and_an_empty_run_are_judged(tmp_path, capsys):
    for name, lacking in (("cut", 10), ("empty", 10_000)):
        place = tmp_path / name
        place.mkdir()
        builders.write_journal(place, builders.record(lacking=lacking))
        code, shown = typed(capsys, "claims", place)
        assert code == 0
        assert "not testable here" in shown.out
    assert "0 reproduced" in shown.out


def test_audit_prints_a_line_a_finding_and_counts(replayed, capsys):
    code, shown = typed(capsys, "audit", replayed)
    assert code == 0
    assert "number S9: " in shown.out
    assert "list   token-classification: named, not measured" in shown.out
    assert "of published numbers" in shown.out.splitlines()[-1]


def test_audit_as_json(replayed, capsys):
    code, shown = typed(capsys, "audit", replayed, "--json")
    assert code == 0
    assert {"check", "definition", "published", "sentence", "tried"} <= set(json.loads(shown.out)[0])


def test_compare_with_the_reference(folder, capsys):
    code, shown = typed(capsys, "compare", folder, "reference")
    assert code == 0
    assert "8 cells in both" in shown.out
    assert "Spearman's rho" in shown.out


def test_compare_two_runs_as_json(folder, replayed, capsys):
    code, shown = typed(capsys, "compare", folder, replayed, "--json", "--margin", "0.5")
    assert code == 0
    found = json.loads(shown.out)
    assert found["margin"] == 0.5
    assert len(found["cells"]) == 8


def test_compare_draws_the_same_picture_twice(folder, tmp_path, capsys):
    pictures = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for picture in pictures:
        assert typed(capsys, "compare", folder, "reference", "--plot", picture)[0] == 0
    drawn = [picture.read_bytes() for picture in pictures]
    assert drawn[0] == drawn[1]
    assert b"<svg" in drawn[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--margin", "-1"), "margin"),
        (("--plot", "picture.png"), ".svg"),
        (("--boundary", "net"), "net"),
    ],
)
def test_what_compare_cannot_do_is_an_error_with_advice(folder, capsys, words, message):
    code, shown = typed(capsys, "compare", folder, "reference", *words)
    assert code == 2
    assert message in shown.err
    assert "advice:" in shown.err


def test_a_plot_of_nothing_in_common_is_an_error(folder, tmp_path, capsys):
    place = tmp_path / "other"
    place.mkdir()
    builders.write_journal(place, record_of(lambda key: key.dataset == "xsum", origin=Origin.MEASURED))
    code, shown = typed(capsys, "compare", folder, place, "--plot", tmp_path / "x.svg")
    assert code == 2
    assert "no cell in common" in shown.err


@pytest.mark.parametrize("command", [("claims",), ("audit",), ("compare", "{}", "reference")])
def test_a_folder_without_a_journal_is_an_error(tmp_path, capsys, command):
    words = [word.format(tmp_path) for word in command] if len(command) > 1 else [*command, tmp_path]
    code, shown = typed(capsys, *words)
    assert code != 0
    assert "no journal" in shown.err
