"""Numbers as a language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
EN_DASH: Final = "\N{EN DASH}"
SMALLEST_PLAIN: Final = 1e-5
"""Smaller numbers are written as a power of ten."""
LARGEST_PLAIN: Final = 1e15


@dataclass(frozen=True, slots=True)
class Notation:
    """How a language writes numbers.

    Attributes:
        decimal, group: the signs.
        to: what stands between the ends of an interval.
        before_percent: blank before a percent sign.
    """

    decimal: str
    group: str
    to: str
    before_percent: str

    def number(self, value: float, significant: int = 3) -> str:
        """A number to a count of significant digits."""
        if not math.isfinite(value):
            raise ValueError(f"{value} is no number to show")
        if value == 0:
            return "0"
        exponent = math.floor(math.log10(abs(float(f"{value:.{significant - 1}e}"))))
        if abs(value) < SMALLEST_PLAIN or abs(value) >= LARGEST_PLAIN:
            mantissa = self._signs(f"{value / 10.0**exponent:.{significant - 1}f}")
            return f"{mantissa}{NO_BREAK}{TIMES}{NO_BREAK}10^{self._signs(str(exponent))}"
        decimals = significant - 1 - exponent
        return self._signs(f"{round(value, decimals):,.{max(0, decimals)}f}")

    def integer(self, value: int) -> str:
        """A whole number with its groups."""
        return self._signs(f"{value:,d}")

    def fixed(self, value: float, decimals: int) -> str:
        """A number with a fixed count of decimals."""
        return self._signs(f"{value:,.{decimals}f}")

    def shortest(self, value: float) -> str:
        """A number with no more digits than it needs."""
        return self._signs(f"{value:,.10g}")

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share of one as a percentage."""
        return f"{self._signs(f'{100 * share:,.{decimals}f}')}{self.before_percent}%"

    def interval(self, low: float, high: float, significant: int = 3) -> str:
        """The ends of an interval."""
        return f"{self.number(low, significant)}{self.to}{self.number(high, significant)}"

    def _signs(self, text: str) -> str:
        swapped = text.translate({ord(","): self.group, ord("."): self.decimal})
        return swapped.replace("-", MINUS)


NOTATIONS: Final = {
    "en": Notation(decimal=".", group=",", to=EN_DASH, before_percent=""),
    "fr": Notation(decimal=",", group=NO_BREAK, to=f"{NO_BREAK}à{NO_BREAK}", before_percent=NO_BREAK),
}
"""By language; the catalogue of messages of each lies in templates/messages/."""
