"""The RO-Crate: every file of the run with its digest and meaning, in a container that is always the same bytes.

RO-Crate 1.2 with the Process Run Crate profile 0.5.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import kit
from kit.model.canonical import canonical_json
from kit.seal.container import write_container
from kit.seal.deposit import CHECKSUMS, CLAIMS, JOURNAL, METADATA, PAGE, PINS, REPORT, REVISIONS, STUDY, TABLES
from kit.seal.facts import SealFacts

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

PROFILE: Final = "https://w3id.org/ro/wfrun/process/0.5"
RO_CRATE_VERSION: Final = "1.2"
PAPER_DOI: Final = "10.1145/3630106.3658542"
PAPER_TITLE: Final = "Power Hungry Processing: Watts Driving the Cost of AI Deployment?"
PAPER_AUTHORS: Final = (("Luccioni", "Alexandra Sasha"), ("Jernite", "Yacine"), ("Strubell", "Emma"))
KEYWORDS: Final = ("energy", "machine learning", "inference", "reproducibility")
APPLICATION: Final = "Power Hungry Processing reproducibility kit"

KIT_ID: Final = "urn:power-hungry-kit"
"""Names the kit; its code is found by the version and the locks in the crate."""

DESCRIPTIONS: Final = {
    METADATA: "The metadata of the crate",
    JOURNAL: "Every run with its windows and raw readings (SQLite)",
    STUDY: "What was to be measured",
    PINS: "Commits and files that models and data sets were pinned to",
    REVISIONS: "Models and data sets, each with its commit where it has one",
    "software.json": "Versions that computed tables, claims and report",
    "host.json": "The machine that measured",
    "run.log": "What the measuring processes printed",
    "calibration.json": "Resolution, overhead and idle power of the meters",
    CLAIMS: "Each claim of the paper with its verdict",
    PAGE: "The report as a page",
    REPORT: "The report as PDF/A-3, unsigned",
    "zenodo.json": "Metadata for a deposit at Zenodo",
    "CITATION.cff": "How to cite this run",
    CHECKSUMS: "SHA-256 of every other file, for sha256sum --check",
}
FOLDERS: Final = {
    TABLES: "Table of results",
    "traces/": "Raw samples of power",
    "codecarbon/": "What CodeCarbon itself wrote",
    "locks/": "Packages by version and hash",
}


def build_crate(files: Mapping[str, bytes], facts: SealFacts) -> bytes:
    """The container of the files, with study, metadata and checksums added.

    Args:
        files: content by path in the crate.

    Raises:
        InputError: if a name or the whole is out of bounds.
    """
    content = dict(files)
    content[STUDY] = (facts.study + "\n").encode()
    content[REVISIONS] = _json({"schema": 1, "models": facts.models, "datasets": facts.datasets})
    content["zenodo.json"] = _json(_zenodo(facts))
    content["CITATION.cff"] = _citation(facts).encode()
    content[METADATA] = _metadata(content, facts)
    content[CHECKSUMS] = checksums(content).encode()
    return write_container(content)


def belongs(name: str) -> bool:
    """Whether a path is one of those that a crate has; any other could mean something in a run's folder."""
    folder, _, file = name.partition("/")
    return name in DESCRIPTIONS or (f"{folder}/" in FOLDERS and file != "" and "/" not in file)


def checksums(content: Mapping[str, bytes]) -> str:
    """Lines as `sha256sum --check` reads them."""
    return "".join(f"{hashlib.sha256(content[name]).hexdigest()}  {name}\n" for name in sorted(content))


def _json(value: Any) -> bytes:
    return (canonical_json(value) + "\n").encode()


def _metadata(content: Mapping[str, bytes], facts: SealFacts) -> bytes:
    from rocrate.model import SoftwareApplication
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=RO_CRATE_VERSION)
    root = crate.root_dataset
    crate.name = facts.title
    crate.description = facts.description
    crate.datePublished = facts.ended_at
    crate.keywords = list(KEYWORDS)
    root["conformsTo"] = _add(crate, PROFILE, ["CreativeWork", "Profile"], name="Process Run Crate", version="0.5")
    crate.license = _add(crate, f"https://spdx.org/licenses/{facts.license}", "CreativeWork", name=facts.license)
    person = _creator(crate, facts)
    crate.creator = person
    root["isBasedOn"] = _add(crate, f"https://doi.org/{PAPER_DOI}", "ScholarlyArticle", name=PAPER_TITLE)
    entities = {name: crate.add_file(dest_path=name, properties=_file(name, content[name])) for name in sorted(content)}
    application = crate.add(
        SoftwareApplication(crate, "#kit", properties={"name": APPLICATION, "version": kit.__version__, "url": KIT_ID})
    )
    outcome = "CompletedActionStatus" if facts.complete else "FailedActionStatus"
    properties: dict[str, Any] = {
        "name": f"{facts.origin.value} study {facts.name}",
        "description": facts.description,
        "startTime": facts.started_at,
        "endTime": facts.ended_at,
        "actionStatus": {"@id": f"http://schema.org/{outcome}"},
    }
    if not facts.complete:
        properties["error"] = f"{facts.missing} planned runs are missing"
    action = crate.add_action(
        application,
        identifier="#run",
        object=[entities[STUDY]],
        result=[entity for name, entity in entities.items() if name != STUDY],
        properties=properties,
    )
    action["agent"] = person
    root["mentions"] = action
    graph = crate.metadata.generate()
    return (json.dumps(graph, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _add(crate: ROCrate, identifier: str, kind: str | list[str], **properties: str) -> Any:
    from rocrate.model import ContextEntity

    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))


def _creator(crate: ROCrate, facts: SealFacts) -> Any:
    orcid = facts.creator.orcid
    return _add(crate, f"https://orcid.org/{orcid}" if orcid else "#creator", "Person", name=facts.creator.name)


def _file(name: str, content: bytes) -> dict[str, str]:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    folder = next((words for start, words in FOLDERS.items() if name.startswith(start)), name)
    return {
        "name": name,
        "description": DESCRIPTIONS.get(name, folder),
        "encodingFormat": "application/vnd.sqlite3" if name == JOURNAL else kind,
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _zenodo(facts: SealFacts) -> dict[str, Any]:
    creator = {"name": facts.creator.name} | ({"orcid": facts.creator.orcid} if facts.creator.orcid else {})
    return {
        "title": facts.title,
        "upload_type": "dataset",
        "description": facts.description,
        "creators": [creator],
        "license": facts.license,
        "related_identifiers": [{"identifier": PAPER_DOI, "relation": "isSupplementTo"}],
        "keywords": KEYWORDS,
    }


def _citation(facts: SealFacts) -> str:
    """Citation File Format 1.2.0; JSON strings are YAML strings."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    orcid = f"\n    orcid: https://orcid.org/{facts.creator.orcid}" if facts.creator.orcid else ""
    authors = "".join(f"      - {{family-names: {family}, given-names: {given}}}\n" for family, given in PAPER_AUTHORS)
    return (
        "cff-version: 1.2.0\n"
        "message: Please cite this run together with the paper that it reproduces.\n"
        "type: dataset\n"
        f"title: {quoted(facts.title)}\n"
        f"license: {facts.license}\n"
        f"authors:\n  - name: {quoted(facts.creator.name)}{orcid}\n"
        f"date-released: {facts.ended_at[:10]}\n"
        "references:\n  - type: conference-paper\n"
        f"    title: {quoted(PAPER_TITLE)}\n"
        f"    authors:\n{authors}"
        f"    doi: {PAPER_DOI}\n"
    )
