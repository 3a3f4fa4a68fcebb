"""Claims and their verdicts as the report shows them, in the groups of the paper's parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from kit.claims import Finding
from kit.model.results import ClaimResult, Estimate, Quantity, Verdict
from kit.report.messages import Messages
from kit.report.view import ClaimGroup, ClaimView, FindingView, Text, VerdictCount

SLUGS: Final = {
    Verdict.REPRODUCED: "reproduced",
    Verdict.DIRECTION: "direction",
    Verdict.NOT_REPRODUCED: "not-reproduced",
    Verdict.NOT_TESTABLE: "not-testable",
}
COUNTED: Final = 1e4
"""Numbers from here on are shown to the unit: some claims are printed so."""
GROUPS: Final = ("D", "T2", "S", "M", "T3", "T4", "T5", "B", "F")
"""First parts of the claims' ids; `group.ID` is what each is called."""


def claim_groups(t: Messages, code: Callable[[str], str], results: Sequence[ClaimResult]) -> tuple[ClaimGroup, ...]:
    """All claims, in the paper's order within their groups."""
    by_group: dict[str, list[ClaimView]] = {}
    for result in results:
        by_group.setdefault(group_of(result.claim_id), []).append(_claim(t, code, result))
    known = [group for group in GROUPS if group in by_group] + [group for group in by_group if group not in GROUPS]
    return tuple(
        ClaimGroup(group, t(f"group.{group}") if t.has(f"group.{group}") else group, tuple(by_group[group]))
        for group in known
    )


def verdict_counts(t: Messages, results: Sequence[ClaimResult]) -> tuple[VerdictCount, ...]:
    """How many claims have each verdict, in the order of the verdicts."""
    counts = Counter(result.verdict for result in results)
    return tuple(
        VerdictCount(slug, t(f"verdict.{slug}"), counts[verdict], t.notation.integer(counts[verdict]))
        for verdict, slug in SLUGS.items()
    )


def group_of(claim_id: str) -> str:
    """The group of a claim: its table, or the letter that it begins with."""
    first = claim_id.split(".", maxsplit=1)[0]
    return first if first in GROUPS else first[:1]


def statement_key(claim_id: str, edition: str) -> str:
    """Key of a claim's statement in a catalogue of another language than English."""
    return f"claim.{claim_id}" if edition == "both" else f"claim.{claim_id}/{edition}"


def finding_views(t: Messages, code: Callable[[str], str], findings: Sequence[Finding]) -> tuple[FindingView, ...]:
    """The findings of the audit, as they are."""
    return tuple(
        FindingView(
            subject=finding.subject.value,
            label=t(f"subject.{finding.subject.value}"),
            check=code(finding.check),
            sentence=code(finding.sentence),
        )
        for finding in findings
    )


def observed_text(t: Messages, code: Callable[[str], str], observed: Quantity) -> Text:
    """What was observed: value, unit and interval in the language, or why there is none."""
    if not isinstance(observed, Estimate):
        return Text("\N{EN DASH}")
    notation = t.notation
    key = f"unit.{observed.unit.replace(' ', '-')}"
    unit = t(key) if t.has(key) else code(observed.unit)
    counted = observed.value == int(observed.value) or abs(observed.value) >= COUNTED
    value = notation.integer(round(observed.value)) if counted else notation.number(observed.value, 4)
    words = f"{value}\N{NO-BREAK SPACE}{unit}" if unit else value
    if observed.low is not None and observed.high is not None:
        words += f" ({notation.interval(observed.low, observed.high)})"
    return Text(words)


def _claim(t: Messages, code: Callable[[str], str], result: ClaimResult) -> ClaimView:
    slug = SLUGS[result.verdict]
    key = statement_key(result.claim_id, result.edition)
    statement = Text(t(key)) if t.has(key) else Text(code(result.statement), own=False)
    suffix = "" if result.edition == "both" else f"-{result.edition}"
    return ClaimView(
        id=f"{result.claim_id}{suffix}",
        name=result.claim_id,
        edition=t(f"edition.{result.edition}"),
        location=Text(code(result.location), own=False),
        statement=statement,
        published=Text(code(result.published), own=False),
        observed=observed_text(t, code, result.observed),
        verdict=slug,
        verdict_label=t(f"verdict.{slug}"),
        reason=Text(code(result.reason), own=False),
    )
