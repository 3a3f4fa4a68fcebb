"""An offline bundle: pins and the files that they name in one tar, for a machine without the Hub.

It is read as something that anybody may have made: only plain entries whose
names, sizes and digests stand in the pins are taken, and each is verified before
it enters the cache.
"""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from kit.catalog.pins_file import MAX_BYTES, NAME, parse_pins, pins_text
from kit.errors import InputError
from kit.fetch.hub_cache import admit, blob_path, make_room, remove_strangers, staging_folder, wanting
from kit.files import make_folder, storage_error, whole_file
from kit.model.pins import Pin, PinnedFile, Pins

BLOCK: Final = 2**20
ADVICE: Final = "make the bundle anew with `kit fetch STUDY --bundle`"


def write_bundle(pins: Pins, hub: Path, out: Path) -> int:
    """Write pins and their files, which lie whole in the cache; the same pins give the same bytes.

    Returns:
        bytes of the bundle.

    Raises:
        StorageError: if it cannot be written.
    """
    text = pins_text(pins).encode()
    blobs = {_entry(file): blob_path(pin, file, hub) for pin in pins.artefacts for file in pin.files}
    with whole_file(out) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(_header(NAME, len(text)), io.BytesIO(text))
        for name in sorted(blobs):
            with blobs[name].open("rb") as content:
                archive.addfile(_header(name, blobs[name].stat().st_size), content)
    return out.stat().st_size


def read_bundle_pins(path: Path) -> Pins:
    """The pins of a bundle, checked.

    Raises:
        InputError: if it is no bundle.
    """
    with _opened(path) as file:
        return _pins(file, path)


def fetch_from_bundle(path: Path, pins: Pins, hub: Path) -> tuple[str, ...]:
    """Put the files of a bundle into the cache.

    Args:
        pins: what is wanted; the bundle has to be of the same.

    Returns:
        names of the artefacts that came from the bundle; the others were whole.

    Raises:
        InputError: if the bundle is of other pins, or an entry is not what they name.
        StorageError: if the cache cannot be written or has no room.
    """
    if read_bundle_pins(path) != pins:
        raise InputError(f"{path}: is a bundle of other pins", "give the pins that it was made of with --pins")
    make_folder(hub)
    remove_strangers(pins, hub)
    awaited: dict[str, list[tuple[Pin, PinnedFile]]] = {}
    for pin in pins.artefacts:
        for file in wanting(pin, hub):
            awaited.setdefault(_entry(file), []).append((pin, file))
    make_room(sum(file.size for takers in awaited.values() for _, file in takers), pins, hub)
    known = {_entry(file): file.size for pin in pins.artefacts for file in pin.files}
    came = {pin.name: None for takers in awaited.values() for pin, _ in takers}
    with _opened(path) as bundle:
        _pins(bundle, path)
        for entry in _entries(bundle, path):
            if known.get(entry.name) != entry.size:
                raise InputError(
                    f"{path}: the entry {entry.name!r:.100} is none of its pins, or of another size", ADVICE
                )
            _take(bundle, entry, awaited.pop(entry.name, []), hub, path)
    if awaited:
        raise InputError(f"{path}: {len(awaited)} of its files are missing, as {min(awaited):.100}", ADVICE)
    return tuple(came)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    size: int


def _entry(file: PinnedFile) -> str:
    return f"blobs/{file.algorithm.value}-{file.digest}"


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o444
    return header


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", "check the path of the bundle") from error


def _pins(bundle: BinaryIO, path: Path) -> Pins:
    """The pins, which stand first."""
    entry = _next_entry(bundle, path)
    if entry is None or entry.name != NAME or entry.size > MAX_BYTES:
        raise InputError(f"{path}: does not begin with {NAME}, so it is no bundle", ADVICE)
    raw = bundle.read(entry.size)
    _skip_padding(bundle, entry.size)
    return parse_pins(raw, f"{path}, {NAME}")


def _entries(bundle: BinaryIO, path: Path) -> Iterator[_Entry]:
    """The entries after the pins; whoever iterates reads each one's bytes."""
    while (entry := _next_entry(bundle, path)) is not None:
        yield entry


def _next_entry(bundle: BinaryIO, path: Path) -> _Entry | None:
    """The next header. Read block by block, since a tar library would follow extensions of any size."""
    block = bundle.read(tarfile.BLOCKSIZE)
    if not any(block):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: damaged, or no tar of the kit", ADVICE) from error
    if header.type != tarfile.REGTYPE or header.size < 0:
        raise InputError(f"{path}: the entry {header.name!r:.100} is no plain file", ADVICE)
    return _Entry(header.name, header.size)


def _skip_padding(bundle: BinaryIO, size: int) -> None:
    bundle.seek(-size % tarfile.BLOCKSIZE, io.SEEK_CUR)


def _take(bundle: BinaryIO, entry: _Entry, takers: list[tuple[Pin, PinnedFile]], hub: Path, path: Path) -> None:
    """Bring an entry to all that await it; each copy is verified on its own."""
    start = bundle.tell()
    for pin, file in takers:
        bundle.seek(start)
        staged = make_folder(staging_folder(pin, hub)) / file.digest
        _copy(bundle, staged, entry, path)
        try:
            admit(staged, pin, file, hub)
        finally:
            shutil.rmtree(staging_folder(pin, hub), ignore_errors=True)
    bundle.seek(start + entry.size)
    _skip_padding(bundle, entry.size)


def _copy(bundle: BinaryIO, staged: Path, entry: _Entry, path: Path) -> None:
    left = entry.size
    try:
        with staged.open("wb") as out:
            while left:
                block = bundle.read(min(BLOCK, left))
                if not block:
                    raise InputError(f"{path}: ends within {entry.name!r:.100}", "copy the bundle again")
                out.write(block)
                left -= len(block)
    except OSError as error:
        raise storage_error(staged, error) from error
