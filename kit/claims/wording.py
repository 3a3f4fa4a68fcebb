"""Numbers and units in the sentences of verdicts and findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.claims.printed import fit
from kit.model.results import Estimate

DIGITS: Final = 4
"""Significant digits of a number in a sentence."""
MOST_DIGITS: Final = 17
"""Digits that tell any two numbers apart."""
UNIT_WORDS: Final[Mapping[str, str]] = {
    "kwh_per_1000": " kWh",
    "g_per_1000": " g",
    "kwh": " kWh",
    "kg": " kg",
    "g_per_kwh": " g/kWh",
    "1": "",
}
"""How a unit is said after a number; others are said as they are."""


def number(value: float, digits: int = DIGITS) -> str:
    """So many significant digits, thousands grouped; whole numbers whole; powers of ten only where they help."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1e3:
        before = len(str(int(abs(value))))
        return f"{value:,.{max(digits - before, 1 if before < 6 else 0)}f}"
    return f"{value:.{digits - 2}e}" if abs(value) < 1e-4 else f"{value:.{digits}g}"


def number_beside(value: float, printed: str) -> str:
    """A number with so many digits that a reader who holds it against the printed ones sees what the kit saw.

    8.08999 is cut off to 8.08; 8.09 is not.
    """
    found = fit(value, printed)
    said = (number(value, digits) for digits in range(DIGITS, MOST_DIGITS + 1))
    return next((words for words in said if fit(float(words.replace(",", "")), printed) is found), repr(value))


def unit_words(unit: str) -> str:
    """The unit as it stands after a number, with its blank."""
    return UNIT_WORDS.get(unit, f" {unit}")


def amount(estimate: Estimate) -> str:
    """The value with its unit."""
    return f"{number(estimate.value)}{unit_words(estimate.unit)}"


def amount_beside(estimate: Estimate, printed: str | None) -> str:
    """The value with its unit, beside a number that is printed."""
    if printed is None:
        return amount(estimate)
    return f"{number_beside(estimate.value, printed)}{unit_words(estimate.unit)}"


def spread(estimate: Estimate) -> str:
    """The value with its interval and unit."""
    if estimate.low is None or estimate.high is None:
        return amount(estimate)
    unit = unit_words(estimate.unit)
    return f"{number(estimate.value)}{unit} (95 % interval {number(estimate.low)} to {number(estimate.high)}{unit})"


def apart_words(ratio: float) -> str:
    """How far a number is from another, of their ratio: in per cent where they are close, as a factor where not."""
    if 0.5 < ratio < 2.0:
        return f"{abs(ratio - 1.0) * 100:.2g} % {'above' if ratio > 1.0 else 'below'}"
    return f"{number(ratio)} times"


def percent(share: float) -> str:
    """A share in per cent."""
    return f"{share * 100:.3g} %"


def capital(sentence: str) -> str:
    """A sentence with a capital at its start."""
    return sentence[:1].upper() + sentence[1:]
