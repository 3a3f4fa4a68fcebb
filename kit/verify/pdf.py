"""The PDF's signature: whole file, unchanged, by the key of the certificate.

A validator's overall answer is not enough: it stays positive for bytes after the end and for some later changes of the
title. Coverage of the entire file is required, and whatever breaks while reading is a failure.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from kit.errors import InputError
from kit.model.printable import printable
from kit.verify.envelope import ADVICE


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """A signature that holds.

    Attributes:
        signed_at: as the signer states it; nobody else vouches for it.
        timestamp: time and name of an authority, where the signature carries its timestamp.
    """

    signed_at: datetime | None
    timestamp: str | None


def check_pdf(data: bytes, certificate: x509.Certificate, now: datetime) -> PdfSignature:
    """See that the PDF's one signature covers all of it and was made with the certificate's key.

    Raises:
        InputError: if not.
    """
    with quiet():
        try:
            return _check(data, certificate, now)
        except InputError:
            raise
        except Exception as error:  # whatever breaks on a changed PDF means that it was changed
            raise refused(f"cannot be read as it should ({type(error).__name__}: {error})") from error


def _check(data: bytes, certificate: x509.Certificate, now: datetime) -> PdfSignature:
    from asn1crypto import x509 as asn1
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signatures = PdfFileReader(io.BytesIO(data), strict=True).embedded_signatures
    if len(signatures) != 1:
        raise refused(f"has {len(signatures)} signatures, not one")
    own = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    signature = signatures[0]
    if signature.signer_cert.dump() != own.dump():
        raise refused("was signed with another certificate")
    context = ValidationContext(trust_roots=[own], allow_fetching=False, moment=now)
    status = validate_pdf_signature(signature, context)
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise refused("has bytes that its signature does not cover")
    if status.modification_level is not ModificationLevel.NONE:
        raise refused("was changed after it was signed")
    if not (status.intact and status.valid and status.trusted):
        raise refused(f"has a signature that does not hold ({status.summary()})")
    return PdfSignature(status.signer_reported_dt, _timestamp(status.timestamp_validity))


def _timestamp(validity: Any) -> str | None:
    """What an RFC 3161 timestamp says; that its authority can be trusted, is not known offline."""
    if validity is None:
        return None
    if not (validity.intact and validity.valid):
        raise refused("has a timestamp that does not hold")
    return f"{validity.timestamp:%Y-%m-%dT%H:%M:%S%z} by {validity.signing_cert.subject.human_friendly}"


@contextmanager
def quiet() -> Iterator[None]:
    """The validator's own log tells of every certificate that it cannot find a path for; the step says what counts."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def refused(reason: str) -> InputError:
    """The error for a PDF that is not what it should be; the reason may quote it."""
    return InputError(f"the PDF {printable(reason)}", ADVICE)
