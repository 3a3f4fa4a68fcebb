"""Whether a number gives the digits that the paper prints."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum


class Fit(StrEnum):
    """How an observed number gives the printed digits."""

    ROUNDED = "rounded"
    CUT_OFF = "cut off"


def fit(observed: float, printed: str) -> Fit | None:
    """How an observed number gives the printed digits, or None where it does not.

    The last printed digit decides: `0.002` has a unit of 0.001, `9.5e2` one of 10. At exactly half a unit either
    direction of rounding is accepted.
    """
    value, digits = Decimal(repr(float(observed))), Decimal(printed)
    exponent = digits.as_tuple().exponent
    if not value.is_finite() or not isinstance(exponent, int):
        return None
    unit = Decimal(1).scaleb(exponent)
    if abs(value - digits) <= unit / 2:
        return Fit.ROUNDED
    same_sign = digits == 0 or value.is_signed() == digits.is_signed()
    return Fit.CUT_OFF if same_sign and 0 <= abs(value) - abs(digits) < unit else None
