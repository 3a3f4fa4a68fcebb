"""The commands of publishing, as they are typed."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from kit.cli.app import run_command_line
from kit.errors import InputError
from kit.journal import read_record
from kit.seal import SigningKey, facts_of, find_deposit
from kit.seal.container import read_container
from kit.seal.statement import build_statement
from tests import builders, deposits


def crate(folder: Path) -> dict[str, bytes]:
    return read_container(find_deposit(folder).crate.read_bytes())


def test_a_key_is_made_and_its_fingerprint_told(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["keygen", "--name", "Ada", "--out", str(tmp_path), "--passphrase-file", str(keys / "passphrase")]
    assert run_command_line(words) == 0
    assert re.search(r"fingerprint: [0-9a-f]{64}", capsys.readouterr().out)
    assert run_command_line([*words[:4], str(tmp_path / "two"), *words[5:], "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"key", "certificate", "fingerprint"}
    assert run_command_line(words) == 4


def test_the_passphrase_comes_from_the_environment_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_PASSPHRASE", "correct horse")
    assert run_command_line(["keygen", "--name", "Ada", "--out", str(tmp_path)]) == 0
    assert deposits.load_key(tmp_path / "kit-key.pem", b"correct horse")
    assert run_command_line(["keygen", "--name", "Ada", "--out", "x", "--passphrase-file", str(tmp_path / "no")]) == 2
    capsys.readouterr()
    monkeypatch.delenv("KIT_PASSPHRASE")
    assert run_command_line(["keygen", "--name", "Ada", "--out", str(tmp_path / "two")]) == 2
    assert "nobody to ask" in capsys.readouterr().err


def test_a_deposit_holds_the_run_and_nothing_else(sealed: Path, run: Path) -> None:
    content = crate(sealed)
    expected = {
        "journal.sqlite",
        "study.json",
        "revisions.json",
        "software.json",
        "host.json",
        "run.log",
        "claims.json",
    }
    expected |= {"report.html", "report.pdf", "zenodo.json", "CITATION.cff", "SHA256SUMS", "ro-crate-metadata.json"}
    expected |= {"traces/nvml-1.json.gz", "codecarbon/emissions_base_1.csv"}
    expected |= {"locks/requirements-core.lock", "locks/requirements-measure.lock"}
    assert {name for name in content if not name.startswith("tables/")} == expected
    assert "tables/old.csv" not in content
    assert "tables/table2.csv" in content
    assert sorted(path.name for path in sealed.iterdir()) == [
        "small.certificate.pem", "small.crate.zip", "small.intoto.json", "small.pdf",
    ]  # fmt: skip
    assert not any(name.startswith("deposit") for name in (path.name for path in run.iterdir()))


def test_two_seals_of_one_run_have_the_same_crate(key: SigningKey, tmp_path: Path) -> None:
    record = builders.record()
    first, second = (
        deposits.make(deposits.small_files(record), record, key, tmp_path / name) for name in ("one", "two")
    )
    assert first.crate.read_bytes() == second.crate.read_bytes()
    assert first.certificate.read_bytes() == second.certificate.read_bytes()


def test_a_journal_that_is_in_use_is_copied_whole_and_without_its_log(keys: Path, tmp_path: Path) -> None:
    """Rows that only the write-ahead log holds come along."""
    folder = builders.write_journal(tmp_path, builders.record())
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        connection.execute("INSERT INTO deviation VALUES ('Added just now.')")
        connection.commit()
        assert (folder / "journal.sqlite-wal").stat().st_size > 0
        copied = tmp_path / "copy"
        copied.mkdir()
        deposits.snapshot(folder, copied)
    connection.close()
    assert [path.name for path in copied.iterdir()] == ["journal.sqlite"]
    assert "Added just now." in read_record(copied).deviations


def test_metadata_name_paper_licence_creator_and_run(sealed: Path) -> None:
    content = crate(sealed)
    graph = {item["@id"]: item for item in json.loads(content["ro-crate-metadata.json"])["@graph"]}
    root = graph["./"]
    assert root["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert root["creator"] == {"@id": "https://orcid.org/0000-0002-1825-0097"}
    assert graph["https://orcid.org/0000-0002-1825-0097"]["name"] == "Ada Example"
    assert graph["#run"]["actionStatus"] == {"@id": "http://schema.org/CompletedActionStatus"}
    zenodo = json.loads(content["zenodo.json"])
    assert zenodo["creators"] == [{"name": "Ada Example", "orcid": "0000-0002-1825-0097"}]
    assert zenodo["related_identifiers"][0]["identifier"] == "10.1145/3630106.3658542"
    citation = yaml.safe_load(content["CITATION.cff"])
    assert citation["authors"] == [{"name": "Ada Example", "orcid": "https://orcid.org/0000-0002-1825-0097"}]
    assert citation["references"][0]["authors"][0]["family-names"] == "Luccioni"


def test_the_statement_names_every_file_and_the_provenance(sealed: Path) -> None:
    deposit = find_deposit(sealed)
    statement = deposits.statement_of(deposit)
    names = {item["name"] for item in statement["subject"]}
    assert names == {f"crate/{name}" for name in crate(sealed)} | {path.name for path in deposit.signed}
    definition = statement["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["complete"] is True
    assert {"uri": "pkg:pypi/torch@2.14.1"} in definition["resolvedDependencies"]
    assert "crate/revisions.json" in [item.get("name") for item in definition["resolvedDependencies"]]


def test_times_and_packages_are_written_as_in_toto_wants_them() -> None:
    """Times in UTC with a Z; package URLs with a normal name, and a local version escaped."""
    record = builders.record()
    run = record.runs[0]
    windows = tuple(replace(window, started_at="2026-01-01T01:30:00.5+02:00") for window in run.outcome.windows)
    moved = replace(
        record,
        runs=(replace(run, outcome=replace(run.outcome, windows=windows)),),
        hosts={"h": {"packages": {"Typing_Extensions": "4.1+cu130"}}},
    )
    statement = build_statement({}, {}, facts_of(moved, "one", deposits.ADA, "CC0-1.0"))
    definition, details = statement["predicate"]["buildDefinition"], statement["predicate"]["runDetails"]
    assert definition["resolvedDependencies"] == [{"uri": "pkg:pypi/typing-extensions@4.1%2Bcu130"}]
    assert details["metadata"]["startedOn"] == "2025-12-31T23:30:00Z"
    assert details["metadata"]["finishedOn"] == "2025-12-31T23:30:00Z"


def test_pins_of_a_run_are_kept_as_they_are_beside_the_commits_of_its_study(sealed: Path, key, tmp_path: Path) -> None:
    record = builders.record()
    files = deposits.small_files(record) | {"pins.json": b'{"as locked": 1}\n'}
    content = crate(deposits.make(files, record, key, tmp_path / "deposit").crate.parent)
    assert content["pins.json"] == b'{"as locked": 1}\n'
    assert content["revisions.json"] == crate(sealed)["revisions.json"]
    assert {item["id"] for item in json.loads(content["revisions.json"])["models"]} == {
        planned.cell.model.id for planned in record.study.cells
    }


def test_a_deposit_is_found_in_the_folder_of_its_run(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "deposit").symlink_to(sealed)
    assert find_deposit(tmp_path).crate == tmp_path / "deposit" / "small.crate.zip"
    for name in ("one", "two"):
        (tmp_path / f"{name}.crate.zip").touch()
    with pytest.raises(InputError, match="holds 2 crates"):
        find_deposit(tmp_path)


def test_an_interrupted_run_is_not_sealed_without_saying_so(
    keys: Path, tmp_path: Path, partial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = builders.write_journal(tmp_path, builders.record(lacking=4))
    assert run_command_line(deposits.seal_command(run, keys, tmp_path / "deposit")) == 9
    assert "4 planned runs are missing" in capsys.readouterr().err
    assert not (tmp_path / "deposit").exists()
    said = deposits.statement_of(find_deposit(partial))["predicate"]["buildDefinition"]["externalParameters"]
    assert (said["complete"], said["missing_runs"]) == (False, 4)
    content = crate(partial)
    assert b"4 planned runs" in content["report.html"]
    action = {item["@id"]: item for item in json.loads(content["ro-crate-metadata.json"])["@graph"]}["#run"]
    assert action["error"] == "4 planned runs are missing"


def test_a_deposit_is_verified_unsealed_and_compared(
    sealed: Path,
    partial: Path,
    keys: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kit.verify.recomputation.software", lambda: {"packages": {"numpy": "1.0"}})
    assert run_command_line(["verify", str(sealed), "--trust", str(keys / "kit-certificate.pem")]) == 0
    said = capsys.readouterr().out
    assert "11. passed    deviations" in said
    assert "identity is proven" in said
    assert run_command_line(["verify", str(partial), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["integrity"], found["identity"]) == (True, True, False)
    assert "4 planned runs are missing" in found["steps"][6]["details"][0]
    assert run_command_line(["unseal", str(sealed), "--out", str(tmp_path / "run"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == len(crate(sealed))
    assert run_command_line(["status", str(tmp_path / "run")]) == 0
    assert run_command_line(["unseal", str(sealed), "--out", str(tmp_path / "run")]) == 4
    assert run_command_line(["unseal", str(sealed), "--out", str(tmp_path / "two")]) == 0
    capsys.readouterr()
    assert run_command_line(["diff", str(sealed), str(sealed)]) == 0
    assert capsys.readouterr().out == "tables and claims are the same\n"
    assert run_command_line(["diff", str(sealed), str(partial)]) == 0
    assert "table table2" in capsys.readouterr().out
    assert run_command_line(["diff", str(sealed), str(partial), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"]


def test_without_trust_it_says_that_identity_is_not_proven(
    sealed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.verify.recomputation.software", lambda: {"packages": {"numpy": "1.0"}})
    assert run_command_line(["verify", str(find_deposit(sealed).crate)]) == 0
    said = capsys.readouterr().out
    assert "identity is NOT proven" in said
    assert "10. not done" in said
    assert "sealed with other versions of numpy" in said
    assert "not done: report rendered anew, which stays the signer's word" in said
    assert "not checked: whether the raw runs are true" in said


def test_the_certificate_in_a_deposit_does_not_vouch_for_it(sealed: Path, tmp_path: Path, capsys) -> None:
    link = tmp_path / "link.pem"
    link.symlink_to(find_deposit(sealed).certificate)
    for command in (["verify", str(sealed)], ["unseal", str(sealed), "--out", str(tmp_path / "run")]):
        assert run_command_line([*command, "--trust", str(link)]) == 2
        assert "cannot vouch for the deposit" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_deposit_that_does_not_follow_from_its_runs_ends_with_code_13(
    sealed: Path, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.verify.recomputation.software", lambda: {"packages": {"numpy": "1.0"}})
    deposit = deposits.copy(find_deposit(sealed), tmp_path / "copy")
    key = deposits.load_key(keys / "kit-key.pem", deposits.PASSPHRASE)
    deposits.forge(deposit, lambda content: content.update({"claims.json": b"\x1b[31m[]"}), key)
    assert run_command_line(["verify", str(deposit.crate)]) == 13
    said = capsys.readouterr()
    assert "integrity is proven" in said.out
    assert "step 9 failed, claims from the raw runs" in said.err
    assert "\x1b" not in said.out + said.err
    assert "ask the signer" in said.err.splitlines()[1]
    monkeypatch.setattr("kit.__version__", "9.0")
    assert run_command_line(["verify", str(deposit.crate)]) == 13
    assert "computed here with kit 9.0" in capsys.readouterr().err
    deposit.pdf.write_bytes(b"")
    assert run_command_line(["verify", str(deposit.crate), "--json"]) == 13
    found = json.loads(capsys.readouterr().out)
    assert (found["passed"], found["integrity"]) == (False, False)
    assert [step["outcome"] for step in found["steps"]] == ["passed", "failed"]


def test_what_is_no_deposit_is_told(sealed: Path, run: Path, tmp_path: Path, capsys) -> None:
    deposit = deposits.copy(find_deposit(sealed), tmp_path / "copy")
    for arguments, message in (
        (["verify", str(run)], "holds no deposit"),
        (["verify", str(deposit.pdf)], "not a crate"),
        (["verify", str(tmp_path / "nowhere.crate.zip")], "not there"),
        (["diff", str(sealed), str(run)], "holds no deposit"),
        (["verify", str(sealed), "--trust", str(deposit.pdf)], "too large for a key or certificate"),
    ):
        assert run_command_line(arguments) == 2
        assert message in capsys.readouterr().err
    assert run_command_line(["verify", str(sealed), "--at", "2000-01-01"]) == 13
    capsys.readouterr()
    deposit.pdf.unlink()
    assert run_command_line(["verify", str(deposit.crate)]) == 2
    assert "the four files" in capsys.readouterr().err


def test_what_cannot_be_sealed_is_told_before_anything_is_rendered(
    run: Path, keys: Path, sealed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new"
    for arguments, code, message in (
        (deposits.seal_command(tmp_path / "nowhere", keys, new), 2, "no journal here"),
        (deposits.seal_command(run, keys, sealed), 4, "exists already"),
        (deposits.seal_command(run, keys, new, "--license", "my own"), 2, "not an SPDX identifier"),
        (deposits.seal_command(run, keys, new, "--name", "../evil"), 2, "not a name for a deposit"),
        (deposits.seal_command(run, keys, new, "--key", str(keys / "nowhere.pem")), 2, "no key here"),
        (deposits.seal_command(run, keys, new, "--timestamp", "ftp://nowhere"), 2, "not an address"),
    ):
        assert run_command_line(arguments) == code
        assert message in capsys.readouterr().err
    assert not new.exists()


def test_a_journal_without_runs_is_not_sealed(keys: Path, tmp_path: Path, capsys) -> None:
    run = builders.write_journal(tmp_path, builders.record(lacking=100))
    assert run_command_line(deposits.seal_command(run, keys, tmp_path / "deposit", "--allow-partial")) == 2
    assert "nothing to seal" in capsys.readouterr().err
