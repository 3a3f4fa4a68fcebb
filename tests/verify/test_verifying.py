"""The whole verification: what passes, what the recomputation finds, what cannot be done here."""

from __future__ import annotations

import json

import pytest

from kit.errors import InputError, PlatformError, VerificationError
from kit.seal import Deposit, SigningKey
from kit.verify import Outcome, Verification, difference, unseal, verify
from kit.verify import recomputation as recomputing
from tests import builders, deposits

NAMES = [
    "container and paths",
    "digests of every file",
    "signature of the statement",
    "signature of the PDF",
    "the unsigned PDF is its beginning",
    "schema versions and a sound journal",
    "statement and study against the journal",
    "tables from the raw runs",
    "claims from the raw runs",
    "report rendered anew",
    "deviations from the published protocol",
]


def verified(deposit: Deposit, trust: SigningKey | None = None) -> Verification:
    return verify(deposit, trust.certificate if trust else None, deposits.NOW, lambda _: None)


def outcomes(found: Verification) -> dict[str, Outcome]:
    return {step.name: step.outcome for step in found.steps}


def failed(found: Verification) -> list[str]:
    return [step.name for step in found.failures]


def set_file(name: str, data: bytes):
    def edit(content: deposits.Content) -> None:
        content[name] = data

    return edit


@pytest.fixture
def unrendered(monkeypatch) -> None:
    """A machine with another version of a package: rendering, the slow part, is not done."""
    monkeypatch.setattr(recomputing, "software", lambda: {"packages": {"weasyprint": "1.0"}})


def test_every_step_of_an_honest_deposit_passes(real: Deposit, key: SigningKey) -> None:
    heard = []
    found = verify(real, key.certificate, deposits.NOW, heard.append)
    assert [step.name for step in found.steps] == NAMES
    assert [step.number for step in found.steps] == list(range(1, 12))
    assert set(outcomes(found).values()) == {Outcome.PASSED}
    assert heard == list(found.steps)
    assert found.trusted
    assert found.signer == deposits.ADA
    assert found.steps[-1].details == tuple(sorted(builders.study().deviations))


def test_another_version_leaves_the_report_undone_and_says_why(real: Deposit, unrendered: None) -> None:
    found = verified(real)
    assert not found.trusted
    assert outcomes(found)["report rendered anew"] is Outcome.NOT_DONE
    assert found.steps[9].details == ("sealed with other versions of weasyprint",)
    assert found.failures == ()


def test_a_machine_without_the_renderer_computes_everything_else(real: Deposit, monkeypatch) -> None:
    def absent() -> None:
        raise PlatformError("a system library is missing", "install it")

    monkeypatch.setattr(recomputing, "require_renderer", absent)
    found = verified(real)
    assert found.steps[9].details == ("a system library is missing",)
    assert found.failures == ()


def test_an_edited_table_with_all_digests_redone_and_signed_is_found(
    real: Deposit, key: SigningKey, other_key: SigningKey, unrendered: None
) -> None:
    def edit(content: deposits.Content) -> None:
        lines = content["tables/table2.csv"].decode().splitlines()
        cells = lines[1].split(",")
        place = lines[0].split(",").index("mean_kwh")
        cells[place] = repr(float(cells[place]) * 1.01)
        content["tables/table2.csv"] = "\n".join([lines[0], ",".join(cells), *lines[2:], ""]).encode()

    deposits.forge(real, edit, other_key)
    found = verified(real)
    assert failed(found) == ["tables from the raw runs"]
    assert "table2.csv, row 2, mean_kwh" in found.failures[0].details[-1]
    with pytest.raises(VerificationError, match="step 3 failed"):
        verified(real, key)


def test_edited_raw_runs_with_all_digests_redone_are_found_by_the_numbers_and_by_the_signature(
    real: Deposit, key: SigningKey, other_key: SigningKey, unrendered: None
) -> None:
    forged = deposits.journal_bytes(deposits.hotter(builders.record()))
    deposits.forge(real, set_file("journal.sqlite", forged), other_key)
    assert failed(verified(real))[0] == "tables from the raw runs"
    with pytest.raises(VerificationError, match="step 3 failed"):
        verified(real, key)


def test_an_edited_report_is_found_by_rendering(real: Deposit, other_key: SigningKey) -> None:
    deposits.forge(real, lambda content: content.update({"report.html": content["report.html"] + b" "}), other_key)
    assert failed(verified(real)) == ["report rendered anew"]


def test_edited_verdicts_are_found(real: Deposit, other_key: SigningKey, unrendered: None) -> None:
    def edit(content: deposits.Content) -> None:
        content["claims.json"] = content["claims.json"].replace(b'"not testable here"', b'"reproduced"', 1)

    deposits.forge(real, edit, other_key)
    assert failed(verified(real)) == ["claims from the raw runs"]


@pytest.mark.parametrize("claims", [b"[]", b"null", b"{", b"[1, 2]"])
def test_claims_that_are_none_fail_their_step_and_no_other(
    real: Deposit, other_key: SigningKey, unrendered: None, claims: bytes
) -> None:
    deposits.forge(real, set_file("claims.json", claims), other_key)
    assert failed(verified(real)) == ["claims from the raw runs"]


def test_a_statement_that_says_another_thing_than_the_journal_is_found(
    real: Deposit, key: SigningKey, unrendered: None
) -> None:
    statement = deposits.statement_of(real)
    statement["predicate"]["buildDefinition"]["externalParameters"]["deviations"] = []
    real.statement.write_bytes(deposits.sign_statement(statement, key))
    found = verified(real)
    assert failed(found) == ["statement and study against the journal"]
    assert "deviations" in found.failures[0].details[-1]


def test_another_study_beside_the_journal_is_found(real: Deposit, key: SigningKey, unrendered: None) -> None:
    deposits.forge(real, set_file("study.json", b"{}"), key)
    assert failed(verified(real)) == ["statement and study against the journal"]


def test_a_newer_deposit_is_refused_clearly(small: Deposit, key: SigningKey) -> None:
    statement = deposits.statement_of(small)
    statement["predicate"]["buildDefinition"]["buildType"] += "2"
    small.statement.write_bytes(deposits.sign_statement(statement, key))
    with pytest.raises(VerificationError, match=r"step 6 failed.*schema"):
        verified(small)


def journal_with(sql: str, tmp_path) -> bytes:
    import sqlite3

    path = tmp_path / "edited.sqlite"
    path.write_bytes(deposits.journal_bytes(builders.record()))
    with sqlite3.connect(path) as connection:
        connection.executescript(sql)
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE VIEW more AS SELECT 1", "not the tables"),
        ("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END", "not the tables"),
        ("UPDATE meta SET value = '99' WHERE key = 'schema_version'", "schema version 99"),
        ("UPDATE meta SET value = 'x' WHERE key = 'origin'", r"journal: journal\.sqlite: the journal is damaged"),
        ("UPDATE reading SET energy_j = 'much'", r"reading\.energy_j holds what is no real"),
    ],
)
def test_a_journal_that_is_not_the_kits_is_refused(small: Deposit, key, tmp_path, sql: str, reason: str) -> None:
    deposits.forge(small, set_file("journal.sqlite", journal_with(sql, tmp_path)), key)
    with pytest.raises(VerificationError, match=f"step 6 failed.*{reason}"):
        verified(small)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0" + b"\xff" * 5000, b"hello"])
def test_a_journal_that_is_no_database_is_refused(small: Deposit, key: SigningKey, data: bytes) -> None:
    deposits.forge(small, set_file("journal.sqlite", data), key)
    with pytest.raises(VerificationError, match="step 6 failed"):
        verified(small)


def test_an_unsealed_deposit_is_a_runs_folder(real: Deposit, tmp_path) -> None:
    from kit.journal import read_record

    out = tmp_path / "runs" / "one"
    count = unseal(real, out, None, deposits.NOW)
    assert count == sum(path.is_file() for path in out.rglob("*"))
    assert read_record(out) == builders.record()


def test_two_deposits_of_one_run_do_not_differ_and_of_another_do(
    real: Deposit, key: SigningKey, other_key: SigningKey, tmp_path
) -> None:
    other = deposits.copy(real, tmp_path / "other")

    def edit(content: deposits.Content) -> None:
        content["tables/kinds.csv"] = content["tables/kinds.csv"].replace(b"discriminative", b"other")
        claims = json.loads(content["claims.json"])
        claims[0]["verdict"] = "made up"
        content["claims.json"] = json.dumps(claims).encode()

    deposits.forge(other, edit, other_key)
    assert difference(real, real, deposits.NOW).tables == ()
    found = difference(real, other, deposits.NOW)
    assert [change.table for change in found.tables] == ["kinds"]
    assert found.tables[0].columns == ("kind",)
    assert [(change.second) for change in found.claims] == ["made up"]
    deposits.forge(other, set_file("claims.json", b"null"), other_key)
    with pytest.raises(InputError, match="cannot be read"):
        difference(real, other, deposits.NOW)
