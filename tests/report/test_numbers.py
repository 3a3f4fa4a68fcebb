"""Numbers as each language writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.report.numbers import MINUS, NO_BREAK, NOTATIONS

EN, FR = NOTATIONS["en"], NOTATIONS["fr"]


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0.0023456, "0.00235", "0,00235"),
        (1594.2, "1,590", f"1{NO_BREAK}590"),
        (-0.5, f"{MINUS}0.500", f"{MINUS}0,500"),
        (0.0, "0", "0"),
        (9.996, "10.0", "10,0"),
        (592_570_123.0, "593,000,000", f"593{NO_BREAK}000{NO_BREAK}000"),
        (5.4e-6, f"5.40{NO_BREAK}\N{MULTIPLICATION SIGN}{NO_BREAK}10^{MINUS}6", None),
    ],
)
def test_a_number_has_three_significant_digits(value, english, french):
    assert EN.number(value) == english
    if french is not None:
        assert FR.number(value) == french


@given(st.floats(min_value=1e-5, max_value=1e12))
def test_a_written_number_is_the_number_to_half_a_percent(value):
    assert float(EN.number(value).replace(",", "")) == pytest.approx(value, rel=5.1e-3)


def test_shares_and_intervals_follow_the_language():
    assert EN.percent(0.1234, 1) == "12.3%"
    assert FR.percent(0.1234, 1) == f"12,3{NO_BREAK}%"
    assert EN.interval(0.1, 0.2) == "0.100\N{EN DASH}0.200"
    assert FR.interval(0.1, 0.2) == f"0,100{NO_BREAK}à{NO_BREAK}0,200"
    assert FR.integer(1234567) == f"1{NO_BREAK}234{NO_BREAK}567"
    assert EN.shortest(0.0020) == "0.002"


def test_what_is_no_number_is_never_written():
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="no number"):
            EN.number(value)
