"""What an audit finds: a published number or list that the data do not give as stated, or data that cannot be right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """What a finding is about."""

    NUMBER = "number"
    """A number or direction that the paper states."""
    LIST = "list"
    """A list of models or data sets."""
    DATA = "data"
    """The measurements themselves, whatever the paper says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        check: id of the claim with its edition, or name of the check.
        where: place in the paper, or what was looked at.
        published: what the paper states; None for data.
        as_stated: what the data give by the paper's own definition, or what was found.
        definition: the definition that gives the published number; None where none was found or none was looked for.
        by_definition: what it gives.
        tried, fitting: definitions that were tried, and how many of them give the published number.
        sentence: all of it in one sentence.
    """

    subject: Subject
    check: str
    where: str
    published: str | None
    as_stated: str
    definition: str | None = None
    by_definition: str | None = None
    tried: int = 0
    fitting: int = 0
    sentence: str
