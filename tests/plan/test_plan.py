"""Jobs hold what is missing, and a changed study is told from the same one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.model.study import (
    Architecture,
    Cell,
    Dataset,
    Family,
    Model,
    PlannedCell,
    Protocol,
    Study,
    Task,
)
from kit.plan import PendingRun, difference, jobs


def cell(model: str, dataset: str, inferences: int = 10) -> Cell:
    return Cell(
        task=Task.FILL_MASK,
        model=Model(
            id=model, current_id=model, tasks=(Task.FILL_MASK,), family=Family.TASK_SPECIFIC,
            architecture=Architecture.ENCODER,
        ),
        dataset=Dataset(
            key=dataset, id=dataset, current_id=dataset, tasks=(Task.FILL_MASK,), split="s", fields=("text",),
        ),
        protocol=Protocol(pipeline="fill-mask", inferences=inferences, preprocessing="field"),
    )  # fmt: skip


def study(*cells: Cell) -> Study:
    return Study(
        name="s", title="t", description="d", device="cpu", country="USA", region=None, time_limit_s=60.0, seed=1,
        deviations=(), cells=tuple(PlannedCell(cell=item, repetitions=2) for item in cells),
    )  # fmt: skip


A, B, C = cell("m1", "x"), cell("m2", "x"), cell("m1", "y")


def test_a_model_gets_one_job_with_all_its_cells() -> None:
    found = jobs(study(A, B, C), frozenset())
    assert [job.model for job in found] == ["m1", "m2"]
    assert found[0].cells == (A, C)
    assert found[0].pending == tuple(PendingRun(item.cell_id, number) for item in (A, C) for number in (1, 2))


def test_what_is_done_is_not_planned_again() -> None:
    done = {PendingRun(A.cell_id, 1), PendingRun(C.cell_id, 1), PendingRun(C.cell_id, 2)}
    found = jobs(study(A, C), done)
    assert found[0].cells == (A,)
    assert found[0].pending == (PendingRun(A.cell_id, 2),)


def test_a_finished_study_needs_no_job() -> None:
    every = {PendingRun(item.cell_id, number) for item in (A, B) for number in (1, 2)}
    assert jobs(study(A, B), every) == ()


def test_the_same_study_has_no_difference_whatever_its_texts() -> None:
    assert difference(study(A, B), replace(study(A, B), title="another", description="words")) == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(study(A, B), seed=2), "seed: 1 became 2"),
        (study(A), "fill-mask, m2, x: no longer in the study"),
        (study(A, B, C), "fill-mask, m1, y: new in the study"),
        (study(A, cell("m2", "x", inferences=20)), "fill-mask, m2, x: protocol.inferences: 10 became 20"),
        (study(B, A), "the order of the cells changed"),
    ],
)
def test_a_difference_is_named(changed: Study, expected: str) -> None:
    assert difference(study(A, B), changed) == (expected,)
