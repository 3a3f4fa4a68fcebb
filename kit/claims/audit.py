"""The audit: published numbers and lists that the data do not give as stated, and data that cannot be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kit.analyse.break_even_audit import published_parity_audit
from kit.analyse.evidence import Evidence
from kit.analyse.quantities import QUANTITIES, Scale
from kit.catalog.claims import Claim, Edition, load_claims
from kit.claims.alternatives import alternatives
from kit.claims.data_checks import data_findings
from kit.claims.definitions import Definition
from kit.claims.findings import Finding, Subject
from kit.claims.grounds import Grounds
from kit.claims.judging import judge_claims
from kit.claims.lists import list_findings
from kit.claims.printed import Fit, fit
from kit.claims.wording import amount, amount_beside, number, number_beside, unit_words
from kit.model.record import Origin, Record
from kit.model.results import ClaimResult, Estimate, Verdict
from kit.model.study import Task

NEAREST: Final = 0.02
"""A definition that misses a printed number by less than this is worth naming where none gives it."""

BY_TASK: Final = ("decoder_over_seq2seq", "quality_difference", "quality_spread_ratio")
"""Directions that can be asked task by task."""


def audit(
    record: Record, evidence: Evidence | None = None, judged: tuple[ClaimResult, ...] | None = None
) -> tuple[Finding, ...]:
    """All findings: of numbers and lists where a release is replayed, of data whatever the record.

    Args:
        evidence: of the record within the published boundary, where it is at hand.
        judged: what `judge` made of it, where that is at hand: nothing is judged twice.
    """
    findings: list[Finding] = []
    if record.origin is Origin.REPLAYED:
        grounds = Grounds(evidence or Evidence(record))
        findings += number_findings(grounds, judged)
        findings += list_findings(grounds)
    return (*findings, *data_findings(record))


def number_findings(grounds: Grounds, judged: tuple[ClaimResult, ...] | None = None) -> tuple[Finding, ...]:
    """The published numbers that a replayed release does not give as stated."""
    claims = load_claims()
    results = judged or judge_claims(grounds.evidence, claims)
    return tuple(
        found
        for claim, result in zip(claims, results, strict=True)
        if (found := _number_finding(grounds, claim, result)) is not None
    )


def _number_finding(grounds: Grounds, claim: Claim, result: ClaimResult) -> Finding | None:
    observed = result.observed
    if not isinstance(observed, Estimate) or result.verdict is Verdict.NOT_TESTABLE:
        return None
    if QUANTITIES[claim.quantity or ""].scale is Scale.STATED:
        return None
    if not claim.numeric:
        return _direction_finding(grounds, claim, result) if result.verdict is Verdict.NOT_REPRODUCED else None
    if result.verdict is Verdict.REPRODUCED:
        exact = claim.quantity == "parity" and fit(observed.value, claim.printed or "") is None
        if not exact:
            return _cut_off(claim, observed)
    tried = tuple(item for item in alternatives(grounds, claim) if item.departures > 0)
    fitting = [item for item in tried if _gives(claim, item.value)]
    return _finding(claim, observed, tried, fitting)


def _cut_off(claim: Claim, observed: Estimate) -> Finding | None:
    if claim.printed is None or fit(observed.value, claim.printed) is not Fit.CUT_OFF:
        return None
    value = amount_beside(observed, claim.printed)
    return Finding(
        subject=Subject.NUMBER,
        check=_name(claim),
        where=claim.where,
        published=claim.published,
        as_stated=value,
        definition="the same value, cut off and not rounded",
        by_definition=value,
        tried=1,
        fitting=1,
        sentence=f"{claim.published} is printed; the data give {value}, which was cut off and not rounded.",
    )


def _gives(claim: Claim, value: float) -> bool:
    if claim.printed is not None:
        near = claim.within is not None and claim.quantity != "parity"
        close = near and abs(value / float(claim.printed) - 1.0) <= (claim.within or 0.0)
        return close or fit(value, claim.printed) is not None
    if claim.at_least is not None:
        return value >= claim.at_least
    return claim.at_most is not None and value <= claim.at_most


def _finding(claim: Claim, observed: Estimate, tried: Sequence[Definition], fitting: Sequence[Definition]) -> Finding:
    stated = amount_beside(observed, claim.printed)
    said = f"{claim.published} is printed; as stated the data give {stated}"
    chosen = _simplest(claim, fitting)
    if chosen is None:
        near = _nearest(claim, tried)
        close = f"; the nearest is {near.words}: {_value(claim, observed, near)}" if near else ""
        close += _parity_note(claim)
        sentence = f"{said}, and none of {len(tried)} other definitions gives it{close}."
    else:
        told = [
            f"{item.words} gives it: {_value(claim, observed, item)}{_how(claim, item)}"
            for item in _alike(claim, fitting)
        ]
        others = f" ({len(fitting)} of {len(tried)} definitions tried give it)" if len(fitting) > 1 else ""
        sentence = f"{said}; {', and '.join(told)}{others}."
    return Finding(
        subject=Subject.NUMBER,
        check=_name(claim),
        where=claim.where,
        published=claim.published,
        as_stated=stated,
        definition=chosen.words if chosen else None,
        by_definition=_value(claim, observed, chosen) if chosen else None,
        tried=len(tried),
        fitting=len(fitting),
        sentence=sentence,
    )


def _value(claim: Claim, observed: Estimate, item: Definition) -> str:
    said = number(item.value) if claim.printed is None else number_beside(item.value, claim.printed)
    return f"{said}{unit_words(observed.unit)}"


def _parity_note(claim: Claim) -> str:
    """Which published input would have given a published parity that no definition gives."""
    if claim.quantity != "parity":
        return ""
    found = [item.finding for item in published_parity_audit() if item.model == claim.parameters.get("model")]
    return f"; {found[0]}" if found else ""


def _simplest(claim: Claim, fitting: Sequence[Definition]) -> Definition | None:
    """That with the fewest departures; among like ones that which rounds to the printed digits."""
    return next(iter(_alike(claim, fitting)), None)


def _alike(claim: Claim, fitting: Sequence[Definition]) -> list[Definition]:
    """The first of those with the fewest departures, and one with another pooling; rounding before cutting off."""
    fewest = min((item.departures for item in fitting), default=0)
    simple = [item for item in fitting if item.departures == fewest]
    rounding = [item for item in simple if claim.printed is not None and fit(item.value, claim.printed) is Fit.ROUNDED]
    ordered = [*rounding, *(item for item in simple if item not in rounding)]
    if claim.printed is None:
        return ordered[:1]
    others = [item for item in ordered if item.pooling != ordered[0].pooling] if ordered else []
    return [*ordered[:1], *others[:1]]


def _nearest(claim: Claim, tried: Sequence[Definition]) -> Definition | None:
    if claim.printed is None or not tried or not float(claim.printed):
        return None
    printed = float(claim.printed)
    near = min(tried, key=lambda item: (item.departures > 1, abs(item.value / printed - 1.0)))
    return near if abs(near.value / printed - 1.0) <= NEAREST else None


def _how(claim: Claim, chosen: Definition) -> str:
    cut = claim.printed is not None and fit(chosen.value, claim.printed) is Fit.CUT_OFF
    return ", cut off" if cut else ""


def _direction_finding(grounds: Grounds, claim: Claim, result: ClaimResult) -> Finding:
    asked = [
        (
            task,
            judge_claims(grounds.evidence, (replace(claim, parameters={**claim.parameters, "task": task.value}),))[0],
        )
        for task in Task
        if claim.quantity in BY_TASK
    ]
    known = [(task, found) for task, found in asked if isinstance(found.observed, Estimate)]
    holds = [_value_on(task, found) for task, found in known if found.verdict is Verdict.DIRECTION]
    fails = [_value_on(task, found) for task, found in known if found.verdict is not Verdict.DIRECTION]
    parts = [f"it holds for {' and '.join(holds)}"] if holds else []
    parts += [f"it does not for {' and '.join(fails)}"] if fails else []
    observed = amount(result.observed) if isinstance(result.observed, Estimate) else ""
    tail = f"; taken alone, {', '.join(parts)}" if parts else ""
    return Finding(
        subject=Subject.NUMBER,
        check=_name(claim),
        where=claim.where,
        published=claim.published,
        as_stated=observed,
        definition=f"asked of {' and '.join(holds)} alone" if holds else None,
        by_definition=", ".join(holds) or None,
        tried=len(known),
        fitting=len(holds),
        sentence=f"{claim.published} is stated; {result.reason.rstrip('.')}{tail}.",
    )


def _value_on(task: Task, found: ClaimResult) -> str:
    value = number(found.observed.value) if isinstance(found.observed, Estimate) else ""
    return f"{task.label} ({value})"


def _name(claim: Claim) -> str:
    return claim.id if claim.edition is Edition.BOTH else f"{claim.id} ({claim.edition})"
