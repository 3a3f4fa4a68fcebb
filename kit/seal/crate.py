"""The RO-Crate: every file of the run with its digest and meaning, as a zip that is always the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import mimetypes
import zipfile
from collections.abc import Mapping
from typing import Final

from kit.model.canonical import canonical_json
from kit.seal.deposit import CHECKSUMS, METADATA, SealFacts

PROCESS_RUN_PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"
RO_CRATE_VERSION: Final = "1.2"
LICENSE: Final = "https://spdx.org/licenses/Apache-2.0"
PAPER: Final = "https://doi.org/10.1145/3630106.3658542"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can state; the crate's own times stand in its metadata."""

DESCRIPTIONS: Final = {
    "journal.sqlite": "Every run with its windows and raw readings",
    "study.json": "What was to be measured",
    "host.json": "The machine that measured",
    "run.log": "What the measuring processes printed",
    "claims.json": "Each claim of the paper with its verdict",
    "report.html": "The report as a page",
    "report.pdf": "The report as PDF/A-3, unsigned",
}


def build_crate(files: Mapping[str, bytes], facts: SealFacts) -> bytes:
    """A zip of the files with metadata and checksums.

    Args:
        files: content by path in the crate; slashes, no leading one.
    """
    content = dict(files)
    content["study.json"] = facts.study.encode()
    content["zenodo.json"] = canonical_json(_zenodo(facts)).encode()
    content["CITATION.cff"] = _citation(facts).encode()
    content[METADATA] = _metadata(content, facts)
    content[CHECKSUMS] = checksums(content).encode()
    return deterministic_zip(content)


def checksums(content: Mapping[str, bytes]) -> str:
    """Lines as `sha256sum --check` reads them."""
    return "".join(f"{hashlib.sha256(content[name]).hexdigest()}  {name}\n" for name in sorted(content))


def deterministic_zip(content: Mapping[str, bytes]) -> bytes:
    """Sorted, stored, with fixed times and modes: the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content[name])
    return buffer.getvalue()


def _metadata(content: Mapping[str, bytes], facts: SealFacts) -> bytes:
    from rocrate.model import ContextEntity, SoftwareApplication
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=RO_CRATE_VERSION)
    crate.name = facts.title
    crate.description = facts.description
    crate.datePublished = facts.ended_at
    crate.license = crate.add(
        ContextEntity(crate, LICENSE, properties={"@type": "CreativeWork", "name": "Apache License 2.0"})
    )
    profile = ContextEntity(
        crate, PROCESS_RUN_PROFILE, properties={"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    )
    crate.root_dataset["conformsTo"] = crate.add(profile)
    paper = {"@type": "ScholarlyArticle", "name": "Power Hungry Processing: Watts Driving the Cost of AI Deployment?"}
    crate.root_dataset["isBasedOn"] = crate.add(ContextEntity(crate, PAPER, properties=paper))
    entities = {name: crate.add_file(dest_path=name, properties=_file(name, content[name])) for name in sorted(content)}
    application = SoftwareApplication(
        crate,
        "#kit",
        properties={"name": "Power Hungry Processing reproducibility kit", "version": facts.kit_version},
    )
    crate.add(application)
    outcome = "http://schema.org/CompletedActionStatus" if facts.complete else "http://schema.org/FailedActionStatus"
    properties = {
        "name": f"{facts.origin} study {facts.name}",
        "startTime": facts.started_at,
        "endTime": facts.ended_at,
        "actionStatus": {"@id": outcome},
    }
    if not facts.complete:
        properties["error"] = f"{facts.missing} planned runs are missing"
    crate.add_action(
        application,
        identifier="#run",
        object=[entities["study.json"]],
        result=[entity for name, entity in entities.items() if name != "study.json"],
        properties=properties,
    )
    graph = crate.metadata.generate()
    return (json.dumps(graph, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _file(name: str, content: bytes) -> dict[str, str]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "name": name,
        "description": DESCRIPTIONS.get(name, name),
        "encodingFormat": "application/vnd.sqlite3" if name.endswith(".sqlite") else kind,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _zenodo(facts: SealFacts) -> dict[str, object]:
    return {
        "title": facts.title,
        "upload_type": "dataset",
        "description": facts.description,
        "license": "Apache-2.0",
        "related_identifiers": [{"identifier": "10.1145/3630106.3658542", "relation": "isSupplementTo"}],
        "keywords": ["energy", "machine learning", "inference", "reproducibility"],
    }


def _citation(facts: SealFacts) -> str:
    quoted = json.dumps(facts.title, ensure_ascii=False)
    return (
        "cff-version: 1.2.0\n"
        "message: Please cite this run together with the paper that it reproduces.\n"
        "type: dataset\n"
        f"title: {quoted}\n"
        "authors:\n  - name: see the signature of the statement beside the crate\n"
        f"date-released: {facts.ended_at[:10]}\n"
        "references:\n  - type: conference-paper\n"
        '    title: "Power Hungry Processing: Watts Driving the Cost of AI Deployment?"\n'
        "    authors: [{family-names: Luccioni, given-names: Sasha}, {family-names: Jernite, given-names: Yacine},"
        " {family-names: Strubell, given-names: Emma}]\n"
        "    doi: 10.1145/3630106.3658542\n"
    )
