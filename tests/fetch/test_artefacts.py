"""Built artefacts are reused while whole, and built again when damaged, cut or out of date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.errors import MeasurementError, StorageError
from kit.fetch import Artefact, Condition, artefacts, cache_folder, condition, hub_folder, prepare

ONE = Artefact("org/one", "tiny", "spec-1")


def build(artefact: Artefact, hub: Path) -> None:
    folder = hub / artefact.folder_name / "snapshots" / "r"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(artefact.model)
    (folder / "model.safetensors").write_bytes(bytes(1000))


def built(hub: Path, *wanted: Artefact) -> list[tuple[str, Condition]]:
    seen: list[tuple[str, Condition]] = []
    prepare(wanted, hub, build, lambda artefact, found, _number, _total: seen.append((artefact.model, found)))
    return seen


def test_a_whole_artefact_is_left_alone(tmp_path: Path) -> None:
    assert built(tmp_path / "hub", ONE) == [("org/one", Condition.MISSING)]
    assert built(tmp_path / "hub", ONE) == []
    assert condition(ONE, tmp_path / "hub") is Condition.PRESENT


@pytest.mark.parametrize("damage", ["flip", "remove", "add"])
def test_a_damaged_artefact_is_built_again(tmp_path: Path, damage: str) -> None:
    hub = tmp_path / "hub"
    built(hub, ONE)
    snapshot = hub / "models--org--one" / "snapshots" / "r"
    if damage == "flip":
        (snapshot / "model.safetensors").write_bytes(bytes(999) + b"\x01")
    elif damage == "remove":
        (snapshot / "config.json").unlink()
    else:
        (snapshot / "extra.bin").write_bytes(b"x")
    assert built(hub, ONE) == [("org/one", Condition.DAMAGED)]
    assert condition(ONE, hub) is Condition.PRESENT


def test_another_specification_makes_it_out_of_date(tmp_path: Path) -> None:
    built(tmp_path / "hub", ONE)
    assert built(tmp_path / "hub", replace(ONE, spec_digest="spec-2")) == [("org/one", Condition.OUTDATED)]


def test_a_build_that_was_cut_before_its_manifest_counts_as_missing(tmp_path: Path) -> None:
    build(ONE, tmp_path / "hub")
    assert condition(ONE, tmp_path / "hub") is Condition.MISSING


def test_a_builder_that_leaves_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="left nothing"):
        prepare([ONE], tmp_path / "hub", lambda _artefact, _hub: None, lambda *_: None)


def test_a_full_disk_is_said_before_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "BYTES_TO_SPARE", 2**62)
    with pytest.raises(StorageError, match="GiB free"):
        built(tmp_path / "hub", ONE)


def test_the_cache_folder_follows_the_environment(tmp_path: Path) -> None:
    assert cache_folder({"KIT_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "power-hungry-kit"
    assert hub_folder(tmp_path, "tiny") == tmp_path / "tiny" / "hub"
