"""A reduced study file is read as exactly the cells that were kept, with the settings of the whole."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.catalog.reduced import reduced_study

MINE = """
title: Mine
device: cuda
deviations: [One of mine.]
models:
  - id: me/own
    current_id: me/own
    tasks: [summarization]
    family: task-specific
    architecture: seq2seq
cells:
  - task: summarization
    models: all
    datasets: [samsum, xsum]
    inferences: 10
    repetitions: 2
    generation: {max_new_tokens: 5}
  - task: fill-mask
    models: [bert-base-uncased]
    inferences: 3
    repetitions: 2
"""


def written(text: str, folder: Path) -> str:
    path = folder / "less.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
@pytest.mark.parametrize("name", ["paper", "embedded"])
def test_the_kept_cells_of_a_profile_come_back_in_their_order(name: str, share: float, tmp_path: Path) -> None:
    whole = load_study(name)
    dice = random.Random(5)
    keep = {planned.cell.key for planned in whole.cells if dice.random() < share}
    assert keep
    less = load_study(written(reduced_study(name, keep, "Less", "Some cells were left out."), tmp_path))
    assert less.cells == tuple(planned for planned in whole.cells if planned.cell.key in keep)
    assert sorted(less.deviations) == sorted((*whole.deviations, "Some cells were left out."))
    assert less.procedure == whole.procedure
    assert (less.device, less.seed, less.time_limit_s, less.load_each_run, less.idle_s, less.meters) == (
        whole.device,
        whole.seed,
        whole.time_limit_s,
        whole.load_each_run,
        whole.idle_s,
        whole.meters,
    )


def test_models_and_lengths_of_ones_own_are_kept(mine: str, tmp_path: Path) -> None:
    whole = load_study(mine)
    keep = {planned.cell.key for planned in whole.cells if planned.cell.model.id in ("me/own", "bert-base-uncased")}
    less = load_study(written(reduced_study(mine, keep, "Less", "Less."), tmp_path))
    assert [planned.cell.model.id for planned in less.cells] == ["me/own"] * 2 + ["bert-base-uncased"] * 3
    assert less.cells == tuple(planned for planned in whole.cells if planned.cell.key in keep)
