"""Keys: locked, private, never overwritten, of P-256, and their errors in words."""

from __future__ import annotations

import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kit.errors import InputError, StorageError
from kit.seal.keys import CERTIFICATE_NAME, Identity, generate_key, identity_of, load_certificate, load_key
from tests.deposits import ADA, NOW, PASSPHRASE, make_key


def test_a_key_is_locked_private_and_belongs_to_its_certificate(tmp_path: Path) -> None:
    path = generate_key(tmp_path / "new" / "folder", ADA, PASSPHRASE, days=30, now=NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    key = load_key(path, PASSPHRASE)
    assert key.identity == ADA
    assert identity_of(load_certificate(path.with_name(CERTIFICATE_NAME))) == ADA
    assert key.certificate.not_valid_after_utc - key.certificate.not_valid_before_utc == timedelta(days=30)
    key.require_valid(NOW)
    with pytest.raises(InputError, match="not now"):
        key.require_valid(NOW + timedelta(days=31))


def test_openssl_reads_the_certificate(tmp_path: Path) -> None:
    generate_key(tmp_path, ADA, PASSPHRASE, days=30, now=NOW)
    command = ["openssl", "x509", "-in", str(tmp_path / CERTIFICATE_NAME), "-noout", "-subject", "-text"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "CN = Ada Example, UID = 0000-0002-1825-0097, emailAddress = ada@example.org" in said
    assert "NIST CURVE: P-256" in said


def test_a_key_without_mail_and_orcid_names_only_the_name(tmp_path: Path) -> None:
    assert make_key(tmp_path, Identity("A group")).identity == Identity("A group")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    generate_key(tmp_path, ADA, PASSPHRASE, days=30, now=NOW)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(StorageError, match="exists already"):
        generate_key(tmp_path, ADA, PASSPHRASE, days=30, now=NOW)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "email", "orcid", "reason"),
    [
        ("", None, None, "not a name"),
        ("x" * 65, None, None, "not a name"),
        ("a\nb", None, None, "not a name"),
        ("Ada", "nobody", None, "not an e-mail"),
        ("Ada", "a@b, c@d", None, "not an e-mail"),
        ("Ada", None, "0000-0002-1825-0098", "not an ORCID"),
        ("Ada", None, "0000000218250097", "not an ORCID"),
    ],
)
def test_an_identity_that_cannot_be_one_is_refused(name: str, email: str, orcid: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Identity(name, email, orcid)


def test_an_orcid_may_end_with_x() -> None:
    assert Identity("Ada", orcid="0000-0002-1694-233X").orcid


def test_an_empty_passphrase_and_an_odd_life_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="passphrase is empty"):
        generate_key(tmp_path, ADA, b"", days=30, now=NOW)
    for days in (0, 36_501):
        with pytest.raises(InputError, match="life of a certificate"):
            generate_key(tmp_path, ADA, PASSPHRASE, days=days, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_key_or_another_is_told(tmp_path: Path) -> None:
    make_key(tmp_path / "one")
    make_key(tmp_path / "two")
    key = tmp_path / "one" / "kit-key.pem"
    with pytest.raises(InputError, match="not a key that this passphrase opens"):
        load_key(key, b"wrong")
    with pytest.raises(InputError, match="cannot be read"):
        load_key(tmp_path / "nowhere.pem", PASSPHRASE)
    certificate = key.with_name(CERTIFICATE_NAME)
    certificate.write_bytes((tmp_path / "two" / CERTIFICATE_NAME).read_bytes())
    with pytest.raises(InputError, match="of another key"):
        load_key(key, PASSPHRASE)
    certificate.write_text("hello")
    with pytest.raises(InputError, match=r"not an X\.509 certificate"):
        load_key(key, PASSPHRASE)
    key.write_bytes(b"x" * 100_000)
    with pytest.raises(InputError, match="too large"):
        load_key(key, PASSPHRASE)


@pytest.mark.parametrize("other", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_a_key_of_another_kind_is_refused(tmp_path: Path, other: ec.EllipticCurvePrivateKey) -> None:
    path = tmp_path / "kit-key.pem"
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(InputError, match="not"):
        load_key(path, PASSPHRASE)
