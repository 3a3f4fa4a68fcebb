"""Signing the report: PAdES B-B as an incremental update, so that the unsigned bytes stay as they are, in front."""

from __future__ import annotations

import io
from typing import Final

from kit.seal.keys import SigningKey

FIELD_NAME: Final = "KitSignature"


def sign_pdf(unsigned: bytes, key: SigningKey, *, reason: str) -> bytes:
    """The signed PDF; it starts with the unsigned one."""
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
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
        field_name=FIELD_NAME, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    output = io.BytesIO()
    signers.PdfSigner(metadata, signer, new_field_spec=SigFieldSpec(FIELD_NAME)).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(unsigned)), output=output
    )
    return output.getvalue()
