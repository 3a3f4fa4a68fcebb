"""Offline bundles: what one machine writes another one takes, and nothing else of a bundle is ever taken."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kit.catalog.pins_file import pins_text
from kit.catalog.sources import Source
from kit.errors import InputError, StorageError
from kit.fetch.bundle import fetch_from_bundle, read_bundle_pins, write_bundle
from kit.fetch.hub_cache import wanting
from kit.fetch.hub_client import HubClient
from kit.fetch.published import fetch_published
from kit.model.pins import Pins
from tests.fetch.shelf import dataset, files_below, locked, model, put_dataset, put_model
from tests.standin.hub import StandInHub

Entry = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def pins(hub: StandInHub, client: HubClient) -> Pins:
    put_model(hub)
    put_dataset(hub)
    return locked(client, model("org/bert"), dataset(Source(id="org/notes")))


@pytest.fixture
def bundle(pins: Pins, client: HubClient, tmp_path: Path) -> Path:
    fetch_published(pins, tmp_path / "first" / "hub", lambda: client, lambda _: None)
    out = tmp_path / "out.tar"
    assert write_bundle(pins, tmp_path / "first" / "hub", out) == out.stat().st_size
    return out


def entries(bundle: Path) -> list[Entry]:
    with tarfile.open(bundle) as archive:
        return [(header, archive.extractfile(header).read()) for header in archive]  # type: ignore[union-attr]


def rewritten(bundle: Path, changed: list[Entry]) -> Path:
    out = bundle.with_name("changed.tar")
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as archive:
        for header, content in changed:
            archive.addfile(header, io.BytesIO(content))
    return out


def test_a_bundle_fills_another_cache(pins: Pins, bundle: Path, tmp_path: Path) -> None:
    assert read_bundle_pins(bundle) == pins
    hub = tmp_path / "second" / "hub"
    assert fetch_from_bundle(bundle, pins, hub) == ("org/bert", "notes")
    assert all(wanting(pin, hub) == () for pin in pins.artefacts)
    assert files_below(hub) == files_below(tmp_path / "first" / "hub")
    assert fetch_from_bundle(bundle, pins, hub) == ()


def test_the_same_pins_give_the_same_bundle(pins: Pins, bundle: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    write_bundle(pins, tmp_path / "first" / "hub", again)
    assert again.read_bytes() == bundle.read_bytes()


def test_a_bundle_of_other_pins_is_refused(pins: Pins, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="other pins"):
        fetch_from_bundle(bundle, replace(pins, study="another"), tmp_path / "second" / "hub")


def flipped(changed: list[Entry]) -> list[Entry]:
    header, content = changed[1]
    return [changed[0], (header, bytes([content[0] ^ 1]) + content[1:]), *changed[2:]]


def left_out(changed: list[Entry]) -> list[Entry]:
    return changed[:-1]


def added(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo("blobs/sha256-" + "0" * 64)
    header.size = 3
    return [*changed, (header, b"bad")]


def leading_out(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo("../../escaped")
    header.size = 3
    return [changed[0], (header, b"bad"), *changed[1:]]


def linked(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo(changed[1][0].name)
    header.type, header.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [changed[0], (header, b""), *changed[2:]]


def longer(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo(changed[1][0].name)
    header.size = changed[1][0].size + 1
    return [changed[0], (header, changed[1][1] + b"x"), *changed[2:]]


def without_pins(changed: list[Entry]) -> list[Entry]:
    return changed[1:]


def bad_pins(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo("pins.json")
    content = changed[0][1].replace(b'"path":"vocab.txt"', b'"path":"../../x.t"')
    header.size = len(content)
    return [(header, content), *changed[1:]]


def extended(changed: list[Entry]) -> list[Entry]:
    header = tarfile.TarInfo("x" * 200)
    header.size = 3
    return [changed[0], (header, b"bad"), *changed[1:]]


@pytest.mark.parametrize(
    "change", [flipped, left_out, added, leading_out, linked, longer, without_pins, bad_pins, extended]
)
def test_a_changed_bundle_is_refused_and_nothing_of_the_change_stays(
    pins: Pins, bundle: Path, tmp_path: Path, change: Callable[[list[Entry]], list[Entry]]
) -> None:
    hub = tmp_path / "second" / "hub"
    with pytest.raises(InputError):
        fetch_from_bundle(rewritten(bundle, change(entries(bundle))), pins, hub)
    good = {file.digest for pin in pins.artefacts for file in pin.files}
    assert {path.resolve().name for path in hub.rglob("*") if path.is_file()} <= good
    assert not (tmp_path / "escaped").exists()
    assert files_below(hub.parent / "staging") == set()


@pytest.mark.parametrize("kept", [0, 100, 512, 2_000, 0.5, 0.9])
def test_a_bundle_that_ends_early_is_refused(pins: Pins, bundle: Path, tmp_path: Path, kept: float) -> None:
    whole = bundle.read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError):
        fetch_from_bundle(cut, pins, tmp_path / "second" / "hub")


def test_what_is_no_bundle_is_refused(pins: Pins, tmp_path: Path) -> None:
    path = tmp_path / "notes.tar"
    with pytest.raises(InputError, match="cannot be read"):
        read_bundle_pins(path)
    path.write_bytes(b"not a tar, but long enough to be one" * 100)
    with pytest.raises(InputError, match="damaged"):
        read_bundle_pins(path)


def test_pins_of_a_negative_size_are_refused_and_not_read_to_the_end(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pins.json")
    header.size = -1
    (tmp_path / "odd.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(512))
    with pytest.raises(InputError, match=r"the entry 'pins\.json' is no plain file"):
        read_bundle_pins(tmp_path / "odd.tar")


def test_a_bundle_that_cannot_be_written_is_told(pins: Pins, tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "file").write_text(pins_text(pins))
    with pytest.raises(StorageError):
        write_bundle(pins, tmp_path / "first" / "hub", tmp_path / "file" / "out.tar")
