"""Opening the journal's SQLite file: durability, schema version, clear errors."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from kit.errors import InputError, SchemaError
from kit.files import storage_error

SCHEMA_VERSION = 1
JOURNAL_NAME = "journal.sqlite"


def create(path: Path, content: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """A new journal with its first content, open for writing. Cut at any moment, there is a whole one or none.

    Args:
        content: fills the new tables, within the transaction that makes them.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    schema = files("kit.journal").joinpath("schema.sql").read_text(encoding="utf-8")
    try:
        connection = sqlite3.connect(beside)
        try:
            connection.executescript(schema)
            connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
            content(connection)
            connection.commit()
        finally:
            connection.close()
        beside.replace(path)
    except sqlite3.OperationalError as error:
        raise storage_error(path, OSError(0, str(error))) from error
    except OSError as error:
        raise storage_error(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return open_for_writing(path)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """An existing journal, to add to."""
    return _checked(path, _connect(path, "rw"))


def open_for_reading(path: Path) -> sqlite3.Connection:
    """An existing journal, to read.

    Raises:
        InputError: if there is none, or the file is not a journal.
        SchemaError: if a newer kit wrote it.
    """
    if not path.is_file():
        raise InputError(f"{path}: no journal here", "give the folder of a run, as `kit run` or `kit replay` made it")
    return _checked(path, _connect(path, "ro"))


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30)
        if mode != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError as error:
        if not path.exists():
            raise storage_error(path, OSError(0, str(error))) from error
        raise InputError(f"{path}: not a journal of the kit ({error})", "give the folder of a run") from error
    return connection


def _checked(path: Path, connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
        version = int(row[0]) if row else None
    except (sqlite3.DatabaseError, ValueError) as error:
        raise InputError(f"{path}: not a journal of the kit ({error})", "give the folder of a run") from error
    if version is None:
        raise InputError(f"{path}: a journal without a schema version", "give the folder of a run")
    if version > SCHEMA_VERSION:
        raise SchemaError(
            f"{path}: written with schema version {version}, this kit reads up to {SCHEMA_VERSION}",
            "use the version of the kit that wrote it, or a newer one",
        )
    return connection
