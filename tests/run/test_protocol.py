"""The course of a run: which phase comes next, when a model is steady, when a window is long enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.model.procedure import Procedure
from kit.model.runs import Phase
from kit.run.protocol import (
    Course,
    Standing,
    goes_through_again,
    is_steady,
    next_phase,
    unsteady_note,
    variation,
    warms_up_further,
)

PUBLISHED = Course(procedure=Procedure(), idle_s=0.0, warm_up=0, inferences=1000)
STEADY = Procedure(steady_variation=0.05, steady_inferences=3, most_warm_up=6)


def phases(course: Course, *, loaded: bool, bare: bool) -> list[Phase]:
    """The whole run, decision by decision."""
    standing = Standing(loaded=loaded, bare=bare)
    while (phase := next_phase(course, standing)) is not None:
        standing = replace(standing, done=(*standing.done, phase))
    return list(standing.done)


def test_the_published_run_is_load_and_window() -> None:
    assert phases(PUBLISHED, loaded=False, bare=True) == [Phase.LOAD, Phase.QUERY]
    assert phases(PUBLISHED, loaded=True, bare=False) == [Phase.QUERY]


def test_a_whole_run_has_a_bare_baseline_one_with_the_model_loaded_and_one_after_the_window() -> None:
    course = replace(PUBLISHED, idle_s=1.0, warm_up=1)
    assert phases(course, loaded=False, bare=True) == [
        Phase.IDLE_BEFORE,
        Phase.LOAD,
        Phase.CONTEXT_IDLE,
        Phase.WARM_UP,
        Phase.QUERY,
        Phase.IDLE_AFTER,
    ]


def test_a_process_that_has_loaded_something_has_no_bare_baseline_any_more() -> None:
    course = replace(PUBLISHED, idle_s=1.0)
    assert phases(course, loaded=False, bare=False) == [Phase.LOAD, Phase.CONTEXT_IDLE, Phase.QUERY, Phase.IDLE_AFTER]


def test_warming_up_until_steady_needs_no_warm_up_of_the_cell() -> None:
    assert phases(replace(PUBLISHED, procedure=STEADY), loaded=True, bare=False) == [Phase.WARM_UP, Phase.QUERY]


def test_the_coefficient_of_variation_is_that_of_the_sample() -> None:
    assert variation([1.0, 2.0, 3.0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("durations_s", "further"),
    [
        ([], True),
        ([1.0, 1.0], True),
        ([1.0, 1.0, 1.0], False),
        ([9.0, 1.0, 1.0], True),
        ([9.0, 1.0, 1.0, 1.02], False),
        ([1.0, 2.0, 1.0, 2.0, 1.0], True),
        ([1.0, 2.0, 1.0, 2.0, 1.0, 2.0], False),
    ],
)
def test_a_model_is_warmed_up_until_its_last_durations_agree_or_the_bound_is_reached(
    durations_s: list[float], further: bool
) -> None:
    assert warms_up_further(STEADY, durations_s) is further


def test_without_a_variation_asked_for_nothing_is_warmed_up_and_all_is_steady() -> None:
    assert is_steady(Procedure(), [])
    assert not warms_up_further(Procedure(), [])
    assert unsteady_note(Procedure(), [1.0, 5.0]) is None


def test_a_bound_that_was_reached_is_noted_with_the_variation() -> None:
    assert unsteady_note(STEADY, [1.0, 1.0, 1.0]) is None
    note = unsteady_note(STEADY, [1.0, 2.0, 3.0])
    assert note is not None
    assert "after 3 inferences the last 3 vary by 50%, where 5% is asked for" in note


def test_a_window_goes_on_until_it_is_long_enough() -> None:
    assert not goes_through_again(Procedure(), 0.0)
    assert goes_through_again(Procedure(shortest_window_s=2.0), 1.9)
    assert not goes_through_again(Procedure(shortest_window_s=2.0), 2.0)
