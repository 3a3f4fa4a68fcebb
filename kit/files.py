"""How the kit writes files: whole or not at all, and durable.

A file is written beside its place, flushed to the disk, renamed, and its folder
flushed. A reader sees the old file or the new one, also after a power cut. The
price is one or two flushes a file, some milliseconds each on a disk.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kit.errors import StorageError


def write_bytes(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file whole or not at all.

    Raises:
        StorageError: if the folder cannot be written or the disk is full.
    """
    with whole_file(path, mode=mode) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to write piece by piece; it is at its place once the context ends well, and nowhere if it does not.

    Raises:
        StorageError: if the folder cannot be written or the disk is full.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
    except OSError as error:
        raise storage_error(path, error) from error


def write_text(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Write UTF-8 text, whole or not at all."""
    write_bytes(path, content.encode(), mode=mode)


def make_folder(path: Path) -> Path:
    """Make a folder with its parents, if it is not there; and make sure that it can be written.

    Raises:
        StorageError: if that cannot be done.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise storage_error(path, error) from error
    return path


def make_place(path: Path) -> Path:
    """Make the folder of a file to come, and make sure that the file can be put there: before long work, not after it.

    Raises:
        StorageError: if it cannot, as where a folder lies in its place.
    """
    make_folder(path.parent)
    if path.is_dir():
        raise storage_error(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    return path


def storage_error(path: Path, error: OSError) -> StorageError:
    """The kit's error for an operating system error at a path."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{path}: no space left on the disk", "free some space, or choose a place on another disk")
    reason = error.strerror or str(error)
    return StorageError(f"{path}: {reason}", "choose a place that you may write to; KIT_CACHE names the cache's")


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
