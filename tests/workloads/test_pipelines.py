"""Every task's real pipeline runs on a tiny model, one input at a time, and its work is counted exactly."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.catalog import load_study
from kit.errors import MeasurementError, StudyError
from kit.fetch import hub_folder
from kit.model.runs import Work
from kit.model.study import Cell, Family, Generation, Task
from kit.workloads import Setting, Workload, open_workload
from kit.workloads.pipelines import new_tokens, state_longest_input
from kit.workloads.preprocessing import inputs_of

CELLS = [planned.cell for planned in load_study("smoke").cells]


def name(cell: Cell) -> str:
    return f"{cell.task.value} {cell.model.family.value}"


@pytest.fixture(scope="session")
def setting(tiny_cache: Path) -> Setting:
    return Setting(device="cpu", hub=hub_folder(tiny_cache, "tiny"), offline=True, seed=7)


def loaded(cell: Cell, setting: Setting) -> Workload:
    workload = open_workload(cell, setting)
    workload.load()
    return workload


def worked(workload: Workload, inferences: int) -> Work:
    workload.take_work()
    for item in workload.inputs[:inferences]:
        workload.call(item)
    workload.synchronize()
    return workload.take_work()


@pytest.mark.parametrize("cell", CELLS, ids=name)
def test_each_cell_of_the_smoke_study_runs_and_is_counted(cell: Cell, setting: Setting) -> None:
    workload = loaded(cell, setting)
    count = cell.protocol.inferences
    assert len(workload.inputs) == count + cell.protocol.warm_up
    work = worked(workload, count)
    assert work.inferences == count
    generation = cell.protocol.generation or Generation()
    if generation.min_new_tokens is not None:
        assert work.steps == generation.min_new_tokens * count
        assert work.output_tokens == generation.min_new_tokens * count
    if cell.task is Task.TEXT_TO_IMAGE:
        assert generation.denoising_steps is not None
        assert work.steps == (generation.denoising_steps + 1) * count  # PNDM evaluates once more than it is asked to
        assert work.images == count
    elif cell.task in (Task.IMAGE_CLASSIFICATION, Task.OBJECT_DETECTION, Task.IMAGE_TO_TEXT):
        assert work.images == count
        assert work.input_tokens is None
    else:
        assert work.input_tokens is not None
        assert work.input_tokens >= count
    assert worked(workload, 0).inferences == 0


def test_input_tokens_are_those_of_the_tokenizer(setting: Setting) -> None:
    workload = loaded(next(cell for cell in CELLS if cell.task is Task.TEXT_CLASSIFICATION), setting)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(workload.cell.model.id, cache_dir=setting.hub, local_files_only=True)
    expected = sum(len(tokenizer(text)["input_ids"]) for text in workload.inputs[:2])
    assert worked(workload, 2).input_tokens == expected


def test_a_longer_generation_makes_more_steps(setting: Setting) -> None:
    cell = next(cell for cell in CELLS if cell.task is Task.TEXT_GENERATION)
    longer = Generation(max_new_tokens=9, min_new_tokens=9, num_beams=1, do_sample=False)
    changed = replace(cell, protocol=replace(cell.protocol, generation=longer))
    assert worked(loaded(changed, setting), 1).steps == 9


def test_beams_do_not_multiply_the_steps(setting: Setting) -> None:
    cell = next(c for c in CELLS if c.task is Task.SUMMARIZATION and c.model.family is Family.TASK_SPECIFIC)
    assert cell.protocol.generation is not None
    assert cell.protocol.generation.num_beams == 4
    assert worked(loaded(cell, setting), 1).steps == 4


def test_settings_that_do_not_reach_the_model_are_an_error(setting: Setting) -> None:
    cell = next(cell for cell in CELLS if cell.task is Task.TEXT_GENERATION)
    workload = loaded(cell, setting)
    workload._arguments = {"max_new_tokens": 2, "min_new_tokens": 2, "num_beams": 1, "do_sample": False}  # type: ignore[attr-defined]
    with pytest.raises(MeasurementError, match="2 decoder steps in 1 inferences, where 4 are forced"):
        worked(workload, 1)


def test_a_length_that_counts_the_start_token_lets_one_token_less_through() -> None:
    assert new_tokens(Generation(max_length=15, min_length=10)) == {"max_new_tokens": 14, "min_new_tokens": 9}
    assert new_tokens(Generation(max_new_tokens=10)) == {"max_new_tokens": 10}


def test_missing_artefacts_say_how_to_get_them(tmp_path: Path) -> None:
    setting = Setting(device="cpu", hub=tmp_path, offline=True, seed=7)
    for task in (Task.FILL_MASK, Task.TEXT_TO_IMAGE):
        workload = open_workload(next(cell for cell in CELLS if cell.task is task), setting)
        with pytest.raises(MeasurementError, match="cannot be loaded") as caught:
            workload.load()
        assert "kit fetch" in caught.value.advice


def test_a_detector_never_asks_for_its_backbones_own_weights(
    setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transformers

    cell = next(cell for cell in CELLS if cell.task is Task.OBJECT_DETECTION)
    folder = setting.hub / f"models--{cell.model.id.replace('/', '--')}"
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy, symlinks=True)
    config = next(copy.rglob("config.json"))
    content = json.loads(config.read_text())
    config.unlink()
    config.write_text(json.dumps(content | {"use_pretrained_backbone": True}))
    seen: list[bool] = []
    known = transformers.pipeline

    def watched(*arguments: Any, **named: Any) -> Any:
        seen.append(named["config"].use_pretrained_backbone)
        return known(*arguments, **named)

    monkeypatch.setattr(transformers, "pipeline", watched)
    loaded(cell, replace(setting, hub=tmp_path))
    assert seen == [False]


def test_a_question_without_a_passage_is_an_inference_too(setting: Setting) -> None:
    workload = loaded(next(cell for cell in CELLS if cell.task is Task.QUESTION_ANSWERING), setting)
    (item,) = inputs_of([{"question": "What falls?", "context": ""}], workload.cell, None)
    workload.take_work()
    workload.call(item)
    assert workload.take_work().inferences == 1


def test_a_text_is_cut_where_the_tokenizer_does_not_state_how_long_it_may_be(setting: Setting, tmp_path: Path) -> None:
    cell = next(cell for cell in CELLS if cell.task is Task.TEXT_CLASSIFICATION)
    folder = setting.hub / f"models--{cell.model.id.replace('/', '--')}"
    shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    stated = next((tmp_path / folder.name).rglob("tokenizer_config.json"))
    content = json.loads(stated.read_text())
    longest = json.loads(stated.with_name("config.json").read_text())["max_position_embeddings"]
    del content["model_max_length"]
    stated.unlink()
    stated.write_text(json.dumps(content))
    workload = loaded(cell, replace(setting, hub=tmp_path))
    workload.take_work()
    workload.call("word " * (2 * longest))
    assert workload.take_work().input_tokens == longest


def test_models_of_robertas_kind_have_fewer_positions_than_they_state() -> None:
    from types import SimpleNamespace

    from transformers import RobertaConfig, RobertaForSequenceClassification

    config = RobertaConfig(
        vocab_size=40, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=34,
    )  # fmt: skip
    model = RobertaForSequenceClassification(config)
    for known, found in ((int(1e30), 32), (20, 20)):
        tokenizer = SimpleNamespace(model_max_length=known)
        state_longest_input(tokenizer, model)
        assert tokenizer.model_max_length == found
    state_longest_input(None, model)


class Payload:
    """What runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self._mark), "w"))


@pytest.mark.parametrize("task", [Task.TEXT_CLASSIFICATION, Task.TEXT_TO_IMAGE])
def test_pickled_weights_load_as_weights_only(setting: Setting, tmp_path: Path, task: Task) -> None:
    """As `torch.save` wrote it, with code in it: it is refused and nothing of it is run."""
    import torch

    cell = next(cell for cell in CELLS if cell.task is task)
    folder = setting.hub / f"models--{cell.model.id.replace('/', '--')}"
    copy = tmp_path / "hub" / folder.name
    shutil.copytree(folder, copy, symlinks=True)
    mark = tmp_path / "ran"
    for weights in copy.rglob("*.safetensors"):
        stem = "diffusion_pytorch_model" if weights.stem == "diffusion_pytorch_model" else "pytorch_model"
        torch.save({"weight": Payload(mark)}, weights.with_name(f"{stem}.bin"))
        weights.unlink()
    with pytest.raises(MeasurementError, match="cannot be loaded"):
        loaded(cell, replace(setting, hub=tmp_path / "hub"))
    assert not mark.exists()


def test_an_unknown_pipeline_is_refused(setting: Setting) -> None:
    cell = replace(CELLS[0], protocol=replace(CELLS[0].protocol, pipeline="telepathy"))
    with pytest.raises(StudyError, match="telepathy"):
        open_workload(cell, setting)


def test_inputs_are_the_same_for_the_same_seed_and_for_all_models(setting: Setting) -> None:
    cell = next(cell for cell in CELLS if cell.task is Task.TEXT_CLASSIFICATION)
    first, second = loaded(cell, setting), loaded(cell, replace(setting, seed=8))
    assert list(first.inputs) == list(loaded(cell, setting).inputs)
    assert list(first.inputs) != list(second.inputs)
