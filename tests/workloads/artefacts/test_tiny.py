"""Every kind of model of the catalogue, in tiny dimensions, runs through the study's own pipeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from kit.catalog import load_catalog, load_study
from kit.model.study import Cell, Generation
from kit.workloads import Setting, open_workload
from kit.workloads.artefacts import known, recipe
from kit.workloads.artefacts.building import build

CELLS: Final = [planned.cell for planned in load_study("paper").cells]
TOKENS: Final = 3


def kind(model: str) -> tuple[str, ...]:
    found = recipe(model, "tiny")
    return (found.architecture, str(found.parts), str(found.tokenizer), str(found.processor))


ONE_OF_EACH_KIND: Final = tuple({kind(model): model for model in reversed(known("tiny"))}.values())


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


def cell_of(model: str) -> Cell:
    """A cell of the paper with that model, shortened; a model that the paper leaves out stands in for one like it."""
    wanted = load_catalog().models[model]
    alike = [cell for cell in CELLS if cell.task in wanted.tasks and cell.model.architecture is wanted.architecture]
    cell = next((cell for cell in alike if cell.model.id == model), alike[0])
    generation = cell.protocol.generation
    if cell.protocol.pipeline == "diffusion":
        generation = Generation(denoising_steps=2, height=64, width=64)
    elif generation is not None:
        generation = replace(generation, max_new_tokens=TOKENS, min_new_tokens=TOKENS, max_length=None, min_length=None)
    protocol = replace(cell.protocol, artefacts="tiny", inferences=1, warm_up=0, generation=generation)
    return replace(cell, model=wanted, protocol=protocol)


def test_every_model_of_the_catalogue_can_be_built() -> None:
    assert set(known("tiny")) == set(load_catalog().models)


@pytest.mark.filterwarnings("ignore:`torch.jit.script:FutureWarning")  # DeBERTa's module, on import
@pytest.mark.parametrize("model", ONE_OF_EACH_KIND)
def test_each_kind_of_model_makes_an_inference_of_forced_length(model: str, hub: Path) -> None:
    build(model, hub, scale="tiny", seed=1)
    cell = cell_of(model)
    workload = open_workload(cell, Setting(device="cpu", hub=hub, offline=True, seed=3))
    workload.load()
    output = workload.call(workload.inputs[0])
    assert "nan" not in repr(output)
    work = workload.take_work()
    assert work.inferences == 1
    if cell.protocol.pipeline == "diffusion":
        assert work.steps is not None
        assert work.steps >= 2
    elif cell.protocol.generation is not None:
        assert (work.steps, work.output_tokens) == (TOKENS, TOKENS)
