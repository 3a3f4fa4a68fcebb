"""Whatever is done to a deposit, a step before the recomputation refuses it; nothing is written, nothing crashes."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import random
import ssl
import struct
import warnings
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from kit.cli.app import run_command_line
from kit.errors import VerificationError
from kit.model.canonical import canonical_json
from kit.seal import Deposit, SigningKey
from kit.seal.container import REGULAR_FILE, read_container, write_container
from kit.seal.pdf_signature import sign_pdf
from kit.seal.statement import sign_statement
from kit.verify import unseal
from kit.verify.envelope import require_certificate
from kit.verify.steps import Protocol
from kit.verify.verifying import secure
from tests import builders, deposits

FLIPS = 500


def check(deposit: Deposit, trust: SigningKey | None = None) -> None:
    secure(deposit, trust.certificate if trust else None, deposits.NOW, Protocol(lambda _: None))


def refused(deposit: Deposit, reason: str, trust: SigningKey | None = None) -> None:
    with pytest.raises(VerificationError, match=reason):
        check(deposit, trust)


def flip(path: Path, places: range, drawn: random.Random, seen: Callable[[], None]) -> None:
    """Flip single bits of a file, one after the other, and look each time."""
    whole = path.read_bytes()
    for _ in range(FLIPS):
        data = bytearray(whole)
        data[drawn.choice(places)] ^= 1 << drawn.randrange(8)
        path.write_bytes(data)
        seen()
    path.write_bytes(whole)


def test_the_deposit_itself_passes(small: Deposit, key: SigningKey) -> None:
    check(small)
    check(small, key)


@pytest.mark.parametrize("part", ["crate", "pdf", "statement", "certificate"])
def test_one_bit_anywhere_is_found(small: Deposit, part: str) -> None:
    path = getattr(small, part)
    flip(path, range(path.stat().st_size), random.Random(part), lambda: refused(small, "step [123] failed"))
    check(small)


def test_one_bit_of_the_statements_signature_is_found(small: Deposit) -> None:
    data = small.statement.read_bytes()
    start = data.index(b'"sig":"') + 7
    places = range(start, data.index(b'"', start))
    flip(small.statement, places, random.Random(7), lambda: refused(small, "step [23] failed"))
    check(small)


def test_one_bit_of_the_pdfs_signature_is_found(small: Deposit) -> None:
    data = small.pdf.read_bytes()
    start = data.index(b"/Contents <") + 11
    places = range(start, data.index(b">", start))
    flip(small.pdf, places, random.Random(8), lambda: refused(small, "step 2 failed"))


def test_a_flipped_bit_is_one_line_for_the_user(small: Deposit, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = random.Random(9)
    for path in small.files * 5:
        whole = path.read_bytes()
        data = bytearray(whole)
        data[drawn.randrange(len(data))] ^= 1 << drawn.randrange(8)
        path.write_bytes(data)
        assert run_command_line(["verify", str(small.crate)]) == 13
        assert len(capsys.readouterr().err.strip().splitlines()) == 2
        path.write_bytes(whole)


@pytest.mark.parametrize("part", ["crate", "pdf", "statement", "certificate"])
@pytest.mark.parametrize("where", ["before", "behind"])
def test_bytes_before_or_behind_are_found(small: Deposit, part: str, where: str) -> None:
    path = getattr(small, part)
    path.write_bytes(b"\n" + path.read_bytes() if where == "before" else path.read_bytes() + b"\n")
    refused(small, "step [123] failed")


@pytest.mark.parametrize("part", ["crate", "pdf", "statement", "certificate"])
@pytest.mark.parametrize("kept", [0, 1, 100])
def test_a_file_that_was_cut_is_found(small: Deposit, part: str, kept: int) -> None:
    path = getattr(small, part)
    path.write_bytes(path.read_bytes()[:kept])
    refused(small, "step [123] failed")


def test_an_empty_line_of_a_statement_or_deep_nesting_is_no_crash(small: Deposit) -> None:
    for text in (b"null", b"[]", b'{"a":1}', b"[" * 100_000, b'{"payload":1,"payloadType":2,"signatures":3}'):
        small.statement.write_bytes(text)
        refused(small, "step 2 failed")


def test_a_subject_whose_name_is_no_text_is_no_crash(small: Deposit, key: SigningKey) -> None:
    statement = deposits.statement_of(small)
    statement["subject"].append({"name": 5, "digest": {"sha256": "0" * 64}})
    small.statement.write_bytes(sign_statement(statement, key))
    refused(small, "step 2 failed.*names '5', which is not there")


def add(content: deposits.Content) -> None:
    content["tables/extra.csv"] = b"a\n1\n"


def remove(content: deposits.Content) -> None:
    del content["tables/kinds.csv"]


def rename(content: deposits.Content) -> None:
    content["tables/other.csv"] = content.pop("tables/kinds.csv")


def swap(content: deposits.Content) -> None:
    one, other = "tables/kinds.csv", "tables/table2.csv"
    content[one], content[other] = content[other], content[one]


def edit(content: deposits.Content) -> None:
    content["tables/table2.csv"] = content["tables/table2.csv"].replace(b"0.002", b"0.001")


@pytest.mark.parametrize("change", [add, remove, rename, swap, edit])
def test_a_changed_crate_is_found_whatever_digests_were_redone(
    small: Deposit, change: Callable[[deposits.Content], None]
) -> None:
    content = read_container(small.crate.read_bytes())
    change(content)
    whole = small.crate.read_bytes()
    small.crate.write_bytes(write_container(content))
    refused(small, "step 2 failed")
    small.crate.write_bytes(whole)
    deposits.forge(small, change)
    refused(small, "step 2 failed")


def test_a_file_that_metadata_or_checksums_do_not_name_is_found_also_where_it_was_signed(
    small: Deposit, key: SigningKey
) -> None:
    content = read_container(small.crate.read_bytes())
    content["tables/extra.csv"] = b"a\n"
    small.crate.write_bytes(write_container(content))
    deposits.resign(small, key)
    refused(small, "SHA256SUMS is not that")
    deposits.forge(small, lambda _: None, key)
    refused(small, "ro-crate-metadata.json does not name tables/extra.csv")


def test_a_crate_without_a_required_file_is_refused_also_where_it_was_signed(small: Deposit, key: SigningKey) -> None:
    deposits.forge(small, lambda content: content.pop("claims.json"), key)
    refused(small, r"lacks claims\.json")


@pytest.mark.parametrize("name", ["journal.sqlite-wal", "run.sh", "tables/a/b.csv", "other/a.csv", "tables"])
def test_a_file_that_is_none_of_a_runs_is_refused_also_where_it_was_signed(
    small: Deposit, key: SigningKey, name: str
) -> None:
    """A write-ahead log beside the journal would make the unsealed run another than the one that was verified."""
    content = read_container(small.crate.read_bytes()) | {name: b"x"}
    small.crate.write_bytes(write_container(content))
    deposits.resign(small, key)
    refused(small, f"step 2 failed.*holds {name}, which is no file of a run")


def zip_of(*entries: tuple[str, bytes, int, int]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name, data, attributes, kind in entries:
            entry = zipfile.ZipInfo("x")
            entry.filename, entry.create_system, entry.external_attr, entry.compress_type = name, 3, attributes, kind
            archive.writestr(entry, data)
    return buffer.getvalue()


STORED = zipfile.ZIP_STORED
LINK = 0o120777 << 16
HOSTILE = {
    "zip slip": [("../../evil.txt", b"x", REGULAR_FILE, STORED)],
    "hidden zip slip": [("tables/../../evil.txt", b"x", REGULAR_FILE, STORED)],
    "absolute path": [("/evil.txt", b"x", REGULAR_FILE, STORED)],
    "drive": [("C:\\evil.txt", b"x", REGULAR_FILE, STORED)],
    "nul": [("report.pdf\0.txt", b"x", REGULAR_FILE, STORED)],
    "link": [("tables/link", b"/etc/passwd", LINK, STORED)],
    "folder": [("tables/", b"", (0o040755 << 16) | 16, STORED)],
    "two of one name": [("a.txt", b"x", REGULAR_FILE, STORED), ("a.txt", b"y", REGULAR_FILE, STORED)],
    "two that differ in case": [("A.txt", b"x", REGULAR_FILE, STORED), ("a.txt", b"y", REGULAR_FILE, STORED)],
    "bomb": [("bomb.txt", b"\0" * 30_000_000, REGULAR_FILE, zipfile.ZIP_DEFLATED)],
    "runnable": [("a.txt", b"x", 0o100755 << 16, STORED)],
    "very long name": [("a" * 300, b"x", REGULAR_FILE, STORED)],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_is_refused_and_nothing_is_written_even_where_it_was_signed(
    small: Deposit, key: SigningKey, tmp_path: Path, kind: str
) -> None:
    small.crate.write_bytes(zip_of(*HOSTILE[kind]))
    deposits.resign(small, key)
    refused(small, "step 1 failed")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(VerificationError):
        unseal(small, tmp_path / "out" / "run", None, deposits.NOW)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_with_a_comment_a_gap_or_an_extra_field_is_refused(small: Deposit, key: SigningKey) -> None:
    whole = small.crate.read_bytes()
    content = read_container(whole)
    commented = io.BytesIO(whole)
    with zipfile.ZipFile(commented, "a") as archive:
        archive.comment = b"hello"
    unsorted = io.BytesIO()
    with zipfile.ZipFile(unsorted, "w") as archive:
        for name in sorted(content, reverse=True):
            archive.writestr(name, content[name])
    for data in (commented.getvalue(), unsorted.getvalue(), b"#!/bin/sh\n" + whole):
        small.crate.write_bytes(data)
        deposits.resign(small, key)
        refused(small, "step 1 failed")


def test_an_entry_that_claims_more_than_there_is_is_refused(small: Deposit) -> None:
    data = bytearray(zip_of(("a.txt", b"x" * 10, REGULAR_FILE, STORED)))
    central = data.index(b"PK\x01\x02")
    data[central + 20 : central + 28] = b"\xff\xff\xff\x7f" * 2
    small.crate.write_bytes(data)
    refused(small, "claim more than there is")


def test_a_directory_that_announces_millions_of_entries_is_refused_before_it_is_read(
    small: Deposit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZipFile", None)
    entry = b"PK\1\2" + bytes(42) + b"a"
    many = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 70_000 * len(entry) * 10, 0, 0)
    bodies = [
        (entry * 700_000 + many, "more than 60,000 files"),
        (b"PK\6\7" + bytes(16) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 20, 0, 0), "not a sound zip"),
        (b"PK\5\6", "not a sound zip"),
    ]
    for data, reason in bodies:
        small.crate.write_bytes(data)
        refused(small, f"step 1 failed.*{reason}")


def with_certificate(deposit: Deposit, pem: bytes, key: SigningKey) -> None:
    """Put another certificate into a deposit, with its digest redone."""
    deposit.certificate.write_bytes(pem)
    statement = deposits.statement_of(deposit)
    for item in statement["subject"]:
        if item["name"] == deposit.certificate.name:
            item["digest"]["sha256"] = hashlib.sha256(pem).hexdigest()
    deposit.statement.write_bytes(sign_statement(statement, key))


def test_a_certificate_of_a_curve_that_nobody_knows_is_no_crash(small: Deposit, key: SigningKey) -> None:
    curve = bytes.fromhex("06082a8648ce3d030107")
    der = key.certificate.public_bytes(Encoding.DER).replace(curve, curve[:-1] + b"\x77")
    with_certificate(small, ssl.DER_cert_to_PEM_cert(der).encode(), key)
    refused(small, "step 3 failed.*certificate")


def test_a_certificate_file_with_more_in_it_is_refused(small: Deposit, key: SigningKey) -> None:
    with_certificate(small, b"Subject: Somebody Famous\n" + small.certificate.read_bytes(), key)
    refused(small, "step 3 failed.*holds more than the certificate")


def test_a_certificate_that_says_nothing_of_its_use_is_one_to_sign_with(key: SigningKey) -> None:
    name = key.certificate.subject
    plain = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private_key.public_key())
        .serial_number(1)
        .not_valid_before(deposits.NOW - timedelta(days=1))
        .not_valid_after(deposits.NOW + timedelta(days=1))
        .sign(key.private_key, SHA256())
    )
    require_certificate(plain, deposits.NOW)


def test_metadata_out_of_bounds_are_not_read(small: Deposit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.verify.files.MAX_METADATA_BYTES", 2**10)
    refused(small, "step 2 failed.*ro-crate-metadata.json is larger than")


def test_a_certificate_that_is_not_for_signing_is_refused(small: Deposit, monkeypatch, tmp_path: Path) -> None:
    usage = dict.fromkeys(inspect.signature(x509.KeyUsage).parameters, False)
    monkeypatch.setattr("kit.seal.keys._key_usage", lambda: x509.KeyUsage(**usage))
    deposits.forge(small, lambda _: None, deposits.make_key(tmp_path / "key"))
    refused(small, "step 3 failed.*not one to sign with")


def test_another_keys_signature_is_found(small: Deposit, key: SigningKey, other_key: SigningKey) -> None:
    certificate = small.certificate.read_bytes()
    deposits.resign(small, other_key)
    with_certificate(small, certificate, other_key)
    refused(small, "was not signed by the key of the certificate")


def test_a_stranger_who_signs_all_anew_is_not_the_trusted_signer(
    small: Deposit, key: SigningKey, other_key: SigningKey
) -> None:
    deposits.forge(small, edit, other_key)
    check(small)
    refused(small, "another certificate than the trusted one", trust=key)


def test_a_pdf_that_another_key_signed_is_found(small: Deposit, key: SigningKey, other_key: SigningKey) -> None:
    small.pdf.write_bytes(sign_pdf(read_container(small.crate.read_bytes())["report.pdf"], other_key))
    deposits.resign(small, key)
    refused(small, "step 4 failed.*another certificate")


def test_an_expired_certificate_is_refused_but_not_as_of_a_day_when_it_was_valid(tmp_path: Path) -> None:
    then = deposits.NOW - timedelta(days=40)
    old = deposits.make_key(tmp_path / "key", days=30, made=then)
    record = builders.record()
    deposit = deposits.make(deposits.small_files(record), record, old, tmp_path / "deposit", now=then)
    refused(deposit, "step 3 failed.*the certificate is valid from")
    secure(deposit, None, then, Protocol(lambda _: None))


def test_a_certificate_that_is_not_valid_yet_is_refused(small: Deposit) -> None:
    with pytest.raises(VerificationError, match="the certificate is valid from"):
        secure(small, None, deposits.NOW - timedelta(days=9), Protocol(lambda _: None))


def test_the_statement_of_another_archive_is_refused(small: Deposit, key: SigningKey, tmp_path: Path) -> None:
    record = deposits.hotter(builders.record())
    other = deposits.make(deposits.small_files(record), record, key, tmp_path / "other")
    small.statement.write_bytes(other.statement.read_bytes())
    refused(small, "step 2 failed")
    small.crate.write_bytes(other.crate.read_bytes())
    refused(small, "step 2 failed")


def test_files_of_a_deposit_that_were_renamed_are_refused(small: Deposit) -> None:
    for path in small.files:
        path.rename(path.with_name(path.name.replace("small", "better")))
    folder = small.crate.parent
    with pytest.raises(VerificationError, match="step 2 failed"):
        check(Deposit(*(folder / path.name.replace("small", "better") for path in small.files)))


def test_a_second_signature_or_key_name_in_the_envelope_is_refused(small: Deposit) -> None:
    envelope = json.loads(small.statement.read_bytes())
    whole = json.loads(small.statement.read_bytes())
    envelope["signatures"] *= 2
    small.statement.write_bytes(canonical_json(envelope).encode())
    refused(small, "step 2 failed")
    added = json.loads(canonical_json(whole))
    added["signatures"][0]["cert"] = "mine"
    small.statement.write_bytes(canonical_json(added).encode())
    refused(small, "step 2 failed")
    added = whole | {"note": "trust me"}
    small.statement.write_bytes(canonical_json(added).encode())
    refused(small, "step 3 failed")
    whole["signatures"][0]["keyid"] = "0" * 64
    small.statement.write_bytes(canonical_json(whole).encode())
    refused(small, "step 3 failed")
