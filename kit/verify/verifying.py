"""Verification, as a numbered list of steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from kit.errors import InputError
from kit.model.record import Record
from kit.seal import Deposit
from kit.seal.deposit import REPORT
from kit.seal.keys import Identity, identity_of
from kit.verify.addition import require_prefix
from kit.verify.envelope import (
    Statement,
    parse_certificate,
    parse_statement,
    require_build_type,
    require_certificate,
    require_signature,
)
from kit.verify.files import Contents, read_deposit, require_digests
from kit.verify.pdf import check_pdf
from kit.verify.recomputation import (
    Computed,
    compare_claims,
    compare_report,
    compare_statement,
    compare_tables,
    compute,
    read_journal,
)
from kit.verify.steps import Listener, NotDoneError, Protocol, Verification


@dataclass(frozen=True, slots=True)
class Secured:
    """A deposit whose integrity is proven: steps 1 to 5 passed."""

    contents: Contents
    statement: Statement
    certificate: x509.Certificate
    trusted: bool


def verify(deposit: Deposit, trust: x509.Certificate | None, now: datetime, listen: Listener) -> Verification:
    """Check a deposit.

    1. The four files are there, the crate is a container as the kit writes it, every path in it is safe.
    2. The statement names every file with its digest, none is missing, none is extra; so do SHA256SUMS and metadata.
    3. The key of the certificate signed the statement; the certificate is valid, and the trusted one if one is given.
    4. The PDF's one signature covers the entire file and was made with the same certificate.
    5. The signed PDF is the crate's unsigned one with a signature added, and nothing but that.
    6. The schemas of statement and journal are known, the journal is sound and holds the kit's tables alone.
    7. Statement and study say of the run what the journal says.
    8. The tables follow from the raw runs.
    9. The claims' verdicts follow from the raw runs.
    10. The report follows from the raw runs, byte by byte, where the versions are the same.
    11. The deviations from the published protocol are listed.

    The first six raise: without them nothing after them means anything. The others are done in any case.

    Not checked: that a person is who the certificate says (unless it is given as trusted); that the raw runs themselves
    are honest; that traces, CodeCarbon's files, logs, host record, pins and locks belong to them, and what the crate's
    metadata and the PDF's XMP say beside digests; that a timestamp's authority is one to trust; and a keyless signature
    that may lie beside.

    Args:
        trust: the signer's certificate, had from somewhere else than the deposit.
        now: time at which the certificate has to be valid.
        listen: is told each step as it ends.

    Raises:
        VerificationError: if one of the first six steps fails.
    """
    protocol = Protocol(listen)
    secured = secure(deposit, trust, now, protocol)
    with protocol.secures("schema versions and a sound journal") as details:
        require_build_type(secured.statement)
        record = read_journal(secured.contents.crate)
        details.append(secured.statement.build_type)
    _recompute(record, secured, protocol)
    with protocol.informs("deviations from the published protocol") as details:
        details.extend(record.deviations or ("none is recorded",))
    return Verification(
        signer=identity_of(secured.certificate),
        fingerprint=secured.certificate.fingerprint(SHA256()).hex(),
        trusted=secured.trusted,
        sealed_with=secured.statement.kit_version,
        steps=protocol.steps,
    )


def secure(deposit: Deposit, trust: x509.Certificate | None, now: datetime, protocol: Protocol) -> Secured:
    """Steps 1 to 5.

    Raises:
        VerificationError: if one fails.
    """
    with protocol.secures("container and paths") as details:
        contents = read_deposit(deposit)
        details.append(f"{len(contents.crate)} files in the crate")
    with protocol.secures("digests of every file") as details:
        statement = parse_statement(contents.statement)
        require_digests(contents, statement)
        details.append(f"{len(statement.subjects)} digests")
    with protocol.secures("signature of the statement") as details:
        certificate = parse_certificate(contents.certificate)
        require_certificate(certificate, now)
        require_signature(contents.statement, certificate)
        details.append(f"signed by {_named(identity_of(certificate))}")
        if trust is not None and trust != certificate:
            raise InputError(
                "the deposit was signed with another certificate than the trusted one",
                "do not trust this archive; or give the signer's present certificate",
            )
        details.append("the certificate is the trusted one" if trust else "nobody vouches for the certificate")
        if deposit.keyless.is_file():
            details.append(f"a keyless signature lies beside, not checked here: {deposit.keyless.name}")
    with protocol.secures("signature of the PDF") as details:
        signature = check_pdf(contents.pdf, certificate, now)
        details.append("it covers the entire file")
        if signature.signed_at is not None:
            details.append(f"signed on {signature.signed_at:%Y-%m-%d}, as the signer says")
        if signature.timestamp is not None:
            details.append(f"timestamp {signature.timestamp}; the authority was not checked")
    with protocol.secures("the unsigned PDF is its beginning") as details:
        require_prefix(contents.pdf, contents.crate[REPORT])
        details.append("only a signature was added")
    return Secured(contents, statement, certificate, trust is not None)


def _recompute(record: Record, secured: Secured, protocol: Protocol) -> None:
    crate = secured.contents.crate
    with protocol.informs("statement and study against the journal") as details:
        details.extend(compare_statement(record, crate, secured.statement.parameters))
    computed: Computed | None = None
    with protocol.informs("tables from the raw runs") as details:
        computed = compute(record, crate)
        details.extend(compare_tables(computed, crate))
    for name, compare in (
        ("claims from the raw runs", compare_claims),
        ("report rendered anew", compare_report),
    ):
        with protocol.informs(name) as details:
            if computed is None:
                raise NotDoneError("nothing could be computed from the raw runs")
            details.extend(compare(computed, crate))


def _named(identity: Identity) -> str:
    parts = (identity.name, identity.email, identity.orcid and f"ORCID {identity.orcid}")
    return ", ".join(part for part in parts if part)
