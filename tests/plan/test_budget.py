"""A budget reduces a study to what fits, and says what that loses."""

from __future__ import annotations

import pytest

from kit.errors import StudyError
from kit.plan.budget import within
from kit.plan.selection import ClaimCells
from tests.plan.studies import cell, costs, key, study

CLAIMS = [
    ClaimCells("first", frozenset({key("m1")})),
    ClaimCells("both", frozenset({key("m1"), key("m2")})),
    ClaimCells("elsewhere", frozenset({key("m9")})),
]
WHOLE = study(cell("m1"), cell("m2"))
COSTS = costs({key("m1"): 50.0, key("m2"): 100.0}, loading_s=0.0)


def test_a_reduced_study_keeps_its_settings_and_the_order_of_its_cells() -> None:
    budget = within(WHOLE, COSTS, CLAIMS, 1.0)
    assert [item.cell.model.id for item in budget.reduced.cells] == ["m1"]
    assert budget.reduced.seed == WHOLE.seed
    assert (budget.kept, budget.lost, budget.absent) == (("first",), ("both",), ("elsewhere",))


def test_cells_of_unknown_duration_fit_into_no_budget() -> None:
    budget = within(study(cell("m1"), cell("m9")), COSTS, CLAIMS, 100.0)
    assert [item.cell.model.id for item in budget.reduced.cells] == ["m1"]
    assert budget.absent == ("both", "elsewhere")


def test_a_study_on_a_processor_has_no_budget_of_gpu_hours() -> None:
    with pytest.raises(StudyError, match="runs on cpu"):
        within(study(cell("m1"), device="cpu"), COSTS, CLAIMS, 1.0)
