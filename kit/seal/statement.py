"""The signed statement: an in-toto Statement v1 with SLSA provenance, in a DSSE envelope.

It names the deposit's files and every file in the crate by SHA-256, so that one
signature covers all of them. Sources: in-toto Attestation Framework (Statement
v1), SLSA v1.0 provenance, DSSE v1.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from kit.model.canonical import canonical_json
from kit.seal.deposit import SealFacts
from kit.seal.keys import SigningKey

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://slsa.dev/provenance/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
BUILD_TYPE: Final = "urn:power-hungry-kit:run:v1"
CRATE_PREFIX: Final = "crate/"
"""Before the names of files in the crate, among the statement's subjects."""


def build_statement(outer: Mapping[str, bytes], inner: Mapping[str, str], facts: SealFacts) -> dict[str, Any]:
    """The statement as JSON values.

    Args:
        outer: content of the deposit's own files by name.
        inner: SHA-256 of the files in the crate by path.
    """
    subjects = [_subject(name, hashlib.sha256(content).hexdigest()) for name, content in sorted(outer.items())]
    subjects += [_subject(CRATE_PREFIX + name, digest) for name, digest in sorted(inner.items())]
    return {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "study": facts.study_id,
                    "origin": facts.origin,
                    "complete": facts.complete,
                    "missing_runs": facts.missing,
                    "deviations": list(facts.deviations),
                },
                "internalParameters": {},
                "resolvedDependencies": [{"name": f"{name}=={version}"} for name, version in facts.packages],
            },
            "runDetails": {
                "builder": {"id": f"urn:power-hungry-kit:{facts.kit_version}"},
                "metadata": {
                    "invocationId": facts.study_id,
                    "startedOn": facts.started_at,
                    "finishedOn": facts.ended_at,
                },
            },
        },
    }


def sign_statement(statement: Mapping[str, Any], key: SigningKey) -> bytes:
    """The statement in its envelope, signed."""
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner

    envelope = Envelope(canonical_json(statement).encode(), PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key.private_key))
    return canonical_json(envelope.to_dict()).encode()


def _subject(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest}}
