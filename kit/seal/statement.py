"""The signed statement: an in-toto Statement v1 with SLSA provenance, in a DSSE envelope.

It names the deposit's files and every file in the crate by SHA-256, so that one
signature covers all of them. Sources: in-toto Attestation Framework (Statement
v1), SLSA v1.0 provenance, DSSE v1.0, package URLs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import kit
from kit.model.canonical import canonical_json
from kit.seal.crate import KIT_ID
from kit.seal.deposit import PINS, REVISIONS
from kit.seal.facts import SealFacts
from kit.seal.keys import SigningKey

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://slsa.dev/provenance/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
BUILD_TYPE: Final = "urn:power-hungry-kit:deposit:v1"
"""Its number is the schema version of statement and deposit."""
CRATE_PREFIX: Final = "crate/"
"""Before the names of files in the crate, among the statement's subjects."""
LOCKS_PREFIX: Final = "locks/"


def build_statement(outer: Mapping[str, bytes], inner: Mapping[str, bytes], facts: SealFacts) -> dict[str, Any]:
    """The statement as JSON values.

    Args:
        outer: content of the deposit's own files by name.
        inner: content of the files in the crate by path.
    """
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": value}} for name, value in subjects(outer, inner).items()],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": facts.parameters,
                "resolvedDependencies": list(_dependencies(inner, facts)),
            },
            "runDetails": {
                "builder": {"id": KIT_ID, "version": {"kit": kit.__version__}},
                "metadata": {
                    "invocationId": facts.study_id,
                    "startedOn": facts.started_at,
                    "finishedOn": facts.ended_at,
                },
            },
        },
    }


def subjects(outer: Mapping[str, bytes], inner: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of everything that the statement covers, by the name that it has there."""
    named = {**outer, **{CRATE_PREFIX + name: content for name, content in inner.items()}}
    return {name: hashlib.sha256(named[name]).hexdigest() for name in sorted(named)}


def sign_statement(statement: Mapping[str, Any], key: SigningKey) -> bytes:
    """The statement in its envelope, signed, as canonical JSON."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner

    envelope = Envelope(canonical_json(statement).encode(), PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key.private_key))
    return canonical_json(envelope.to_dict()).encode()


def _dependencies(inner: Mapping[str, bytes], facts: SealFacts) -> Iterator[dict[str, Any]]:
    """Packages of the host that measured, as package URLs; pins, commits and locks by digest."""
    for name in sorted(inner):
        if name in (PINS, REVISIONS) or name.startswith(LOCKS_PREFIX):
            yield {"name": CRATE_PREFIX + name, "digest": {"sha256": hashlib.sha256(inner[name]).hexdigest()}}
    for name, version in facts.packages:
        yield {"uri": f"pkg:pypi/{name.lower().replace('_', '-')}@{quote(version, safe='')}"}
