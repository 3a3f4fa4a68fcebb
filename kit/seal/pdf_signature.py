"""Signing the report: PAdES as an incremental update, so that the unsigned bytes stay as they are, in front."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

from kit.errors import InputError, NetworkError
from kit.seal.keys import SigningKey

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper

FIELD_NAME: Final = "KitSignature"
REASON: Final = "Report of a reproduction of Power Hungry Processing"
TIMEOUT_S: Final = 30


def sign_pdf(unsigned: bytes, key: SigningKey, timestamper: TimeStamper | None = None) -> bytes:
    """The signed PDF, PAdES B-B, or B-T with a timestamp; it starts with the unsigned one.

    Raises:
        NetworkError: if the timestamp authority gives no timestamp.
    """
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.sign.timestamps import TimestampRequestError
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    certificate = x509.Certificate.load(key.certificate.public_bytes(Encoding.DER))
    private_key = keys.PrivateKeyInfo.load(
        key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    )
    signer = signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=private_key,
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD_NAME, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=REASON
    )
    output = io.BytesIO()
    pdf_signer = signers.PdfSigner(metadata, signer, timestamper=timestamper, new_field_spec=SigFieldSpec(FIELD_NAME))
    try:
        pdf_signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(unsigned)), output=output)
    except (TimestampRequestError, OSError) as error:
        raise NetworkError(
            f"the timestamp authority gives no timestamp: {error}", "check the address, or seal without --timestamp"
        ) from error
    return output.getvalue()


def authority(url: str) -> TimeStamper:
    """The RFC 3161 timestamp authority at an address; it is not asked yet.

    Raises:
        InputError: if that is no address on the web.
    """
    if not re.match(r"https?://[^/\s]+", url):
        raise InputError(
            f"{url[:200]!a}: not an address of a timestamp authority", "give one that begins with https://"
        )
    from pyhanko.sign.timestamps import HTTPTimeStamper

    return HTTPTimeStamper(url, timeout=TIMEOUT_S)
