"""One consistent copy of a journal, and the check that a journal from outside is nothing but one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kit.errors import InputError, StorageError
from kit.journal import database

_COLUMNS = """
SELECT tables.name, columns.name, lower(columns.type)
FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'
"""


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
        raise database.damaged(source, error) from error
    finally:
        connection.close()
    return copy


def require_sound(folder: Path) -> None:
    """See that a journal from outside is whole, and every value in it of its column's type: SQLite itself takes any.

    Raises:
        InputError: if not, or if it holds anything beside the journal's tables.
        SchemaError: if a newer kit wrote it.
    """
    path = folder / database.JOURNAL_NAME
    connection = database.open_for_reading(path)
    try:
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            raise InputError(f"{path}: the journal is damaged", "ask for another copy of the archive")
        for table, column, kind in connection.execute(_COLUMNS).fetchall():
            odd = f"SELECT 1 FROM {table} WHERE typeof({column}) NOT IN (?, 'null')"  # noqa: S608 - the kit's own names
            if connection.execute(odd, (kind,)).fetchone():
                raise InputError(f"{path}: {table}.{column} holds what is no {kind}", "ask whoever made it")
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"{path}: the journal is damaged ({database.reason(error)})", "ask for another copy of the archive"
        ) from error
    finally:
        connection.close()
