"""Opening the journal's SQLite file: durability, schema version, clear errors."""

from __future__ import annotations

import errno
import secrets
import sqlite3
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from kit.errors import InputError, SchemaError
from kit.files import storage_error
from kit.model.printable import printable

SCHEMA_VERSION = 2
"""2 added what was noted in a window, and how the host stood before and after the runs of a process."""
JOURNAL_NAME = "journal.sqlite"


def create(path: Path, content: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A new journal with its first content, open for writing. Cut at any moment, there is a whole one or none.

    Args:
        content: fills the new tables, within the transaction that makes them.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        connection = sqlite3.connect(beside)
        try:
            connection.executescript(schema())
            connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
            content(connection)
            connection.commit()
        finally:
            connection.close()
        beside.replace(path)
    except sqlite3.OperationalError as error:
        raise storage_error(path, os_error(error)) from error
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return open_for_writing(path)


def os_error(error: sqlite3.DatabaseError) -> OSError:
    """What SQLite says of a disk, as the operating system says it."""
    full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
    return OSError(errno.ENOSPC if full else 0, str(error))


def open_for_writing(path: Path) -> sqlite3.Connection:
    """An existing journal, to add to; one of an older version is brought up to this one."""
    connection = _connect(path, "rw")
    if _version(path, connection) < SCHEMA_VERSION:
        try:
            _upgrade(connection)
        except sqlite3.OperationalError as error:
            raise storage_error(path, os_error(error)) from error
    return connection


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring a journal of version 1 up to version 2, in one transaction."""
    version = "UPDATE meta SET value = '2' WHERE key = 'schema_version';"
    connection.executescript("\n".join(("BEGIN IMMEDIATE;", _sql("schema_2.sql"), version, "COMMIT;")))


def schema(version: int = SCHEMA_VERSION) -> str:
    """The statements that make the tables of a journal of a version."""
    return "".join(_sql(name) for name in ("schema.sql", "schema_2.sql")[:version])


def _sql(name: str) -> str:
    return files("kit.journal").joinpath(name).read_text(encoding="utf-8")


def open_for_reading(path: Path) -> sqlite3.Connection:
    """An existing journal, to read.

    Raises:
        InputError: if there is none, or the file is not a journal, or holds anything beside the journal's tables.
        SchemaError: if a newer kit wrote it.
    """
    if not path.is_file():
        raise InputError(f"{path}: no journal here", "give the folder of a run, as `kit run` or `kit replay` made it")
    connection = _connect(path, "ro")
    if _version(path, connection) == SCHEMA_VERSION:
        return connection
    # The file stays as it is: what is upgraded is a copy in memory.
    copy = sqlite3.connect(":memory:")
    try:
        connection.backup(copy)
        _upgrade(copy)
    except sqlite3.DatabaseError as error:
        copy.close()
        raise damaged(path, error) from error
    finally:
        connection.close()
    return copy


def damaged(path: Path, error: Exception) -> InputError:
    """The kit's error for a journal of one's own that does not read back."""
    return InputError(f"{path}: the journal is damaged ({reason(error)})", "restore it from a copy or an archive")


def reason(error: Exception) -> str:
    """What an error says, in one line and not too long: it may quote the journal, and that may be anybody's."""
    return printable(" ".join(str(error).split()))[:200]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30)
        if mode != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        if not path.exists():
            raise storage_error(path, os_error(error)) from error
        raise InputError(f"{path}: not a journal of the kit ({reason(error)})", "give the folder of a run") from error
    return connection


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Schema version of a journal that this kit can read.

    It may be anybody's: nothing is read from it or changed in it before that is known to be a table of the journal. A
    view or a trigger runs what its maker likes, also without an end.
    """
    try:
        objects = _objects(connection)
        if not {item for item in _own_objects(1) if item[1] == "meta"} <= objects:
            raise InputError(f"{path}: not a journal of the kit", "give the folder of a run")
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        version = int(row[0]) if row else 0
    except (sqlite3.DatabaseError, ValueError) as error:
        raise InputError(f"{path}: not a journal of the kit ({reason(error)})", "give the folder of a run") from error
    if version < 1:
        raise InputError(f"{path}: a journal without a schema version", "give the folder of a run")
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"{path}: written with schema version {version}, this kit reads up to {SCHEMA_VERSION}",
            "use the version of the kit that wrote it, or a newer one",
        )
    other = sorted(str(item[1]) for item in objects ^ _own_objects(version))
    if other:
        raise InputError(
            f"{path}: not the tables of the kit's journal: {other[0][:80]!a} is missing, another or one too many",
            "a journal holds the kit's tables alone: drop what you added, or ask whoever made it",
        )
    return version


def _objects(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    return frozenset(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


def _own_objects(version: int) -> frozenset[tuple[str, ...]]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(schema(version))
        return _objects(connection)
    finally:
        connection.close()
