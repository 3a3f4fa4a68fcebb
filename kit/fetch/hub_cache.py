"""The cache of published artefacts, in the Hub's own layout; only what has the pinned size and digest enters.

A blob lies once under its digest, and a commit's folder links to it. Files are
staged outside, verified, and moved in.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from kit.errors import InputError, StorageError
from kit.fetch.artefacts import BYTES_TO_SPARE, READERS
from kit.files import make_folder, storage_error
from kit.model.pins import Algorithm, Pin, PinnedFile, Pins

BLOCK: Final = 2**20

log = logging.getLogger(__name__)


class WrongBytesError(InputError):
    """A file is another one than the pinned one."""


def staging_folder(pin: Pin, hub: Path) -> Path:
    """Where files of a pin lie until they are verified: on the same disk, outside the cache."""
    return hub.parent / "staging" / pin.folder_name / pin.revision


def is_whole(path: Path, file: PinnedFile) -> bool:
    """Whether the bytes at a path are the pinned ones. Reads them all."""
    try:
        if path.stat().st_size != file.size:
            return False
        return _digest(path, file) == file.digest
    except OSError:
        return False


def _digest(path: Path, file: PinnedFile) -> str:
    if file.algorithm is Algorithm.SHA256:
        hashed = hashlib.sha256()
    else:
        hashed = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def wanting(pin: Pin, hub: Path) -> tuple[PinnedFile, ...]:
    """The files of a pin that do not lie whole in the cache. Reads all bytes of those that are there."""
    with ThreadPoolExecutor(READERS) as pool:
        whole = pool.map(lambda file: is_whole(_place(pin, file, hub), file), pin.files)
        return tuple(file for file, good in zip(pin.files, whole, strict=True) if not good)


def admit(staged: Path, pin: Pin, file: PinnedFile, hub: Path) -> None:
    """Move a staged file into the cache, if it is the pinned one.

    Raises:
        WrongBytesError: if its size or digest is another; it stays where it was.
        StorageError: if the cache cannot be written.
    """
    if not is_whole(staged, file):
        raise WrongBytesError(
            f"{pin.id}, {file.path}: its bytes are not the pinned ones ({file.algorithm.value} {file.digest})",
            "try again; if it stays so, the Hub or the way to it changes files: do not use it",
        )
    blob = blob_path(pin, file, hub)
    make_folder(blob.parent)
    try:
        staged.chmod(0o444)
        with staged.open("rb") as content:
            os.fsync(content.fileno())
        staged.replace(blob)
        _link(pin, file, hub)
    except OSError as error:
        raise storage_error(blob, error) from error


def link_whole_blob(pin: Pin, file: PinnedFile, hub: Path) -> bool:
    """Link a file whose blob lies whole in the cache already; a blob that does not is removed."""
    blob = blob_path(pin, file, hub)
    if not blob.exists():
        return False
    if not is_whole(blob, file):
        log.warning("%s: damaged, removed", blob)
        blob.unlink()
        return False
    _link(pin, file, hub)
    return True


def blob_path(pin: Pin, file: PinnedFile, hub: Path) -> Path:
    """Where the bytes of a file lie in the cache."""
    return hub / pin.folder_name / "blobs" / file.digest


def _place(pin: Pin, file: PinnedFile, hub: Path) -> Path:
    return hub / pin.folder_name / "snapshots" / pin.revision / file.path


def _link(pin: Pin, file: PinnedFile, hub: Path) -> None:
    place = _place(pin, file, hub)
    make_folder(place.parent)
    beside = place.with_name(f".{secrets.token_hex(4)}.part")
    beside.symlink_to(os.path.relpath(blob_path(pin, file, hub), place.parent))
    beside.replace(place)


def remove_strangers(pins: Pins, hub: Path) -> None:
    """Remove what lies in the pinned commits' folders and is not pinned: a loader might prefer it."""
    allowed: dict[Path, set[Path]] = {}
    for pin in pins.artefacts:
        folder = hub / pin.folder_name / "snapshots" / pin.revision
        allowed.setdefault(folder, set()).update(folder / file.path for file in pin.files)
    for folder, places in allowed.items():
        for path in folder.rglob("*"):
            if path not in places and (path.is_symlink() or not path.is_dir()):
                log.warning("%s: not pinned, removed", path)
                path.unlink()


def make_room(needed: int, pins: Pins, hub: Path) -> tuple[str, ...]:
    """Remove artefacts that these pins do not name, longest unused first, until the disk has room.

    Args:
        needed: bytes to come.

    Returns:
        the removed folders' names.

    Raises:
        StorageError: if there is no room even so.
    """
    removed: list[str] = []
    kept = {pin.folder_name for pin in pins.artefacts}
    for folder in _by_age(path for path in hub.iterdir() if path.name not in kept):
        if _free(hub) >= needed + BYTES_TO_SPARE:
            break
        log.warning("%s: removed to make room", folder)
        shutil.rmtree(folder)
        removed.append(folder.name)
    if _free(hub) < needed + BYTES_TO_SPARE:
        raise StorageError(
            f"{hub}: {_free(hub) / 2**30:.1f} GiB free, {(needed + BYTES_TO_SPARE) / 2**30:.1f} GiB are needed",
            "free some space, or set KIT_CACHE to a folder on a larger disk",
        )
    return tuple(removed)


def _by_age(paths: Iterable[Path]) -> Sequence[Path]:
    folders = [path for path in paths if path.name.startswith(("models--", "datasets--")) and not path.is_symlink()]
    return sorted(folders, key=lambda path: path.stat().st_mtime_ns)


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
