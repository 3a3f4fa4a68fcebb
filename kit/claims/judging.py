"""Verdicts: what a record says of each claim of the paper."""

from __future__ import annotations

from typing import Final

from kit.analyse.evidence import Evidence
from kit.analyse.quantities import QUANTITIES, Scale
from kit.catalog.claims import Claim, load_claims
from kit.claims.comparable import empty, obstacle
from kit.claims.printed import Fit, fit
from kit.claims.wording import amount, amount_beside, apart_words, capital, percent, spread
from kit.errors import StudyError
from kit.model.record import Origin, Record
from kit.model.results import Boundary, ClaimResult, Estimate, Quantity, Unavailable, Verdict

OWN_MARGIN: Final = 0.2
"""How far a new measurement may lie from a published number to reproduce it: the margin of `kit compare`."""

Judgement = tuple[Verdict, str]


def judge(
    record: Record, boundary: Boundary = Boundary.PUBLISHED, evidence: Evidence | None = None
) -> tuple[ClaimResult, ...]:
    """Every claim of the registry, judged on a record; works on partial and empty ones.

    A published number is reproduced where the observed one gives its printed digits, rounded or cut off, or lies
    within the tolerance that the claim states; a bound where the observed number keeps it. A new measurement reproduces
    a number within `OWN_MARGIN`, and a bound with its whole interval. Where the number is not reproduced but implies a
    direction that the whole interval bears out, the direction is. A direction alone needs its whole interval too.

    Args:
        evidence: of the record within the boundary, where it is at hand.

    Raises:
        StudyError: if the registry names a quantity or parameter that does not exist.
    """
    return judge_claims(evidence or Evidence(record, boundary), load_claims())


def judge_claims(evidence: Evidence, claims: tuple[Claim, ...]) -> tuple[ClaimResult, ...]:
    """Some claims, judged on the evidence of a record."""
    nothing = empty(evidence.record)
    return tuple(_judged(evidence, claim, nothing) for claim in claims)


def observed_value(evidence: Evidence, claim: Claim) -> Quantity:
    """The quantity of a claim; what cannot be measured is unavailable.

    Raises:
        StudyError: if there is no such quantity.
    """
    if claim.quantity is None:
        return Unavailable(claim.missing or "nothing is known of it")
    if claim.quantity not in QUANTITIES:
        raise StudyError(f"claim {claim.id}: there is no quantity {claim.quantity}", "mend the registry of claims")
    return QUANTITIES[claim.quantity](evidence, **claim.parameters)


def _judged(evidence: Evidence, claim: Claim, nothing: str | None) -> ClaimResult:
    observed: Quantity = Unavailable(nothing) if nothing else observed_value(evidence, claim)
    verdict, reason = (
        (Verdict.NOT_TESTABLE, f"{capital(observed.reason).rstrip('.')}.")
        if isinstance(observed, Unavailable)
        else _verdict(evidence.record, claim, observed)
    )
    return ClaimResult(
        claim_id=claim.id,
        edition=claim.edition.value,
        location=claim.where,
        statement=claim.says,
        published=claim.published,
        observed=observed,
        verdict=verdict,
        reason=reason,
    )


def _verdict(record: Record, claim: Claim, observed: Estimate) -> Judgement:
    scale = QUANTITIES[claim.quantity or ""].scale
    if not claim.numeric:
        return _direction(claim, observed)
    hindered = obstacle(record, scale, observed)
    if hindered:
        return Verdict.NOT_TESTABLE, hindered
    own = record.origin is Origin.MEASURED and scale is not Scale.STATED
    kept = _bound(claim, observed, own) if claim.printed is None else _printed(claim, observed, own)
    if scale is Scale.STATED:
        return kept[0], f"{kept[1].rstrip('.')}, by published figures that the kit carries; no run measures it."
    if kept[0] is Verdict.NOT_REPRODUCED and (claim.above is not None or claim.below is not None):
        direction, reason = _direction(claim, observed)
        if direction is Verdict.DIRECTION:
            return direction, f"{kept[1].rstrip('.')}; but the direction holds: {spread(observed)} is {_side(claim)}."
        return Verdict.NOT_REPRODUCED, f"{kept[1].rstrip('.')}, and the direction is not sure either: {reason.lower()}"
    return kept


def _printed(claim: Claim, observed: Estimate, own: bool) -> Judgement:
    printed = claim.printed or ""
    value, found = amount_beside(observed, printed), fit(observed.value, printed)
    if found is Fit.ROUNDED:
        return Verdict.REPRODUCED, f"{value} rounds to the published {claim.published}."
    if found is Fit.CUT_OFF:
        return Verdict.REPRODUCED, f"{value}, cut off and not rounded, gives the published {claim.published}."
    apart = observed.value / float(printed) - 1.0
    if claim.within is not None and abs(apart) <= claim.within:
        return Verdict.REPRODUCED, f"{value} is within {percent(claim.within)} of the published {claim.published}."
    if own and abs(apart) <= OWN_MARGIN:
        return Verdict.REPRODUCED, f"{value} is within {percent(OWN_MARGIN)} of the published {claim.published}."
    return (
        Verdict.NOT_REPRODUCED,
        f"{value} is {apart_words(observed.value / float(printed))} the published {claim.published}.",
    )


def _bound(claim: Claim, observed: Estimate, own: bool) -> Judgement:
    low, high = (observed.low, observed.high) if own else (observed.value, observed.value)
    said = spread(observed) if own else amount(observed)
    if claim.at_least is not None:
        kept = low is not None and low >= claim.at_least
    else:
        kept = high is not None and claim.at_most is not None and high <= claim.at_most
    if kept:
        return Verdict.REPRODUCED, f"{said} keeps the published {claim.published}."
    return Verdict.NOT_REPRODUCED, f"{said} does not keep the published {claim.published}."


def _direction(claim: Claim, observed: Estimate) -> Judgement:
    if observed.low is None or observed.high is None:
        return Verdict.NOT_TESTABLE, "The runs are too few for an interval, and a direction needs one."
    holds = observed.low > claim.above if claim.above is not None else observed.high < (claim.below or 0.0)
    if holds:
        return Verdict.DIRECTION, f"{spread(observed)} is {_side(claim)}."
    return Verdict.NOT_REPRODUCED, f"{spread(observed)} is not {_side(claim)} throughout."


def _side(claim: Claim) -> str:
    return f"above {claim.above:g}" if claim.above is not None else f"below {claim.below:g}"
