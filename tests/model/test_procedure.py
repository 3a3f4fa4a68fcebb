"""A procedure beyond the published one is a deviation, and part of what a study is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.errors import StudyError
from kit.model.procedure import Procedure, RunOrder
from kit.plan import difference

ALL = Procedure(order=RunOrder.RANDOM, cool_down_s=30.0, steady_variation=0.05, shortest_window_s=20.0)

STUDY = """\
title: Mine
device: cpu
artefacts: tiny
procedure: {PROCEDURE}
cells:
  - {task: fill-mask, models: [bert-base-uncased], datasets: [c4], inferences: 2, repetitions: 1}
"""


def written(folder: Path, procedure: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(STUDY.replace("PROCEDURE", procedure))
    return str(path)


def test_the_published_procedure_is_no_deviation_and_any_other_is_in_a_sentence_each() -> None:
    assert list(Procedure().deviations()) == []
    sentences = list(ALL.deviations())
    assert len(sentences) == 4
    assert all(sentence.endswith(".") for sentence in sentences)


def test_the_paper_profile_follows_the_published_procedure() -> None:
    study = load_study("paper")
    assert study.procedure == Procedure()
    assert study.idle_s == 0
    assert study.load_each_run
    assert {planned.repetitions for planned in study.cells} == {10}
    assert {(item.cell.protocol.inferences, item.cell.protocol.warm_up) for item in study.cells} == {(1000, 0)}


def test_a_procedure_makes_another_study_and_is_named_as_the_difference() -> None:
    study = load_study("smoke")
    changed = replace(study, procedure=replace(study.procedure, cool_down_s=3.0))
    assert changed.study_id != study.study_id
    assert difference(study, changed) == ("procedure.cool_down_s: 0.0 became 3.0",)


def test_a_study_file_states_its_procedure_and_its_deviations_follow(tmp_path: Path) -> None:
    study = load_study(
        written(tmp_path, "order: random, steady_variation: 0.05, shortest_window_s: 20, cool_down_s: 30")
    )
    assert study.procedure == ALL
    assert study.deviations == tuple(ALL.deviations())


@pytest.mark.parametrize(
    ("procedure", "key"),
    [
        ("order: sideways", "order"),
        ("cool_down_s: -1", "cool_down_s"),
        ("steady_variation: 0", "steady_variation"),
        ("steady_variation: 0.1, steady_inferences: 20, most_warm_up: 10", "most_warm_up"),
        ("unheard: 1", "unheard"),
    ],
)
def test_a_procedure_that_cannot_be_is_refused_with_its_key(tmp_path: Path, procedure: str, key: str) -> None:
    with pytest.raises(StudyError, match=key):
        load_study(written(tmp_path, procedure))
