"""pins.json is canonical, reads back the same, and is never believed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.catalog import load_study
from kit.catalog.pins_file import MAX_BYTES, parse_pins, pins_text, read_pins
from kit.catalog.sources import Source, needs_hub, wanted
from kit.errors import InputError, SchemaError
from kit.model.pins import Algorithm, Choice, Gate, Pin, PinnedFile, Pins, RepoKind, Unavailable

FILE = PinnedFile(path="a/config.json", size=3, algorithm=Algorithm.GIT_SHA1, digest="0" * 40)
PIN = Pin(
    kind=RepoKind.MODEL, name="gpt2", published="gpt2", id="openai-community/gpt2", revision="a" * 40,
    choice=Choice.KNOWN, gate=Gate.NONE, files=(FILE,),
)  # fmt: skip
PINS = Pins(
    study="paper", endpoint="https://huggingface.co", as_of="2023-11-09", artefacts=(PIN,),
    unavailable=(Unavailable(kind=RepoKind.DATASET, name="oscar", reason="a script"),),
)  # fmt: skip


def test_pins_read_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    path.write_text(pins_text(PINS))
    assert read_pins(path) == PINS
    assert pins_text(read_pins(path)) == path.read_text()
    assert PINS.find(RepoKind.MODEL, "gpt2") == PIN
    assert PINS.find(RepoKind.DATASET, "gpt2") is None


def changed(**changes: Any) -> bytes:
    content = json.loads(pins_text(PINS))
    for place, value in changes.items():
        *way, last = place.split("__")
        target = content
        for part in way:
            target = target[int(part)] if part.isdigit() else target[part]
        target[last] = value
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "bad",
    [
        {"artefacts__0__id": "../../etc"},
        {"artefacts__0__name": "a/b/c"},
        {"artefacts__0__revision": "main"},
        {"artefacts__0__kind": "space"},
        {"artefacts__0__files": []},
        {"artefacts__0__files__0__path": "../x"},
        {"artefacts__0__files__0__path": "/etc/passwd"},
        {"artefacts__0__files__0__path": "a//b"},
        {"artefacts__0__files__0__path": "a/./b"},
        {"artefacts__0__files__0__path": "a\\b"},
        {"artefacts__0__files__0__path": "a\nb"},
        {"artefacts__0__files__0__path": ""},
        {"artefacts__0__files__0__size": -1},
        {"artefacts__0__files__0__size": 2**60},
        {"artefacts__0__files__0__size": "3"},
        {"artefacts__0__files__0__digest": "0" * 64},
        {"artefacts__0__files__0__algorithm": "md5"},
        {"artefacts__0__more": 1},
        {"study": None},
        {"artefacts__0__licence": "mit\x1b[2J"},
        {"artefacts__0__deviation": "two\nlines"},
        {"unavailable__0__reason": "x" * 3_000},
        {"unavailable__0__name": "gpt2", "unavailable__0__kind": "model"},
    ],
    ids=str,
)
def test_pins_that_lead_elsewhere_or_mean_nothing_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"pins\.json"):
        parse_pins(changed(**bad), "pins.json")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b" " * (MAX_BYTES + 1)])
def test_what_is_no_json_of_pins_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="pins"):
        parse_pins(raw, "pins")


def test_pins_of_a_newer_kit_are_refused_clearly(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="schema version 2"):
        parse_pins(changed(schema_version=2), "pins.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_pins(tmp_path / "none.json")


def test_the_paper_wants_every_model_and_data_set_once_the_published_source_first() -> None:
    study = load_study("paper")
    artefacts = wanted(study)
    assert needs_hub(study)
    assert len([item for item in artefacts if item.kind is RepoKind.MODEL]) == 88
    assert len({(item.kind, item.name) for item in artefacts}) == len(artefacts)
    assert all(item.sources[0] == Source(id=item.published) for item in artefacts)
    by_name = {item.name: item for item in artefacts}
    assert by_name["gpt2"].known == "607a30d783dfa663caf39e06633721c8d4cfcd7e"
    assert by_name["conll2003"].split == "validation"
    assert [source.branch for source in by_name["conll2003"].sources] == [None, None, "refs/convert/parquet", None]


def test_a_study_that_the_kit_builds_wants_nothing() -> None:
    assert not needs_hub(load_study("smoke"))
    assert wanted(load_study("smoke")) == ()


def test_size_adds_up_and_the_folder_is_the_hubs() -> None:
    pin = replace(PIN, files=(FILE, replace(FILE, path="b", size=4)))
    assert pin.size == 7
    assert pin.folder_name == "models--openai-community--gpt2"
