"""The files that a pipeline needs: never code, one format of weights, the data of one split and no more than enough."""

from __future__ import annotations

from typing import Any

import pytest

from kit.catalog import file_choice
from kit.catalog.file_choice import data_files, data_format, model_files


def test_safetensors_are_preferred_and_code_is_never_taken() -> None:
    paths = ["config.json", "modeling.py", "model.safetensors", "pytorch_model.bin", "tf_model.h5", "vocab.txt", "a.md"]
    assert model_files(paths) == ("config.json", "model.safetensors", "vocab.txt")


def test_weights_in_parts_come_with_their_index() -> None:
    parts = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    paths = ["config.json", "model.safetensors.index.json", *parts, "pytorch_model.bin.index.json"]
    assert set(model_files(paths)) == {"config.json", "model.safetensors.index.json", *parts}


def test_parts_without_an_index_are_passed_over_for_the_other_format() -> None:
    paths = ["config.json", "model-00001-of-00002.safetensors", "pytorch_model.bin"]
    assert model_files(paths) == ("config.json", "pytorch_model.bin")


@pytest.mark.parametrize("paths", [[], ["config.json"], ["config.json", "tf_model.h5"], ["onnx/model.safetensors"]])
def test_a_repository_without_usable_weights_has_no_files(paths: list[str]) -> None:
    assert model_files(paths) == ()


def test_a_diffusion_model_has_each_part_in_one_format_and_no_variant() -> None:
    paths = [
        "model_index.json", "v1-5-pruned.safetensors", "scheduler/scheduler_config.json", "tokenizer/vocab.json",
        "tokenizer/merges.txt", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin", "vae/config.json",
        "vae/diffusion_pytorch_model.bin", "text_encoder/config.json", "text_encoder/model.safetensors",
        "deep/er/model.safetensors", "unet/pipeline.py",
    ]  # fmt: skip
    assert set(model_files(paths)) == {
        "model_index.json", "scheduler/scheduler_config.json", "tokenizer/vocab.json", "tokenizer/merges.txt",
        "unet/config.json", "unet/diffusion_pytorch_model.safetensors", "vae/config.json",
        "vae/diffusion_pytorch_model.bin", "text_encoder/config.json", "text_encoder/model.safetensors",
    }  # fmt: skip


def test_a_diffusion_model_without_weights_has_no_files() -> None:
    assert model_files(["model_index.json", "unet/config.json"]) == ()


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("a/b.parquet", "parquet"),
        ("b.csv", "csv"),
        ("b.json.gz", "json"),
        ("b.jsonl", "json"),
        ("b.py", None),
        ("b.zip", None),
        ("gz", None),
    ],
)
def test_a_data_file_has_the_reader_of_its_suffix(path: str, reader: str | None) -> None:
    assert data_format(path) == reader


def sizes(*paths: str, size: int = 1_000) -> dict[str, int]:
    return dict.fromkeys(paths, size)


def test_the_card_says_which_files_hold_a_split() -> None:
    card = {
        "configs": [
            {"config_name": "en", "data_files": [{"split": "train", "path": "en/*.json.gz"}]},
            {"config_name": "de", "data_files": [{"split": "train", "path": ["de/*.json.gz"]}]},
        ]
    }
    files = sizes("en/1.json.gz", "en/2.json.gz", "de/1.json.gz")
    assert data_files(files, "en", "train", card, ()) == ("en/1.json.gz", "en/2.json.gz")
    assert data_files(files, "de", "train", card, ()) == ("de/1.json.gz",)


def test_a_folder_of_a_configuration_is_respected() -> None:
    card = {"configs": [{"config_name": "a", "data_dir": "a", "data_files": [{"split": "test", "path": "*.csv"}]}]}
    assert data_files(sizes("a/x.csv", "b/x.csv"), "a", "test", card, ()) == ("a/x.csv",)


@pytest.mark.parametrize(
    ("config", "split", "chosen"),
    [
        ("plain", "test", ("plain/test-00000-of-00001.parquet",)),
        ("plain", "train", ("plain/train-00000-of-00001.parquet",)),
        ("other", "val", ("other/validation.parquet",)),
        (None, "validation", ("other/validation.parquet",)),
        ("plain", "latest", ()),
        ("unknown", "test", ()),
    ],
)
def test_without_a_card_names_say_it(config: str | None, split: str, chosen: tuple[str, ...]) -> None:
    files = sizes("plain/test-00000-of-00001.parquet", "plain/train-00000-of-00001.parquet", "other/validation.parquet")
    assert data_files(files, config, split, {}, ()) == chosen


def test_known_patterns_alone_decide() -> None:
    files = sizes("metadata.parquet", "train.parquet")
    assert data_files(files, None, "train", {}, ("metadata.parquet",)) == ("metadata.parquet",)
    assert data_files(files, None, "train", {}, ("gone.parquet",)) == ()


def test_names_are_not_believed_beside_a_script_but_the_card_is() -> None:
    files = sizes("train.parquet", "own.py")
    card = {"configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "train.parquet"}]}]}
    assert data_files(files, None, "train", {}, ()) == ()
    assert data_files(files, None, "train", card, ()) == ("train.parquet",)


def test_one_format_is_read_and_scripts_are_none() -> None:
    assert data_files(sizes("train.csv", "train.parquet", "sub/train.py"), None, "train", {}, ()) == ("train.parquet",)
    assert data_files(sizes("notes.py", "data.zip"), None, "train", {}, ()) == ()


def test_no_more_files_are_taken_than_hold_enough() -> None:
    files = sizes(*(f"en/train-{number:04}.json.gz" for number in range(1_024)), size=file_choice.ENOUGH_BYTES // 2)
    assert data_files(files, "en", "train", {}, ()) == ("en/train-0000.json.gz", "en/train-0001.json.gz")


@pytest.mark.parametrize(
    "card",
    [
        {"configs": "x"},
        {"configs": [1, {"config_name": "default", "data_files": "train.csv"}]},
        {"configs": [{"config_name": "default", "data_files": [{"split": "train", "path": 7}, 3]}]},
        {"configs": [{"config_name": "default", "data_files": [{"split": "train"}]}]},
        {"configs": [{"config_name": "default", "data_dir": 3, "data_files": [{"split": "train", "path": [None]}]}]},
    ],
)
def test_a_card_that_makes_no_sense_changes_nothing(card: dict[str, Any]) -> None:
    assert data_files(sizes("train.csv"), None, "train", card, ()) == ("train.csv",)
