"""Canonical JSON, units, tasks and cells."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.model.canonical import canonical_json, digest
from kit.model.results import Column, Table
from kit.model.study import Kind, Modality, Task
from kit.model.units import carbon_g, j_from_kwh, kwh_from_j, per_1000


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), max_size=6))
def test_canonical_json_does_not_depend_on_the_order_of_keys(content: dict[str, object]) -> None:
    backwards = dict(reversed(list(content.items())))
    assert canonical_json(content) == canonical_json(backwards)
    assert digest(content) == digest(backwards)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_canonical_json_refuses_what_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"x": number})


def test_enumerations_and_tuples_become_plain_values() -> None:
    assert canonical_json({"task": Task.FILL_MASK, "pair": (1, 2)}) == '{"pair":[1,2],"task":"fill-mask"}'


@given(st.floats(min_value=0, max_value=1e12))
def test_joules_and_kilowatt_hours_are_inverse(energy: float) -> None:
    assert kwh_from_j(j_from_kwh(energy)) == pytest.approx(energy)


def test_a_kilowatt_hour_is_3_6_megajoules() -> None:
    assert kwh_from_j(3.6e6) == 1.0


def test_a_figure_is_for_1000_inferences() -> None:
    assert per_1000(2.0, 4) == 500.0
    with pytest.raises(ValueError, match="no inference"):
        per_1000(1.0, 0)


def test_carbon_is_energy_times_intensity() -> None:
    assert carbon_g(2.0, 297.6) == pytest.approx(595.2)


def test_the_ten_tasks_fall_into_three_kinds() -> None:
    kinds = [task.kind for task in Task]
    assert len(Task) == 10
    assert kinds.count(Kind.DISCRIMINATIVE) == 6
    assert kinds.count(Kind.GENERATIVE) == 3
    assert Task.TEXT_TO_IMAGE.kind is Kind.IMAGE_GENERATION
    assert Task.IMAGE_TO_TEXT.modality is Modality.IMAGE_AND_TEXT
    assert Task.FILL_MASK.label == "masked language modelling"


def test_a_table_gives_its_columns_and_records() -> None:
    table = Table("t", "T", (Column("a", ""), Column("b", "")), ((1, None), (2, "x")))
    assert table.column("b") == (None, "x")
    assert table.records()[1] == {"a": 2, "b": "x"}
    with pytest.raises(KeyError):
        table.column("c")
