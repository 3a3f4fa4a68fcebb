"""Fetching published artefacts by commit: what is whole is left alone, what was cut is gone on with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Final

from kit.fetch.hub_cache import (
    WrongBytesError,
    admit,
    link_whole_blob,
    make_room,
    remove_strangers,
    staging_folder,
    wanting,
)
from kit.fetch.hub_client import HubClient
from kit.fetch.hub_errors import PartError
from kit.files import make_folder
from kit.model.pins import Pin, PinnedFile, Pins

TICK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Arriving:
    """How far fetching is.

    Attributes:
        name: of the artefact that arrives.
        done_bytes, total_bytes: of everything that was missing.
    """

    name: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Checking:
    """An artefact's files in the cache are being verified: its name, its number and how many there are."""

    name: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What fetching did: names of the artefacts that came, and folders that were removed to make room."""

    artefacts: tuple[str, ...]
    removed: tuple[str, ...]


def fetch_published(
    pins: Pins, hub: Path, client: Callable[[], HubClient], notice: Callable[[Arriving | Checking], None]
) -> Fetched:
    """Make every pinned artefact present in the cache.

    Args:
        hub: folder in the Hub's cache layout.
        client: gives the Hub to ask; called only if something is missing.
        notice: told of every artefact that is checked, and about twice a second of what arrives.

    Raises:
        NetworkError, GateError, GoneError: if the Hub does not give a file.
        WrongBytesError: if it gives another file than the pinned one, twice.
        StorageError: if the disk has no room.
    """
    make_folder(hub)
    remove_strangers(pins, hub)
    missing: list[tuple[Pin, PinnedFile]] = []
    for number, pin in enumerate(pins.artefacts, start=1):
        notice(Checking(pin.name, number, len(pins.artefacts)))
        missing += [(pin, file) for file in wanting(pin, hub) if not link_whole_blob(pin, file, hub)]
    if not missing:
        return Fetched((), ())
    total = sum(file.size for _, file in missing)
    asked = client()
    removed = make_room(total, pins, hub)
    done = 0
    for pin, file in missing:
        before = done
        notice(Arriving(pin.name, before, total))
        _fetch(pin, file, hub, asked, lambda part, pin=pin, before=before: notice(  # type: ignore[misc]
            Arriving(pin.name, before + part, total)
        ))  # fmt: skip
        done += file.size
    for pin, _ in missing:
        shutil.rmtree(staging_folder(pin, hub), ignore_errors=True)
    return Fetched(tuple(dict.fromkeys(pin.name for pin, _ in missing)), removed)


def _fetch(pin: Pin, file: PinnedFile, hub: Path, client: HubClient, tick: Callable[[int], None]) -> None:
    """One file; what was staged of another content is thrown away once, since an old part may be to blame."""
    folder = make_folder(staging_folder(pin, hub))
    try:
        _fetch_once(pin, file, hub, client, tick)
    except (WrongBytesError, PartError):
        shutil.rmtree(folder)
        make_folder(folder)
        try:
            _fetch_once(pin, file, hub, client, tick)
        except WrongBytesError:
            shutil.rmtree(folder)
            raise


def _fetch_once(pin: Pin, file: PinnedFile, hub: Path, client: HubClient, tick: Callable[[int], None]) -> None:
    folder = staging_folder(pin, hub)
    future: Future[Path] = Future()

    def work() -> None:
        try:
            future.set_result(client.download(pin.kind, pin.id, pin.revision, file.path, folder))
        except BaseException as error:  # noqa: BLE001 - raised where the future is asked
            future.set_exception(error)

    # A daemon, so that an interrupted command ends at once; the part that has come stays for the next one.
    Thread(target=work, daemon=True).start()
    while not wait([future], TICK_S).done:
        tick(_part_size(folder))
    admit(future.result(), pin, file, hub)


def _part_size(folder: Path) -> int:
    """Bytes of the file that is arriving."""
    sizes = []
    for path in folder.rglob("*.incomplete"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return max(sizes, default=0)
