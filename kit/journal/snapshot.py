"""One consistent copy of a journal, and the check that a journal from outside is nothing but one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kit.errors import InputError, StorageError
from kit.journal import database


def snapshot(folder: Path, target: Path) -> Path:
    """Copy a run's journal as it stands at one moment into another folder; the same content gives the same bytes.

    The copy is compact, holds nothing that was deleted, and needs no write-ahead log beside it.

    Returns:
        The path of the copy.

    Raises:
        InputError: if there is no journal.
        SchemaError: if a newer kit wrote it.
        StorageError: if the copy cannot be written.
    """
    source = folder / database.JOURNAL_NAME
    copy = target / database.JOURNAL_NAME
    connection = database.open_for_reading(source)
    try:
        connection.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.OperationalError as error:
        raise StorageError(f"{copy}: {error}", "free some space, or see that the folder can be written") from error
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"{source}: the journal is damaged ({error})", "restore it from a copy or an archive"
        ) from error
    finally:
        connection.close()
    return copy


def require_sound(folder: Path) -> int:
    """See that a journal from outside is whole and holds the kit's tables alone: no view or trigger of anybody else.

    Returns:
        Its schema version.

    Raises:
        InputError: if it is damaged, or holds anything else.
        SchemaError: if a newer kit wrote it.
    """
    path = folder / database.JOURNAL_NAME
    connection = database.open_for_reading(path)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise InputError(f"{path}: the journal is damaged", "ask for another copy of the archive")
        if _objects(connection) != _own_objects():
            raise InputError(f"{path}: not the tables of the kit's journal", "ask whoever made it")
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        return int(row[0])
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path}: the journal is damaged ({error})", "ask for another copy of the archive") from error
    finally:
        connection.close()


def _objects(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()


def _own_objects() -> list[tuple[str, ...]]:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(database.schema())
        return _objects(connection)
    finally:
        connection.close()
