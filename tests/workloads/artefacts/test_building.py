"""Artefacts: the same bytes for the same seed, in the Hub's layout, and whole or not there."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from kit.catalog import load_catalog, load_study
from kit.errors import StudyError
from kit.fetch import hub_folder
from kit.workloads.artefacts import building, known, recipe, spec_digest

SMALL = "microsoft/resnet-50"


def test_the_same_seed_gives_the_same_revision_and_another_seed_another(tmp_path: Path) -> None:
    first = building.build(SMALL, tmp_path / "a", scale="tiny", seed=1)
    assert building.build(SMALL, tmp_path / "b", scale="tiny", seed=1) == first
    assert building.build(SMALL, tmp_path / "c", scale="tiny", seed=2) != first


def test_the_layout_is_that_of_the_hub_cache(tmp_path: Path) -> None:
    revision = building.build(SMALL, tmp_path, scale="tiny", seed=1)
    folder = tmp_path / "models--microsoft--resnet-50"
    assert (folder / "refs" / "main").read_bytes() == revision.encode()
    assert len(revision) == 40
    names = {path.name for path in (folder / "snapshots" / revision).iterdir()}
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= names


def test_a_cut_build_leaves_nothing_and_does_not_hurt_an_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = building.build(SMALL, tmp_path, scale="tiny", seed=1)

    def cut(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "_revision", cut)
    with pytest.raises(KeyboardInterrupt):
        building.build(SMALL, tmp_path, scale="tiny", seed=2)
    assert [path.name for path in tmp_path.iterdir()] == ["models--microsoft--resnet-50"]
    assert (tmp_path / "models--microsoft--resnet-50" / "refs" / "main").read_text() == revision


def test_what_a_killed_build_left_is_cleared_away_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / ".building" / "content" / "model.safetensors"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    building.build(SMALL, tmp_path, scale="tiny", seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["models--microsoft--resnet-50"]


def test_builds_in_one_hub_wait_for_one_another(tmp_path: Path) -> None:
    with building._room(tmp_path):
        descriptor = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_weights_do_not_depend_on_how_many_are_drawn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    whole, parts = torch.nn.Linear(70, 30), torch.nn.Linear(70, 30)
    building.fill(whole, 5)
    monkeypatch.setattr(building, "BLOCK", 7)
    building.fill(parts, 5)
    assert torch.equal(whole.weight, parts.weight)
    assert float(whole.weight.detach().mean()) == pytest.approx(0.0, abs=0.002)


def test_weights_are_seeded_norms_one_and_biases_zero(tiny_cache: Path) -> None:
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(
        "distilbert-base-uncased-finetuned-sst-2-english",
        cache_dir=hub_folder(tiny_cache, "tiny"),
        local_files_only=True,
    )
    values = dict(model.named_parameters())
    assert float(values["pre_classifier.weight"].detach().std()) == pytest.approx(0.02, rel=0.2)
    assert float(values["distilbert.embeddings.LayerNorm.weight"].detach().min()) == 1.0
    assert float(values["pre_classifier.bias"].detach().abs().max()) == 0.0


def test_bert_special_tokens_stand_where_they_do_in_the_published_vocabulary(tiny_cache: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased", cache_dir=hub_folder(tiny_cache, "tiny"))
    assert tokenizer.convert_tokens_to_ids(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]) == [0, 100, 101, 102, 103]
    assert len(tokenizer) == 30_522


@pytest.mark.parametrize("profile", ["embedded", "smoke"])
def test_every_model_of_a_profile_can_be_built(profile: str) -> None:
    study = load_study(profile)
    scale = study.cells[0].cell.protocol.artefacts
    assert {planned.cell.model.id for planned in study.cells} <= set(known(scale))


def test_every_recipe_is_of_a_model_of_the_catalogue() -> None:
    assert set(known("embedded")) <= set(load_catalog().models)


def test_a_model_without_a_recipe_is_named() -> None:
    with pytest.raises(StudyError, match="no architecture of it"):
        recipe("facebook/opt-6.7b", "embedded")
    with pytest.raises(StudyError, match="no scale of artefacts"):
        recipe("facebook/opt-6.7b", "giant")


def test_the_digest_of_a_recipe_tells_models_and_scales_apart() -> None:
    both = [(model, scale) for scale in ("embedded", "tiny") for model in known(scale)]
    assert len({spec_digest(model, scale) for model, scale in both}) == len(both)


@pytest.mark.parametrize("model", known("embedded"))
def test_full_size_architectures_have_the_published_number_of_parameters(model: str) -> None:
    import torch
    import transformers

    found = recipe(model, "embedded")
    if "unet" in found.parts:
        pytest.skip("its three parts are counted when it is built")
    with torch.device("meta"):
        built = getattr(transformers, found.architecture)(building._config(found))
    published = load_catalog().models[model].parameters
    assert published is not None
    whole = sum(parameter.numel() for parameter in built.parameters())
    base = sum(parameter.numel() for parameter in built.base_model.parameters())
    head = built.get_output_embeddings()
    headless = whole - (head.weight.numel() if head is not None else 0)
    # The release counts some models without their heads.
    assert min(abs(count - published) for count in (whole, base, headless)) <= 0.02 * published
