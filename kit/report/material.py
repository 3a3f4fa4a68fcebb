"""Everything that a report is made of: the record, and what analysis and claims say of it. Computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import kit
from kit.analyse.break_even_table import break_even_table
from kit.analyse.break_even_view import BreakEvenView, published_assumptions, view_of
from kit.analyse.evidence import Evidence
from kit.analyse.quality_checks import QualityFinding, check_quality, quality_table
from kit.analyse.tables import tables_of
from kit.claims import Finding, audit, judge
from kit.model.canonical import canonical_json, digest
from kit.model.csv_text import table_to_csv
from kit.model.record import Record
from kit.model.results import Boundary, ClaimResult, Table
from kit.model.runs import Measured

UNDATED: Final = datetime(2023, 11, 28, tzinfo=UTC)
"""Date of a report on a journal without any window: that of the paper's first edition."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a report shows, in the types of the model.

    Attributes:
        tables: those of the analysis, and `break-even`, by name.
        dated: of the last measurement.
    """

    record: Record
    evidence: Evidence
    tables: Mapping[str, Table]
    claims: tuple[ClaimResult, ...]
    doubts: tuple[QualityFinding, ...]
    break_even: BreakEvenView
    dated: datetime

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The audit: made when it is asked for, since charts can be drawn meanwhile."""
        return audit(self.record, self.evidence, self.claims)

    @cached_property
    def csv(self) -> Mapping[str, str]:
        """Every table that has rows, as CSV, by name."""
        return {name: table_to_csv(table) for name, table in sorted(self.tables.items()) if table.rows}

    def manifest(self) -> dict[str, Any]:
        """What the run was: study, hosts, counts, and the digest of every table."""
        record = self.record
        return {
            "schema": 1,
            "kit": kit.__version__,
            "origin": record.origin,
            "study": record.study,
            "study_id": record.study.study_id,
            "dated": self.dated.isoformat(timespec="seconds"),
            "runs": len(record.runs),
            "measured": sum(isinstance(run.outcome, Measured) for run in record.runs),
            "missing": sum(count for _, count in record.missing),
            "hosts": dict(record.hosts),
            "source": dict(record.source) if record.source is not None else None,
            "deviations": record.deviations,
            "tables": {name: digest(text) for name, text in self.csv.items()},
        }

    def claims_json(self) -> str:
        """The verdicts, as `claims.json` of the run's folder has them."""
        return canonical_json(self.claims) + "\n"


def gather(record: Record) -> Material:
    """Analyse and judge a record."""
    evidence = Evidence(record)
    shown = view_of(evidence.inference_energies, published_assumptions())
    doubts = check_quality(record)
    more = (break_even_table("break-even", shown.rows), quality_table(doubts))
    training = break_even_table("table5", tuple(row for row in shown.rows if row.boundary is Boundary.PUBLISHED))
    made = tables_of(record, evidence.observations, training)
    return Material(
        record=record,
        evidence=evidence,
        tables={**made, **{table.name: table for table in more}},
        claims=judge(record, evidence=evidence),
        doubts=doubts,
        break_even=shown,
        dated=_dated(record),
    )


def _dated(record: Record) -> datetime:
    times = [
        window.started_at for run in record.runs if isinstance(run.outcome, Measured) for window in run.outcome.windows
    ]
    if not times:
        return UNDATED
    last = datetime.fromisoformat(max(times))
    return last if last.tzinfo is not None else last.replace(tzinfo=UTC)
