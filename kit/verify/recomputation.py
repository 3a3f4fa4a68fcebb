"""Computing anew, from the raw runs of the journal, whatever the deposit states, and comparing."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.errors import InputError, PlatformError
from kit.files import write_bytes
from kit.journal import JOURNAL_NAME, read_record, require_sound
from kit.model.canonical import canonical_json
from kit.model.csv_text import table_to_csv
from kit.model.record import Record
from kit.model.results import ClaimResult, Table
from kit.report import render, require_renderer
from kit.report.material import gather
from kit.seal.deposit import CLAIMS, JOURNAL, PAGE, REPORT, STUDY, TABLES
from kit.seal.facts import facts_of
from kit.seal.keys import Identity
from kit.seal.software import software
from kit.verify.envelope import ADVICE
from kit.verify.steps import NotDoneError

TOLERANCE: Final = 1e-9
"""Relative: another processor or library may round the last digits in another way."""


@dataclass(frozen=True, slots=True)
class Computed:
    """What follows from a record here.

    Attributes:
        html, pdf: the report, where it could be rendered with the versions of the deposit.
        reason: else why not.
    """

    tables: Mapping[str, Table]
    claims: tuple[ClaimResult, ...]
    html: bytes | None
    pdf: bytes | None
    reason: str


def read_journal(crate: Mapping[str, bytes]) -> Record:
    """The record of the crate's journal.

    Raises:
        InputError: if it is damaged, or not the kit's.
        SchemaError: if a newer kit wrote it.
    """
    with tempfile.TemporaryDirectory(prefix="kit-verify-") as name:
        folder = Path(name)
        write_bytes(folder / JOURNAL_NAME, crate[JOURNAL])
        try:
            require_sound(folder)
            return read_record(folder)
        except InputError as error:  # the copy that was read is gone when its path is told
            raise InputError(error.message.removeprefix(f"{folder}/"), ADVICE) from error


def compute(record: Record, crate: Mapping[str, bytes]) -> Computed:
    """Tables, claims and, where the versions are those of the deposit, the report."""
    reason = _why_not_rendered(crate)
    if reason:
        material = gather(record)
        return Computed(material.tables, material.claims, None, None, reason)
    rendered = render(record)
    return Computed(rendered.tables, rendered.claims, rendered.html, rendered.pdf, "")


def compare_statement(record: Record, crate: Mapping[str, bytes], parameters: Mapping[str, Any]) -> list[str]:
    """What the statement says of the run, beside what the journal says.

    Returns:
        Lines for the step.

    Raises:
        InputError: if they differ.
    """
    facts = facts_of(record, "deposit", Identity("nobody"), "CC0-1.0")
    if crate[STUDY] != (facts.study + "\n").encode():
        raise InputError(f"{STUDY} is not the study of the journal", ADVICE)
    for key, value in facts.parameters.items():
        if parameters.get(key) != json.loads(canonical_json(value)):
            raise InputError(f"the statement says another thing of {key} than the journal", ADVICE)
    whole = "complete" if facts.complete else f"not complete: {facts.missing:,} planned runs are missing"
    return [f"{len(record.runs):,} runs, {facts.origin.value}, {whole}", f"study {facts.study_id}"]


def compare_tables(computed: Computed, crate: Mapping[str, bytes]) -> list[str]:
    """The crate's tables beside those computed anew.

    Raises:
        InputError: with the first table, row and column that differ.
    """
    made = {f"{TABLES}{name}.csv": table_to_csv(table).encode() for name, table in computed.tables.items()}
    stated = {name: content for name, content in crate.items() if name.startswith(TABLES)}
    if stated.keys() != made.keys():
        raise InputError(f"tables that are not in both: {', '.join(sorted(stated.keys() ^ made.keys()))}", ADVICE)
    same = sum(stated[name] == made[name] for name in made)
    for name in sorted(made):
        if stated[name] != made[name]:
            _compare_rows(name, _rows(stated[name]), _rows(made[name]))
    return [f"{len(made)} tables, {same} of them the same bytes"]


def compare_claims(computed: Computed, crate: Mapping[str, bytes]) -> list[str]:
    """The crate's verdicts beside those judged anew.

    Raises:
        InputError: with the first claim that differs.
    """
    made = json.loads(canonical_json(computed.claims))
    stated = json.loads(crate[CLAIMS])
    if len(stated) != len(made):
        raise InputError(f"{CLAIMS} has {len(stated)} claims, {len(made)} follow from the raw runs", ADVICE)
    for left, right in zip(stated, made, strict=True):
        if not _alike(left, right):
            raise InputError(f"{CLAIMS}: another result of {right['claim_id']} than the raw runs give", ADVICE)
    return [f"{len(made)} verdicts"]


def compare_report(computed: Computed, crate: Mapping[str, bytes]) -> list[str]:
    """The crate's report beside the one rendered anew, byte by byte.

    Raises:
        NotDoneError: if it could not be rendered with the same versions.
        InputError: if a form of it differs.
    """
    if computed.html is None:
        raise NotDoneError(computed.reason)
    for name, made in ((PAGE, computed.html), (REPORT, computed.pdf)):
        if crate[name] != made:
            raise InputError(f"{name} is not what the raw runs give with the same versions", ADVICE)
    return ["page and PDF, the same bytes"]


def _why_not_rendered(crate: Mapping[str, bytes]) -> str:
    """Empty where the report can be rendered with the versions that it was sealed with."""
    try:
        require_renderer()
    except PlatformError as error:
        return error.message
    here, there = software(), json.loads(crate["software.json"])
    differing = [key for key in here if key != "packages" and here[key] != there.get(key)]
    packages = there.get("packages", {})
    differing += [name for name, version in here["packages"].items() if packages.get(name) != version]
    return f"sealed with other versions of {', '.join(differing)}" if differing else ""


def _rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def _compare_rows(name: str, stated: list[list[str]], made: list[list[str]]) -> None:
    if stated[:1] != made[:1] or len(stated) != len(made):
        raise InputError(f"{name}: other columns or another number of rows than the raw runs give", ADVICE)
    for number, (left, right) in enumerate(zip(stated, made, strict=True), start=1):
        for column, one, other in zip(made[0], left, right, strict=True):
            if one != other and not _close(one, other):
                raise InputError(
                    f"{name}, row {number}, {column}: {one[:60]!a} is stated, {other[:60]!a} follows from the raw runs",
                    ADVICE,
                )


def _close(one: str, other: str) -> bool:
    try:
        return math.isclose(float(one), float(other), rel_tol=TOLERANCE)
    except ValueError:
        return False


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE)
    return bool(one == other)
