"""Deposits for tests: a small one that is quick to check, a real one that can be computed anew, and means to forge."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from kit.errors import KitError
from kit.journal import snapshot
from kit.model.record import Record
from kit.report.pdf import render_pdf
from kit.seal import Deposit, Identity, SigningKey, facts_of, generate_key, load_key, seal
from kit.seal.container import read_container, write_container
from kit.seal.crate import checksums
from kit.seal.deposit import CHECKSUMS, METADATA
from kit.seal.pdf_signature import sign_pdf
from kit.seal.statement import sign_statement, subjects
from tests import builders

NOW = datetime.now(UTC)
PASSPHRASE = b"correct horse"
ADA = Identity("Ada Example", "ada@example.org", "0000-0002-1825-0097")
EVE = Identity("Ada Example", "ada@example.org")

Content = dict[str, bytes]


def make_key(folder: Path, identity: Identity = ADA, *, days: int = 365, made: datetime = NOW) -> SigningKey:
    """A key that was made a day before."""
    path = generate_key(folder, identity, PASSPHRASE, days=days, now=made - timedelta(days=1))
    return load_key(path, PASSPHRASE)


def make_keys(folder: Path) -> Path:
    """A folder with a key, and the passphrase in a file beside it."""
    make_key(folder)
    (folder / "passphrase").write_bytes(PASSPHRASE + b"\n")
    return folder


def small_pdf(words: str = "A report") -> bytes:
    html = f'<html lang="en"><head><title>{words}</title></head><body><p>{words}</p></body></html>'
    return render_pdf(html, {}, (), NOW)


def journal_bytes(record: Record) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name, "run"), Path(name, "copy")
        source.mkdir()
        target.mkdir()
        builders.write_journal(source, record)
        return snapshot(source, target).read_bytes()


def small_files(record: Record) -> Content:
    """Files as of a run, where only the journal is real."""
    return {
        "journal.sqlite": journal_bytes(record),
        "tables/table2.csv": b"task,mean_kwh\ntext-classification,0.002\n",
        "tables/kinds.csv": b"kind,mean_kwh\ndiscriminative,0.002\n",
        "claims.json": b"[]\n",
        "report.html": b"<html></html>\n",
        "report.pdf": small_pdf(),
    }


def make(files: Content, record: Record, key: SigningKey, out: Path, *, now: datetime = NOW) -> Deposit:
    return seal(files, facts_of(record, "small", key.identity, "CC-BY-4.0"), key, out, now)


def copy(deposit: Deposit, folder: Path) -> Deposit:
    """The same deposit in another folder."""
    folder.mkdir()
    for path in deposit.files:
        (folder / path.name).write_bytes(path.read_bytes())
    return Deposit(*(folder / path.name for path in deposit.files))


def forge(deposit: Deposit, edit: Callable[[Content], None], key: SigningKey | None = None) -> None:
    """Edit files of a crate and redo every digest in it; with a key also redo and sign PDF and statement."""
    content = read_container(deposit.crate.read_bytes())
    edit(content)
    metadata = json.loads(content[METADATA])
    for item in metadata["@graph"]:
        if item.get("@type") == "File" and item["@id"] in content:
            item["sha256"] = hashlib.sha256(content[item["@id"]]).hexdigest()
    content[METADATA] = json.dumps(metadata).encode()
    content[CHECKSUMS] = checksums({name: data for name, data in content.items() if name != CHECKSUMS}).encode()
    deposit.crate.write_bytes(write_container(content))
    if key is not None:
        deposit.pdf.write_bytes(sign_pdf(content["report.pdf"], key))
        resign(deposit, key)


def resign(deposit: Deposit, key: SigningKey) -> None:
    """Let another key sign what lies there, with its own certificate."""
    deposit.certificate.write_bytes(key.certificate.public_bytes(Encoding.PEM))
    outer = {path.name: path.read_bytes() for path in deposit.signed}
    try:
        inner = read_container(outer[deposit.crate.name])
    except KitError:  # broken on purpose
        inner = {}
    statement = statement_of(deposit)
    statement["subject"] = [
        {"name": name, "digest": {"sha256": digest}} for name, digest in subjects(outer, inner).items()
    ]
    deposit.statement.write_bytes(sign_statement(statement, key))


def statement_of(deposit: Deposit) -> dict:
    """The statement's JSON values."""
    return json.loads(base64.b64decode(json.loads(deposit.statement.read_bytes())["payload"]))


def seal_command(run: Path, keys: Path, out: Path, *options: str) -> list[str]:
    """What to type to seal a run, with a folder that holds key and passphrase."""
    files = ["--key", str(keys / "kit-key.pem"), "--passphrase-file", str(keys / "passphrase")]
    return ["seal", str(run), "--out", str(out), "--name", "small", *files, *options]


def hotter(record: Record) -> Record:
    """The record with one energy of its runs a tenth higher."""
    run = record.runs[0]
    window = run.outcome.windows[2]
    reading = replace(window.readings[0], energy_j=window.readings[0].energy_j * 1.1)
    windows = [*run.outcome.windows]
    windows[2] = replace(window, readings=(reading, *window.readings[1:]))
    return replace(record, runs=(replace(run, outcome=replace(run.outcome, windows=tuple(windows))), *record.runs[1:]))


def stand_in_authority() -> DummyTimeStamper:
    """An RFC 3161 authority in this process, with a key of its own."""
    private_key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stand-in authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(private_key, hashes.SHA256())
    )
    return DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
    )
