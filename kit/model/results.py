"""What analysis and claims give back: estimates, tables, verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Boundary(StrEnum):
    """What is counted in an energy."""

    PUBLISHED = "published"
    """The node as CodeCarbon counts it: every GPU, the CPU and the RAM."""
    DEVICE = "device"
    """The device at work alone (one GPU; on a machine without, the CPU), gross."""
    NET = "net"
    """The device at work, less its idle power times the duration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its uncertainty.

    Attributes:
        value: in `unit`.
        low, high: 95 % interval, or None where the data allow none (a single run, say).
        unit: as in the names (`kwh_per_1000`, `g_per_1000`, `1`).
        boundary: what is counted, or None where no energy is involved.
        n_models, n_runs: what it rests on.
        method: one sentence, how value and interval came about.
    """

    value: float
    low: float | None
    high: float | None
    unit: str
    boundary: Boundary | None
    n_models: int
    n_runs: int
    method: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The data do not give the number; the reason says what is missing."""

    reason: str


Quantity = Estimate | Unavailable


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column: its name (with the unit in it), and what it holds."""

    name: str
    description: str


Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of results, written as CSV and shown in the report.

    Attributes:
        name: file name without suffix.
        title: one line.
        columns, rows: every row has one value a column; None is absent.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def column(self, name: str) -> tuple[Value, ...]:
        """All values of one column.

        Raises:
            KeyError: if the table has no such column.
        """
        names = [column.name for column in self.columns]
        if name not in names:
            raise KeyError(name)
        position = names.index(name)
        return tuple(row[position] for row in self.rows)

    def records(self) -> list[dict[str, Value]]:
        """The rows as mappings from column name to value."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def within(self, boundary: Boundary) -> list[dict[str, Any]]:
        """The rows of one boundary, as mappings, of a table that has a column `boundary`."""
        return [row for row in self.records() if row["boundary"] == boundary.value]


class Verdict(StrEnum):
    """What the data say of a claim."""

    REPRODUCED = "reproduced"
    DIRECTION = "direction reproduced"
    NOT_REPRODUCED = "not reproduced"
    NOT_TESTABLE = "not testable here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A claim of the paper, judged.

    Attributes:
        claim_id: as in `kit/catalog/claims.yaml`.
        edition: `v1`, `final` or `both`.
        location: where it stands in the paper.
        statement: the claim in one sentence of the kit's own.
        published: the published value as printed, or the direction in words.
        observed: what the data give.
        reason: one sentence.
    """

    claim_id: str
    edition: str
    location: str
    statement: str
    published: str
    observed: Quantity
    verdict: Verdict
    reason: str
