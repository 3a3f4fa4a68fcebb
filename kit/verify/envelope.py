"""The signed statement and the certificate: their form, the signature, for how long it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from kit.errors import InputError, SchemaError
from kit.model.canonical import canonical_json
from kit.seal.statement import BUILD_TYPE, PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE

ADVICE = "do not trust this archive; ask for another copy"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement whose form was checked.

    Attributes:
        envelope: the JSON values of the envelope.
        subjects: SHA-256 by name.
        parameters: what it says of the run.
        build_type: with the schema version of the deposit.
        kit_version: of the kit that sealed it.
    """

    envelope: Mapping[str, Any]
    subjects: Mapping[str, str]
    parameters: Mapping[str, Any]
    build_type: str
    kit_version: str


def parse_statement(data: bytes) -> Statement:
    """The statement in an envelope. Its signature is not checked here.

    Raises:
        InputError: if it is anything but what `kit seal` writes, down to the last byte.
    """
    from securesystemslib.dsse import Envelope

    envelope = _canonical(data)
    try:
        payload = Envelope.from_dict(json.loads(data)).payload
        if [set(signature) for signature in envelope["signatures"]] != [{"keyid", "sig"}]:
            raise _refused("does not have one signature, and nothing but that")
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise _refused("is not an in-toto statement")
        statement = _canonical(payload)
        if statement["_type"] != STATEMENT_TYPE or statement["predicateType"] != PREDICATE_TYPE:
            raise _refused("is not an in-toto Statement v1 with SLSA provenance v1")
        subjects = {str(item["name"]): str(item["digest"]["sha256"]) for item in statement["subject"]}
        if len(subjects) != len(statement["subject"]):
            raise _refused("names a file twice")
        definition = statement["predicate"]["buildDefinition"]
        return Statement(
            envelope=envelope,
            subjects=subjects,
            parameters=dict(definition["externalParameters"]),
            build_type=str(definition["buildType"]),
            kit_version=str(statement["predicate"]["runDetails"]["builder"]["version"]["kit"]),
        )
    except InputError:
        raise
    except Exception as error:  # whatever breaks on a hostile envelope means that it is not one
        raise _refused(f"is not a signed statement ({type(error).__name__})") from error


def require_signature(data: bytes, certificate: x509.Certificate) -> None:
    """See that the holder of a certificate's key signed the envelope.

    Raises:
        InputError: if not.
    """
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    key = SSlibKey.from_crypto(certificate.public_key())
    envelope = Envelope.from_dict(json.loads(data))
    try:
        envelope.verify([key], 1)
    except VerificationError as error:
        raise _refused("was not signed by the key of the certificate") from error
    if canonical_json(envelope.to_dict()).encode() != data or list(envelope.signatures) != [key.keyid]:
        raise _refused("is not written as the kit writes it")


def parse_certificate(data: bytes) -> x509.Certificate:
    """The one certificate in PEM.

    Raises:
        InputError: if it is anything but what `kit seal` writes, down to the last byte.
    """
    try:
        certificate = x509.load_pem_x509_certificate(data)
    except ValueError as error:
        raise InputError("the certificate is none of X.509 in PEM", ADVICE) from error
    if certificate.public_bytes(Encoding.PEM) != data:
        raise InputError("the certificate's file holds more than the certificate", ADVICE)
    return certificate


def require_certificate(certificate: x509.Certificate, now: datetime) -> None:
    """See that a certificate is one to sign with, signed by its own key, and valid.

    Raises:
        InputError: if not.
    """
    try:
        key = certificate.public_key()
        certificate.verify_directly_issued_by(certificate)
        usage = [item.value for item in certificate.extensions if isinstance(item.value, x509.KeyUsage)]
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise InputError("the certificate is not signed by its own key", ADVICE) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise InputError("the certificate is not of an ECDSA key on P-256", ADVICE)
    if not all(item.digital_signature for item in usage):
        raise InputError("the certificate's key is not one to sign with", ADVICE)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now <= last:
        raise InputError(
            f"the certificate is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not on {now:%Y-%m-%d}",
            "give --at with a day on which the deposit is known to have lain in an archive; otherwise do not trust it",
        )


def require_build_type(statement: Statement) -> None:
    """See that this kit knows the schema of the deposit.

    Raises:
        SchemaError: if not.
    """
    if statement.build_type != BUILD_TYPE:
        raise SchemaError(
            f"a deposit of the schema {statement.build_type[:80]!a}, this kit knows {BUILD_TYPE}",
            "use the version of the kit that sealed it, or a newer one",
        )


def _canonical(data: bytes) -> dict[str, Any]:
    """The object of canonical JSON; any other way to write the same values is refused."""
    try:
        value = json.loads(data)
        if not isinstance(value, dict) or canonical_json(value).encode() != data:
            raise _refused("is not canonical JSON")
    except (ValueError, RecursionError) as error:
        raise _refused("is not JSON") from error
    return value


def _refused(reason: str) -> InputError:
    return InputError(f"the statement {reason}", ADVICE)
