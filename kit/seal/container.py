"""The crate's container: a zip that can be written in one way only, and is read in no other.

Sorted names, stored, with fixed times and modes. Reading rebuilds the whole zip from what was read and compares the
bytes, so that nothing can hide before, between or behind the files, in a header, a comment or an extra field.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import Final

from kit.errors import InputError

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can state; the crate's own times stand in its metadata."""

REGULAR_FILE: Final = 0o100644 << 16
UNIX: Final = 3
MAX_CRATE_BYTES: Final = 2**30
"""Crates are read into memory, and to check one takes about three times its size; the released study's has 12 MB."""

MAX_FILES: Final = 60_000
MAX_NAME: Final = 200
END: Final = struct.Struct("<4s4H2LH")
"""A zip's end record: signature, two numbers of disks, entries twice, length and start of the directory, comment."""

ZIP64: Final = b"PK\6\7"
DIRECTORY_ENTRY: Final = 46
"""Bytes of an entry in a zip's directory, beside its name."""

SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,3}")
"""Relative, no step upwards, nothing hidden, nothing that any file system reads in another way."""


def write_container(content: Mapping[str, bytes]) -> bytes:
    """A zip of the files: the same content gives the same bytes.

    Args:
        content: by path in the crate.

    Raises:
        InputError: if a name or the whole is outside the bounds that `read_container` holds.
    """
    for name in content:
        _require_safe(name)
    _require_different(list(content))
    if len(content) > MAX_FILES or sum(map(len, content.values())) > MAX_CRATE_BYTES * 0.99:
        raise InputError(
            f"the run has {len(content):,} files, too many or too large for a crate",
            f"a crate holds {MAX_FILES:,} files and {MAX_CRATE_BYTES >> 20} MiB; deposit the traces apart",
        )
    return _zip(content)


def read_container(data: bytes) -> dict[str, bytes]:
    """The files of a crate, by path.

    Raises:
        InputError: if it is anything but what `write_container` makes.
    """
    if len(data) > MAX_CRATE_BYTES:
        raise _refused(f"larger than {MAX_CRATE_BYTES >> 20} MiB")
    _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, len(data))
            content = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise _refused(f"not a sound zip ({error})") from error
    if _zip(content) != data:
        raise _refused("holds bytes that belong to no file, or are not as the kit writes them")
    return content


def _check_end(data: bytes) -> None:
    """The end record, before a zip reader believes it and makes an object of every entry that it announces."""
    if len(data) < END.size:
        raise _refused("not a sound zip")
    signature, _, _, _, entries, length, _, _ = END.unpack_from(data, len(data) - END.size)
    if signature != b"PK\5\6" or data[-42:-38] == ZIP64:
        raise _refused("not a sound zip")
    if entries > MAX_FILES or length > MAX_FILES * (DIRECTORY_ENTRY + MAX_NAME):
        raise _refused(f"more than {MAX_FILES:,} files")


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Whatever could do harm while reading; the comparison after it sees to the rest."""
    for entry in entries:
        _require_safe(entry.orig_filename)
        if entry.external_attr != REGULAR_FILE:
            raise _refused(f"{entry.filename} is no regular file (a link, a folder or worse)")
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise _refused(f"{entry.filename} is compressed; a crate's files are stored")
    if sum(entry.file_size for entry in entries) > size:
        raise _refused("its files overlap or claim more than there is")
    _require_different([entry.filename for entry in entries])


def _require_safe(name: str) -> None:
    if len(name) > MAX_NAME or not SAFE_NAME.fullmatch(name):
        raise _refused(f"{name[:80]!a} is not a safe path")


def _require_different(names: list[str]) -> None:
    """Also where a file system does not tell capital letters from small ones."""
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise _refused(f"two files of the name {name}")
        seen.add(name.lower())


def _zip(content: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = REGULAR_FILE
            archive.writestr(entry, content[name])
    return buffer.getvalue()


def _refused(reason: str) -> InputError:
    return InputError(f"the crate: {reason}", "do not trust this archive; ask for another copy")
