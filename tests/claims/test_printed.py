"""A number gives the digits that are printed, rounded or cut off, or it does not."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.claims.printed import Fit, fit
from kit.claims.wording import number_beside


@pytest.mark.parametrize(
    ("observed", "printed", "expected"),
    [
        (0.00229, "0.002", Fit.ROUNDED),
        (0.00155, "0.001", Fit.CUT_OFF),
        (0.00155, "0.002", Fit.ROUNDED),
        (0.00201, "0.001", None),
        (0.0009, "0.001", Fit.ROUNDED),
        (0.0004, "0.001", None),
        (957.5, "9.5e2", Fit.CUT_OFF),
        (941.1, "9.5e2", None),
        (104.8, "1.0e2", Fit.ROUNDED),
        (106.0, "1.0e2", Fit.CUT_OFF),
        (38.0, "4e1", Fit.ROUNDED),
        (2.325, "2.33", Fit.ROUNDED),
        (2.325, "2.32", Fit.ROUNDED),
        (1.04e-4, "1.0e-4", Fit.ROUNDED),
        (-2.07, "-2.1", Fit.ROUNDED),
        (-2.19, "-2.1", Fit.CUT_OFF),
        (0.19, "-0.1", None),
        (float("nan"), "1", None),
        (float("inf"), "1", None),
    ],
)
def test_the_last_printed_digit_decides(observed, printed, expected):
    assert fit(observed, printed) is expected


@given(st.decimals(min_value="0.001", max_value="1000", places=6), st.integers(0, 4))
def test_what_rounds_or_is_cut_to_digits_gives_them(value, places):
    unit = Decimal(1).scaleb(-places)
    rounded, cut = value.quantize(unit, ROUND_HALF_UP), value.quantize(unit, ROUND_DOWN)
    assert fit(float(value), str(rounded)) is Fit.ROUNDED
    assert fit(float(value), str(cut)) in (Fit.ROUNDED, Fit.CUT_OFF)
    assert fit(float(value), str(rounded + 2 * unit)) is None


@pytest.mark.parametrize(
    ("value", "printed", "said"),
    [
        (8.089993, "8.08", "8.08999"),
        (178.97568, "178.97", "178.976"),
        (754.658408, "754.66", "754.66"),
        (11.478478, "11.48", "11.48"),
        (292467741.94, "292467741", "292,467,741.9"),
        (0.0022922, "0.002", "0.002292"),
        (1268.2873, "1450", "1,268.3"),
        (5.4269e-5, "5.4e-5", "5.43e-05"),
        (88.0, "88", "88"),
    ],
)
def test_a_number_beside_a_printed_one_has_the_digits_that_tell_how_they_relate(value, printed, said):
    assert number_beside(value, printed) == said


@given(st.floats(1e-6, 1e9), st.integers(0, 4))
def test_what_is_said_of_a_number_relates_to_the_printed_one_as_the_number_does(value, places):
    printed = str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_DOWN))
    assert fit(float(number_beside(value, printed).replace(",", "")), printed) is fit(value, printed)
