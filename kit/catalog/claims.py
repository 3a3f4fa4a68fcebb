"""The registry of the paper's claims: what it states, where, and how an observation is held against it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from annotated_types import Gt, Lt
from pydantic import TypeAdapter

from kit.catalog.loader import FOLDER
from kit.catalog.yaml_file import YamlFile, read_yaml
from kit.errors import SchemaError

SCHEMA: Final = 1
CLAIM_ID: Final = re.compile(r"[A-Z]\d{1,2}(\.[a-z0-9-]+)*", re.ASCII)

_STRICT: Final = {"extra": "forbid", "allow_inf_nan": False}

Parameter = str | float | tuple[str, ...]


class Edition(StrEnum):
    """Which edition of the paper states a claim."""

    V1 = "v1"
    """arXiv, November 2023."""
    FINAL = "final"
    """FAccT 2024."""
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One number or direction that the paper states.

    A claim is held against its quantity by exactly one of `printed`, `at_least`, `at_most`, or by `above` or `below`
    alone; the last two may stand beside a number too, for the direction that the number implies. A claim that no
    measurement can answer has `missing` and no quantity.

    Attributes:
        id: as in the list of claims, with a part for each number.
        where: place in the paper.
        says: the claim in one sentence of the kit's own.
        published: the number as printed with its unit, or the direction in words.
        quantity, parameters: what is computed from a record.
        printed: the number's digits; those that are there are those that are compared.
        within: relative tolerance, where the number is stated as approximate or rests on rounded figures.
        at_least, at_most: bounds of the quantity, in its unit.
        above, below: what the whole interval of the quantity has to be for the direction to hold.
        missing: one sentence, what a test of the claim would take.
    """

    __pydantic_config__ = _STRICT

    id: str
    edition: Edition = Edition.BOTH
    where: str
    says: str
    published: str
    quantity: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    printed: str | None = None
    within: Annotated[float, Gt(0), Lt(1)] | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    missing: str | None = None

    @property
    def numeric(self) -> bool:
        """Whether a number is stated, not a direction alone."""
        return any(value is not None for value in (self.printed, self.at_least, self.at_most))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClaimsFile:
    __pydantic_config__ = _STRICT

    schema: int
    claims: tuple[Claim, ...]


@cache
def load_claims() -> tuple[Claim, ...]:
    """The claims that ship with the kit, in the paper's order.

    Raises:
        StudyError: if the file is wrong, with key and line.
        SchemaError: if a newer kit wrote it.
    """
    return read_claims(FOLDER / "claims.yaml")


def read_claims(path: Path) -> tuple[Claim, ...]:
    """The claims of a file of the same shape; raises as `load_claims` does."""
    file = read_yaml(path)
    schema = file.content.get("schema") if isinstance(file.content, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise SchemaError(f"{path}: has schema {schema}, this kit knows {SCHEMA}", "update the kit")
    content: Any = file.validated(TypeAdapter(_ClaimsFile), (), file.content)
    if content.schema != SCHEMA:
        raise file.error(("schema",), f"{content.schema} is no schema of this file; the kit knows {SCHEMA}")
    seen: set[tuple[str, Edition]] = set()
    for number, claim in enumerate(content.claims):
        _check(file, number, claim)
        if (claim.id, claim.edition) in seen:
            raise file.error(("claims", number, "id"), f"{claim.id} stands twice for edition {claim.edition}")
        seen.add((claim.id, claim.edition))
    claims: tuple[Claim, ...] = content.claims
    return claims


def _check(file: YamlFile, number: int, claim: Claim) -> None:
    place = ("claims", number)
    if not CLAIM_ID.fullmatch(claim.id):
        raise file.error((*place, "id"), f"{claim.id!r:.60} is not a claim's id, as T2.1.mean")
    if (claim.quantity is None) == (claim.missing is None):
        raise file.error(place, f"{claim.id}: give either a quantity or what is missing to test it")
    rules = [name for name in ("printed", "at_least", "at_most") if getattr(claim, name) is not None]
    directed = claim.above is not None or claim.below is not None
    if claim.quantity is not None and (len(rules) > 1 or not (rules or directed)):
        raise file.error(place, f"{claim.id}: give one of printed, at_least, at_most, or a direction above or below")
    if claim.missing is not None and (rules or directed):
        raise file.error(place, f"{claim.id}: what cannot be tested has nothing to compare with")
    if claim.within is not None and claim.printed is None:
        raise file.error((*place, "within"), f"{claim.id}: a tolerance belongs to a printed number")
    if claim.printed is not None:
        try:
            finite = Decimal(claim.printed).is_finite()
        except InvalidOperation:
            finite = False
        if not finite:
            raise file.error((*place, "printed"), f"{claim.printed!r:.60} is not a number; quote its digits")
