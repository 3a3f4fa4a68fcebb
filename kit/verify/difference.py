"""What differs between two deposits, in their tables and their claims."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kit.errors import InputError
from kit.seal import Deposit
from kit.seal.deposit import CLAIMS, TABLES
from kit.verify.steps import Protocol
from kit.verify.verifying import secure


@dataclass(frozen=True, slots=True)
class TableChange:
    """Rows of a table that only one of two deposits has. A row that changed is in both counts.

    Attributes:
        only_first, only_second: numbers of such rows.
        columns: that differ between rows at the same place; empty where the numbers of rows differ.
    """

    table: str
    only_first: int
    only_second: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A claim that two deposits judge in different ways; None where one does not have it.

    Attributes:
        edition: of the paper; a claim may stand in both with different numbers.
    """

    claim_id: str
    edition: str
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs."""

    tables: tuple[TableChange, ...]
    claims: tuple[ClaimChange, ...]


def difference(first: Deposit, second: Deposit, now: datetime) -> Difference:
    """Compare two deposits, after the signatures of both were checked.

    Raises:
        VerificationError: if one is not as its signer left it.
        InputError: if its tables or claims are none.
    """
    one, other = (secure(deposit, None, now, Protocol(lambda _: None)).contents.crate for deposit in (first, second))
    try:
        return Difference(tuple(_tables(one, other)), tuple(_claims(one[CLAIMS], other[CLAIMS])))
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error) as error:
        raise InputError(
            f"the tables or claims of a deposit cannot be read ({type(error).__name__})", "run `kit verify` on both"
        ) from error


def _tables(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> Iterator[TableChange]:
    for name in sorted(key for key in one.keys() | other.keys() if key.startswith(TABLES)):
        left, right = _rows(one.get(name, b"")), _rows(other.get(name, b""))
        if left != right:
            first, second = {tuple(row) for row in left}, {tuple(row) for row in right}
            yield TableChange(
                name.removeprefix(TABLES).removesuffix(".csv"),
                len(first - second),
                len(second - first),
                _columns(left, right),
            )


def _columns(left: list[list[str]], right: list[list[str]]) -> tuple[str, ...]:
    if len(left) != len(right) or left[:1] != right[:1] or not left:
        return ()
    return tuple(name for place, name in enumerate(left[0]) if [r[place] for r in left] != [r[place] for r in right])


def _claims(one: bytes, other: bytes) -> Iterator[ClaimChange]:
    left, right = _verdicts(json.loads(one)), _verdicts(json.loads(other))
    for key in sorted(left.keys() | right.keys()):
        if left.get(key) != right.get(key):
            yield ClaimChange(*key, left.get(key), right.get(key))


def _verdicts(claims: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(str(claim["claim_id"]), str(claim["edition"])): str(claim["verdict"]) for claim in claims}


def _rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))
