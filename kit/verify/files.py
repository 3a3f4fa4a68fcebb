"""Reading a deposit, and comparing every digest that is stated anywhere in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import InputError
from kit.seal.container import MAX_CRATE_BYTES, read_container
from kit.seal.crate import belongs, checksums
from kit.seal.deposit import CHECKSUMS, CLAIMS, JOURNAL, METADATA, PAGE, REPORT, STUDY, Deposit
from kit.seal.keys import MAX_PEM_BYTES
from kit.seal.statement import subjects
from kit.verify.envelope import ADVICE, Statement

REQUIRED: Final = (JOURNAL, STUDY, CLAIMS, PAGE, REPORT, METADATA, CHECKSUMS, "software.json")
LIMITS: Final = {".zip": MAX_CRATE_BYTES, ".pdf": 2**28, ".json": 2**25, ".pem": MAX_PEM_BYTES}
"""Bytes of each kind of file; a statement of as many files as a crate can hold has 24 MiB."""
MAX_METADATA_BYTES: Final = 2**26
"""Read as JSON before any signature was checked; metadata of as many files as a crate can hold have 50 MiB."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A deposit in memory.

    Attributes:
        deposit: where it lies.
        outer: content of the files that the statement names, by file name.
        statement: the envelope.
        crate: content of the crate's files, by path.
    """

    deposit: Deposit
    outer: Mapping[str, bytes]
    statement: bytes
    crate: Mapping[str, bytes]

    @property
    def pdf(self) -> bytes:
        """The signed report."""
        return self.outer[self.deposit.pdf.name]

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, in PEM."""
        return self.outer[self.deposit.certificate.name]


def read_deposit(deposit: Deposit) -> Contents:
    """The files of a deposit.

    Raises:
        InputError: if one cannot be read, is out of bounds, or the crate is no container of the kit.
    """
    outer = {path.name: _read(path) for path in deposit.signed}
    return Contents(deposit, outer, _read(deposit.statement), read_container(outer[deposit.crate.name]))


def require_digests(contents: Contents, statement: Statement) -> None:
    """See that statement, SHA256SUMS and metadata state the digest of every file that is there, and of no other.

    Raises:
        InputError: with the first file that is missing, extra or another.
    """
    _require_same("the statement", statement.subjects, subjects(contents.outer, contents.crate))
    lacking = [name for name in REQUIRED if name not in contents.crate]
    if lacking:
        raise InputError(f"the crate lacks {lacking[0]}", ADVICE)
    strange = [name for name in contents.crate if not belongs(name)]
    if strange:
        raise InputError(f"the crate holds {strange[0]}, which is no file of a run", ADVICE)
    counted = {name: content for name, content in contents.crate.items() if name != CHECKSUMS}
    if contents.crate[CHECKSUMS] != checksums(counted).encode():
        raise InputError(f"{CHECKSUMS} is not that of the files beside it", ADVICE)
    described = {name: content for name, content in counted.items() if name != METADATA}
    actual = {name: hashlib.sha256(content).hexdigest() for name, content in described.items()}
    _require_same(METADATA, _described(contents.crate[METADATA]), actual)


def _described(metadata: bytes) -> dict[str, str]:
    if len(metadata) > MAX_METADATA_BYTES:
        raise InputError(f"{METADATA} is larger than {MAX_METADATA_BYTES >> 20} MiB", ADVICE)
    try:
        graph = json.loads(metadata)["@graph"]
        return {str(item["@id"]): str(item["sha256"]) for item in graph if item.get("@type") == "File"}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{METADATA} is not the metadata of a crate", ADVICE) from error


def _require_same(where: str, stated: Mapping[str, str], actual: Mapping[str, str]) -> None:
    for name in sorted(stated.keys() | actual.keys()):
        if name not in actual:
            raise InputError(f"{where} names {name[:200]!a}, which is not there", ADVICE)
        if name not in stated:
            raise InputError(f"{where} does not name {name}, which is there", ADVICE)
        if stated[name] != actual[name]:
            raise InputError(f"{where} states another digest of {name}", ADVICE)


def _read(path: Path) -> bytes:
    limit = LIMITS[path.suffix]
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", "check the path") from error
    if len(content) > limit:
        raise InputError(f"{path}: larger than {limit >> 20} MiB", ADVICE)
    return content
