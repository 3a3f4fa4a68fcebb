"""The signer's key: ECDSA on P-256 with a self-signed X.509 certificate, in two PEM files.

P-256 and not Ed25519, since PDF viewers and `pdfsig` do not know the latter.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kit.errors import InputError, StorageError
from kit.files import make_folder, write_bytes

KEY_NAME: Final = "kit-key.pem"
CERTIFICATE_NAME: Final = "kit-certificate.pem"
MAX_PEM_BYTES: Final = 64 * 1024
LONGEST_NAME: Final = 64
"""Of a common name in a certificate (RFC 5280, ub-common-name)."""
LONGEST_LIFE_DAYS: Final = 36_500
ORCID: Final = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs. Self-asserted: a certificate of one's own proves nothing but that the same key signed.

    Attributes:
        name: of the person or group.
        email: for questions.
        orcid: sixteen digits in groups of four, without the address before them.
    """

    name: str
    email: str | None = None
    orcid: str | None = None

    def __post_init__(self) -> None:
        """See that it can stand in a certificate.

        Raises:
            InputError: if it cannot.
        """
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.isprintable():
            raise InputError(f"{self.name[:80]!a}: not a name", f"give one to {LONGEST_NAME} printable characters")
        if self.email is not None and not EMAIL.fullmatch(self.email):
            raise InputError(f"{self.email[:80]!a}: not an e-mail address", "give one like name@example.org")
        if self.orcid is not None and not _is_orcid(self.orcid):
            raise InputError(
                f"{self.orcid[:80]!a}: not an ORCID", "give its sixteen characters, as 0000-0002-1825-0097"
            )


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its certificate, loaded."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def identity(self) -> Identity:
        """Whom the certificate names."""
        return identity_of(self.certificate)

    def require_valid(self, now: datetime.datetime) -> None:
        """See that one may sign with it now.

        Raises:
            InputError: if the certificate is not valid yet, or no longer.
        """
        if not self.certificate.not_valid_before_utc <= now <= self.certificate.not_valid_after_utc:
            raise InputError(
                f"the certificate is valid from {self.certificate.not_valid_before_utc:%Y-%m-%d} "
                f"to {self.certificate.not_valid_after_utc:%Y-%m-%d}, not now",
                "make another key with `kit keygen`",
            )


def generate_key(folder: Path, identity: Identity, passphrase: bytes, *, days: int, now: datetime.datetime) -> Path:
    """Make a key and its certificate in a folder; the private key is encrypted and readable by its owner alone.

    Returns:
        The path of the private key.

    Raises:
        StorageError: if a key lies there already; none is ever overwritten.
        InputError: if the passphrase is empty or the identity is malformed.
    """
    if not passphrase:
        raise InputError("the passphrase is empty", "give a passphrase of some length; a key without one is not made")
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise InputError(f"{days} days: not a life of a certificate", f"give 1 to {LONGEST_LIFE_DAYS:,}")
    require_no_key(folder)
    make_folder(folder)
    key_path, certificate_path = folder / KEY_NAME, folder / CERTIFICATE_NAME
    private_key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(private_key, identity, days, now)
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    write_bytes(key_path, pem, mode=0o600)
    write_bytes(certificate_path, certificate.public_bytes(Encoding.PEM))
    return key_path


def require_no_key(folder: Path) -> None:
    """See that no key lies in a folder: none is ever overwritten.

    Raises:
        StorageError: if one does.
    """
    for path in (folder / KEY_NAME, folder / CERTIFICATE_NAME):
        if path.exists():
            raise StorageError(f"{path}: exists already", "keys are never overwritten; choose another folder")


def load_key(path: Path, passphrase: bytes) -> SigningKey:
    """The key at a path, with the certificate that lies beside it.

    Raises:
        InputError: if the files are not there, are no P-256 key and certificate, do not belong together,
            or the passphrase is wrong.
    """
    try:
        private_key = load_pem_private_key(_read(path), passphrase)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"{path}: not a key that this passphrase opens", "check the passphrase and the file"
        ) from error
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or private_key.curve.name != "secp256r1":
        raise InputError(f"{path}: not an ECDSA key on P-256", "make one with `kit keygen`")
    certificate = load_certificate(path.with_name(CERTIFICATE_NAME))
    if certificate.public_key() != private_key.public_key():
        raise InputError(
            f"{path}: the certificate beside it is of another key", f"put the right {CERTIFICATE_NAME} beside the key"
        )
    return SigningKey(private_key, certificate)


def identity_of(certificate: x509.Certificate) -> Identity:
    """Whom a certificate names.

    Raises:
        InputError: if it names nobody in the way that `kit keygen` does.
    """

    def value(kind: x509.ObjectIdentifier) -> str | None:
        found = certificate.subject.get_attributes_for_oid(kind)
        return str(found[0].value) if found else None

    return Identity(
        name=value(NameOID.COMMON_NAME) or "",
        email=value(NameOID.EMAIL_ADDRESS),
        orcid=value(NameOID.USER_ID),
    )


def load_certificate(path: Path) -> x509.Certificate:
    """The certificate in a PEM file.

    Raises:
        InputError: if there is none.
    """
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError as error:
        raise InputError(f"{path}: not an X.509 certificate in PEM", "give the signer's certificate") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PEM_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", "check the path") from error
    if len(content) > MAX_PEM_BYTES:
        raise InputError(f"{path}: too large for a key or certificate", "check the path")
    return content


def _certificate(
    private_key: ec.EllipticCurvePrivateKey, identity: Identity, days: int, now: datetime.datetime
) -> x509.Certificate:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, identity.name)]
    if identity.orcid:
        names.append(x509.NameAttribute(NameOID.USER_ID, identity.orcid))
    if identity.email:
        names.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, identity.email))
    name = x509.Name(names)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
    )
    if identity.email:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(identity.email)]), critical=False)
    return builder.sign(private_key, hashes.SHA256())


def _is_orcid(text: str) -> bool:
    """ISO 7064 MOD 11-2, as ORCID states it."""
    if not ORCID.fullmatch(text):
        return False
    digits = text.replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == digits[-1]


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
