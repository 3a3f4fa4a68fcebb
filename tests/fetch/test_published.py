"""Fetching from the stand-in Hub: by commit, verified, resumed; nothing unverified ever enters the cache."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kit.catalog.sources import Source
from kit.errors import NetworkError, StorageError
from kit.fetch import hub_cache, published
from kit.fetch.hub_cache import WrongBytesError, staging_folder, wanting
from kit.fetch.hub_client import HubClient
from kit.fetch.hub_errors import GateError, GoneError
from kit.fetch.published import Arriving, Checking, Fetched, fetch_published
from kit.model.pins import Pins
from tests.fetch.shelf import MODEL_FILES, ROWS, WEIGHTS, dataset, files_below, locked, model, put_dataset, put_model
from tests.standin.hub import Commit, StandInHub


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub" / "hub"


@pytest.fixture
def pins(hub: StandInHub, client: HubClient) -> Pins:
    put_model(hub)
    put_dataset(hub)
    return locked(client, model("org/bert"), dataset(Source(id="org/notes")))


def fetch(pins: Pins, cache: Path, client: HubClient) -> Fetched:
    return fetch_published(pins, cache, lambda: client, lambda _: None)


def no_client() -> HubClient:
    raise AssertionError("the Hub is not to be asked")


def assert_only_verified(pins: Pins, cache: Path) -> None:
    """Whatever lies in the cache is a pinned file with the pinned bytes."""
    good = {file.digest: file for pin in pins.artefacts for file in pin.files}
    for path in cache.rglob("*"):
        if path.is_file():
            assert hub_cache.is_whole(path, good[path.resolve().name]), path


def test_files_lie_in_the_hubs_layout_and_nothing_else_does(pins: Pins, cache: Path, client: HubClient) -> None:
    assert fetch(pins, cache, client) == Fetched(("org/bert", "notes"), ())
    bert, notes = pins.artefacts
    snapshot = cache / "models--org--bert" / "snapshots" / bert.revision
    assert files_below(snapshot) == {"config.json", "vocab.txt", "model.safetensors"}
    assert (snapshot / "model.safetensors").read_bytes() == WEIGHTS
    rows = cache / "datasets--org--notes" / "snapshots" / notes.revision / "data" / "test.jsonl"
    assert rows.read_bytes() == ROWS
    assert rows.is_symlink()
    assert len(files_below(cache)) == 8
    assert files_below(cache.parent / "staging") == set()


def test_the_hubs_own_client_finds_them_offline(pins: Pins, cache: Path, client: HubClient) -> None:
    from huggingface_hub import try_to_load_from_cache

    fetch(pins, cache, client)
    found = try_to_load_from_cache("org/bert", "config.json", cache_dir=cache, revision=pins.artefacts[0].revision)
    assert isinstance(found, str)
    assert Path(found).read_bytes() == MODEL_FILES["config.json"]


def test_what_is_whole_is_left_alone_and_the_hub_is_not_asked(pins: Pins, cache: Path, client: HubClient) -> None:
    fetch(pins, cache, client)
    assert fetch_published(pins, cache, no_client, lambda _: None) == Fetched((), ())


def test_a_damaged_file_alone_is_fetched_again(pins: Pins, cache: Path, client: HubClient, hub: StandInHub) -> None:
    fetch(pins, cache, client)
    blob = (cache / "models--org--bert" / "snapshots" / pins.artefacts[0].revision / "model.safetensors").resolve()
    blob.chmod(0o644)
    blob.write_bytes(WEIGHTS[:-1] + b"\x00")
    hub.asked.clear()
    assert fetch(pins, cache, client).artefacts == ("org/bert",)
    assert blob.read_bytes() == WEIGHTS
    assert {line.rpartition("/")[2] for line in hub.asked} == {"model.safetensors"}


def test_a_link_that_was_lost_is_made_anew_from_the_whole_blob(pins: Pins, cache: Path, client: HubClient) -> None:
    fetch(pins, cache, client)
    (cache / "models--org--bert" / "snapshots" / pins.artefacts[0].revision / "vocab.txt").unlink()
    assert fetch_published(pins, cache, no_client, lambda _: None) == Fetched((), ())
    assert wanting(pins.artefacts[0], cache) == ()


def test_what_is_not_pinned_is_removed_from_a_pinned_commit(pins: Pins, cache: Path, client: HubClient) -> None:
    fetch(pins, cache, client)
    stranger = cache / "models--org--bert" / "snapshots" / pins.artefacts[0].revision / "adapter_config.json"
    stranger.write_text("{}")
    fetch_published(pins, cache, no_client, lambda _: None)
    assert not stranger.exists()


def test_a_cut_connection_is_gone_on_with_from_where_it_was(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub
) -> None:
    hub.cut("model.safetensors")
    fetch(pins, cache, client)
    assert hub.ranges == ["model.safetensors bytes=15000-"]
    assert_only_verified(pins, cache)
    assert wanting(pins.artefacts[0], cache) == ()


def test_a_fetch_that_gave_up_is_gone_on_with_by_the_next(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub
) -> None:
    impatient = replace(client, patience=replace(client.patience, tries=1))
    hub.cut("model.safetensors")
    with pytest.raises(NetworkError, match="connection"):
        fetch(pins, cache, impatient)
    assert_only_verified(pins, cache)
    assert [file.path for file in wanting(pins.artefacts[0], cache)] == ["model.safetensors", "vocab.txt"]
    fetch(pins, cache, impatient)
    assert hub.ranges == ["model.safetensors bytes=15000-"]
    assert wanting(pins.artefacts[0], cache) == ()


def test_a_part_of_other_bytes_is_thrown_away(pins: Pins, cache: Path, client: HubClient, hub: StandInHub) -> None:
    impatient = replace(client, patience=replace(client.patience, tries=1))
    hub.cut("model.safetensors")
    with pytest.raises(NetworkError):
        fetch(pins, cache, impatient)
    (part,) = staging_folder(pins.artefacts[0], cache).rglob("*.incomplete")
    part.write_bytes(bytes(len(part.read_bytes())))
    fetch(pins, cache, impatient)
    assert wanting(pins.artefacts[0], cache) == ()


@pytest.mark.parametrize("surplus", [0, 5_000])
def test_a_part_as_long_as_the_file_or_longer_is_thrown_away(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub, surplus: int
) -> None:
    impatient = replace(client, patience=replace(client.patience, tries=1))
    hub.cut("model.safetensors")
    with pytest.raises(NetworkError):
        fetch(pins, cache, impatient)
    (part,) = staging_folder(pins.artefacts[0], cache).rglob("*.incomplete")
    part.write_bytes(bytes(len(WEIGHTS) + surplus))
    fetch(pins, cache, impatient)
    assert wanting(pins.artefacts[0], cache) == ()


def test_other_bytes_once_are_fetched_again(pins: Pins, cache: Path, client: HubClient, hub: StandInHub) -> None:
    hub.swap("model.safetensors")
    fetch(pins, cache, client)
    assert_only_verified(pins, cache)
    assert wanting(pins.artefacts[0], cache) == ()


@pytest.mark.parametrize("path", ["model.safetensors", "config.json", "data/test.jsonl"])
def test_other_bytes_than_the_pinned_ones_never_enter(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub, path: str
) -> None:
    hub.swap(path, times=9)
    with pytest.raises(WrongBytesError, match=path):
        fetch(pins, cache, client)
    assert_only_verified(pins, cache)
    assert path in [file.path for pin in pins.artefacts for file in wanting(pin, cache)]
    assert not any(path.is_file() for path in staging_folder(pins.artefacts[0], cache).rglob("*.safetensors"))


def test_a_file_that_changed_under_its_commit_never_enters(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub
) -> None:
    """A Hub that lies consistently, in its headers too, is found out by the pins."""
    commit = hub.repositories["org/bert"].commits[-1]
    hub.repositories["org/bert"].commits[-1] = Commit(
        commit.day, commit.files | {"model.safetensors": random.Random(2).randbytes(30_000)}, sha=commit.sha
    )
    with pytest.raises(WrongBytesError):
        fetch(pins, cache, client)
    assert_only_verified(pins, cache)


def test_a_gate_that_closed_is_told_with_the_way_through(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub
) -> None:
    hub.repositories["datasets/org/notes"].gated = "manual"
    with pytest.raises(GateError) as caught:
        fetch(pins, cache, client)
    assert f"{hub.endpoint}/datasets/org/notes" in caught.value.advice


def test_a_repository_that_was_removed_is_told(pins: Pins, cache: Path, client: HubClient, hub: StandInHub) -> None:
    hub.repositories["org/bert"].gone = True
    with pytest.raises(GoneError, match="does not know it"):
        fetch(pins, cache, client)


def test_a_rate_limit_between_files_is_waited_out(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub, waits: list[float]
) -> None:
    hub.limit_rate("3", "4")
    fetch(pins, cache, client)
    assert waits == [3.0, 4.0]


def test_progress_is_told_and_ends_before_the_total(pins: Pins, cache: Path, client: HubClient) -> None:
    told: list[Arriving | Checking] = []
    fetch_published(pins, cache, lambda: client, told.append)
    assert told[:2] == [Checking("org/bert", 1, 2), Checking("notes", 2, 2)]
    seen = [event for event in told if isinstance(event, Arriving)]
    total = sum(pin.size for pin in pins.artefacts)
    assert {arriving.total_bytes for arriving in seen} == {total}
    assert [arriving.done_bytes for arriving in seen] == sorted(arriving.done_bytes for arriving in seen)
    assert seen[0] == Arriving("org/bert", 0, total)


def test_a_slow_file_is_told_of_while_it_comes(
    pins: Pins, cache: Path, client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "TICK_S", 0.0)
    seen: list[Arriving | Checking] = []
    fetch_published(pins, cache, lambda: client, seen.append)
    assert len(seen) > 2 + 4


def disk(free: list[int]) -> Callable[[Path], int]:
    """A disk that has as much free as the list says, one entry after the other; the last one stays."""
    return lambda _folder: free.pop(0) if len(free) > 1 else free[0]


def test_a_small_disk_loses_what_these_pins_do_not_need(
    pins: Pins, cache: Path, client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("models--org--other", "models--org--third", "somebodys-own"):
        (cache / name).mkdir(parents=True)
        (cache / name / "file").write_text("x")
    monkeypatch.setattr(hub_cache, "_free", disk([0, 2**40]))
    fetched = fetch(pins, cache, client)
    assert fetched.removed == ("models--org--other",)
    assert (cache / "models--org--third").is_dir()
    assert (cache / "somebodys-own" / "file").exists()


def test_a_disk_too_small_even_so_is_told_before_anything_is_fetched(
    pins: Pins, cache: Path, client: HubClient, hub: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_cache, "_free", disk([0]))
    hub.asked.clear()
    with pytest.raises(StorageError, match="GiB are needed"):
        fetch(pins, cache, client)
    assert hub.asked == []
