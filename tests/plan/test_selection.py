"""The choice of cells is the best there is, keeps to its budget, and is always the same."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import KitError
from kit.model.study import CellKey
from kit.plan.selection import Choice, ClaimCells, choose
from tests.plan.studies import key

KEYS = [key(f"m{number}") for number in range(7)]


def claim(name: str, *places: int) -> ClaimCells:
    return ClaimCells(name, frozenset(KEYS[place] for place in places))


def by_brute_force(hours: dict[CellKey, float], claims: list[ClaimCells], budget_h: float) -> tuple[int, float]:
    """Most claims and, for as many, fewest hours, of all sets of claims that rest on any cell."""
    demands = [item for item in claims if item.cells and item.cells <= hours.keys()]
    free = sum(not item.cells for item in claims)
    best = (0, 0.0)
    for wanted in chain.from_iterable(combinations(demands, count) for count in range(len(demands) + 1)):
        cells = frozenset[CellKey]().union(*(item.cells for item in wanted))
        taken = sum(hours[cell] for cell in cells)
        if taken <= budget_h:
            kept = sum(item.cells <= cells for item in demands) + (free if cells else 0)
            best = max(best, (kept, -taken))
    return best[0], -best[1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 20), min_size=7, max_size=7),
    st.lists(st.sets(st.integers(0, 6), max_size=4), min_size=1, max_size=8),
    st.integers(0, 90),
)
def test_no_other_choice_keeps_more_claims_or_as_many_in_fewer_hours(
    hours: list[int], rests: list[set[int]], budget_h: int
) -> None:
    known = dict(zip(KEYS, map(float, hours), strict=True))
    claims = [claim(f"c{number}", *places) for number, places in enumerate(rests)]
    found = choose(known, claims, budget_h)
    if sum(hours) <= budget_h:
        assert found.cells == frozenset(KEYS)
        assert len(found.kept) == len(claims)
    else:
        assert (len(found.kept), found.hours) == pytest.approx(by_brute_force(known, claims, budget_h))
    assert found.hours <= budget_h


HOURS = {KEYS[0]: 1.0, KEYS[1]: 2.0, KEYS[2]: 4.0}


def test_two_small_claims_go_before_one_large_one() -> None:
    claims = [claim("large", 2), claim("small", 0), claim("other", 1)]
    assert choose(HOURS, claims, 4.0) == Choice(cells=frozenset(KEYS[:2]), kept=("small", "other"), hours=3.0)


def test_a_part_of_a_second_too_much_does_not_fit() -> None:
    hours = {KEYS[0]: 10.4 / 3_600, KEYS[1]: 1.0}
    assert choose(hours, [claim("a", 0)], 10.3 / 3_600).kept == ()
    assert choose(hours, [claim("a", 0)], 11.0 / 3_600).kept == ("a",)


def test_claims_that_share_cells_are_cheap_together() -> None:
    claims = [claim("a", 2), claim("b", 2), claim("c", 0)]
    assert choose(HOURS, claims, 4.0).kept == ("a", "b")


def test_a_budget_for_everything_chooses_everything_also_cells_that_no_claim_needs() -> None:
    assert choose(HOURS, [claim("a", 0)], 7.0) == Choice(cells=frozenset(HOURS), kept=("a",), hours=7.0)


def test_a_claim_on_a_cell_of_unknown_duration_is_not_kept() -> None:
    assert choose(HOURS, [claim("a", 0, 5), claim("b", 1)], 3.0).kept == ("b",)


def test_what_holds_for_anything_needs_something_measured() -> None:
    claims = [claim("any"), claim("a", 0)]
    assert choose(HOURS, claims, 1.0).kept == ("any", "a")
    assert choose(HOURS, claims, 0.5) == Choice(cells=frozenset(), kept=(), hours=0)


def test_no_claim_is_no_choice() -> None:
    assert choose(HOURS, [], 1.0) == Choice(cells=frozenset(), kept=(), hours=0)


def test_a_solver_that_gives_up_is_an_error_and_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    class GaveUp:
        status, message = 1, "time limit"

    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: GaveUp())
    with pytest.raises(KitError, match="time limit"):
        choose(HOURS, [claim("a", 0)], 1.0)
