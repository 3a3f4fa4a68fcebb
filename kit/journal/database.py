"""Opening the journal's SQLite file: durability, schema version, clear errors."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path

from kit.errors import InputError, SchemaError
from kit.files import storage_error

SCHEMA_VERSION = 1
JOURNAL_NAME = "journal.sqlite"


def create(path: Path) -> sqlite3.Connection:
    """A new journal with the present schema."""
    connection = _connect(path, "rwc")
    connection.executescript(files("kit.journal").joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute("INSERT INTO meta VALUES ('schema_version', ?)", (str(SCHEMA_VERSION),))
    connection.commit()
    return connection


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
