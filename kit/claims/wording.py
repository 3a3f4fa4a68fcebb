"""Numbers and units in the sentences of verdicts and findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.model.results import Estimate

UNIT_WORDS: Final[Mapping[str, str]] = {
    "kwh_per_1000": " kWh",
    "g_per_1000": " g",
    "kwh": " kWh",
    "kg": " kg",
    "g_per_kwh": " g/kWh",
    "1": "",
}
"""How a unit is said after a number; others are said as they are."""


def number(value: float) -> str:
    """Four significant digits, thousands grouped; whole numbers whole; powers of ten only where they help."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1e3:
        return f"{value:,.{1 if abs(value) < 1e5 else 0}f}"
    return f"{value:.2e}" if abs(value) < 1e-4 else f"{value:.4g}"


def unit_words(unit: str) -> str:
    """The unit as it stands after a number, with its blank."""
    return UNIT_WORDS.get(unit, f" {unit}")


def amount(estimate: Estimate) -> str:
    """The value with its unit."""
    return f"{number(estimate.value)}{unit_words(estimate.unit)}"


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


def capital(sentence: str) -> str:
    """A sentence with a capital at its start."""
    return sentence[:1].upper() + sentence[1:]
