"""Adding to a journal. Each call is one transaction: all of it is kept, or nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from pathlib import Path
from types import TracebackType
from typing import Any, Self, assert_never

from kit.errors import MeasurementError
from kit.files import storage_error
from kit.journal import database
from kit.journal.definitions import cell_to_json, study_to_json
from kit.model.canonical import canonical_json
from kit.model.record import HostState, Lengths, Origin, Quality
from kit.model.runs import Failed, Measured, Run, Skipped, Window
from kit.model.study import Cell, Study


class Journal:
    """A journal that is open for writing. Use it as a context; make it by `create` or `open`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, folder: Path, study: Study, origin: Origin, source: Mapping[str, Any] | None = None) -> Journal:
        """A new journal in a run's folder, with the study that it is to hold."""
        path = folder / database.JOURNAL_NAME

        def fill(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [
                    ("origin", origin.value),
                    ("study", study_to_json(study)),
                    ("study_id", study.study_id),
                    ("source", canonical_json(source)),
                ],
            )
            connection.executemany(
                "INSERT INTO cell VALUES (?, ?, ?, ?)",
                [
                    (planned.cell.cell_id, position, planned.repetitions, cell_to_json(planned.cell))
                    for position, planned in enumerate(study.cells)
                ],
            )
            connection.executemany("INSERT INTO deviation VALUES (?)", [(text,) for text in set(study.deviations)])

        return cls(path, database.create(path, fill))

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """The journal of a run's folder, to go on with."""
        path = folder / database.JOURNAL_NAME
        return cls(path, database.open_for_writing(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def measured(self) -> frozenset[tuple[str, int]]:
        """Cell id and repetition of every measured run that counts."""
        rows = self._connection.execute(
            "SELECT cell_id, repetition FROM run WHERE outcome = 'measured' AND unused IS NULL"
        )
        return frozenset((cell_id, repetition) for cell_id, repetition in rows)

    def close(self) -> None:
        """Close the file; what was added is on the disk already."""
        self._connection.close()

    def add_host(self, record: Mapping[str, Any], host_id: str) -> None:
        """Keep a host record; the same id again changes nothing."""
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO host VALUES (?, ?)", (host_id, canonical_json(record)))

    def add_cells(self, cells: Iterable[Cell]) -> None:
        """Keep cells that the study does not plan (a release holds such)."""
        with self._transaction() as connection:
            position = connection.execute("SELECT count(*) FROM cell").fetchone()[0]
            connection.executemany(
                "INSERT OR IGNORE INTO cell VALUES (?, ?, 0, ?)",
                [(cell.cell_id, position + offset, cell_to_json(cell)) for offset, cell in enumerate(cells)],
            )

    def add_runs(self, runs: Iterable[Run]) -> None:
        """Add runs in one transaction: all or none.

        Raises:
            MeasurementError: if a run is in the journal already, or refers to nothing.
        """
        with self._transaction() as connection:
            for run in runs:
                self._add_run(connection, run)

    def add_lengths(self, lengths: Iterable[Lengths]) -> None:
        """Keep the tokens of single inferences."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO lengths VALUES (?, ?, ?)",
                [(item.cell_id, json.dumps(item.input_tokens), json.dumps(item.output_tokens)) for item in lengths],
            )

    def add_quality(self, quality: Iterable[Quality]) -> None:
        """Keep quality figures."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO quality VALUES (?, ?, ?, ?, ?)",
                [(item.model, item.dataset, item.task, item.metric, item.value) for item in quality],
            )

    def add_state(self, state: HostState) -> None:
        """Keep how a host stood."""
        row = (state.host_id, state.moment, state.taken_at, state.model, canonical_json(state.values))
        with self._transaction() as connection:
            connection.execute("INSERT INTO state VALUES (NULL, ?, ?, ?, ?, ?)", row)

    def add_deviation(self, sentence: str) -> None:
        """Keep what differed from the protocol; the same sentence again changes nothing."""
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO deviation VALUES (?)", (sentence,))

    def _add_run(self, connection: sqlite3.Connection, run: Run) -> None:
        outcome, reason = _outcome_row(run)
        cursor = connection.execute(
            "INSERT INTO run (run_id, cell_id, repetition, host_id, outcome, reason, unused, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (run.run_id, run.cell_id, run.repetition, run.host_id, outcome, reason, run.use, run.source),
        )
        if isinstance(run.outcome, Measured):
            for window in run.outcome.windows:
                _add_window(connection, cursor.lastrowid, window)

    def _transaction(self) -> _Transaction:
        return _Transaction(self.path, self._connection)


class _Transaction:
    """A transaction of SQLite whose errors are the kit's own."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._connection.commit()
            else:
                self._connection.rollback()
        except sqlite3.OperationalError as failure:
            raise storage_error(self._path, database.os_error(failure)) from failure
        if isinstance(error, sqlite3.IntegrityError):
            raise MeasurementError(
                f"{self._path}: the journal refuses a run: {error}",
                "a fault of the kit; report it with the log",
            ) from error
        if isinstance(error, sqlite3.OperationalError):
            raise storage_error(self._path, database.os_error(error)) from error


def _outcome_row(run: Run) -> tuple[str, str | None]:
    match run.outcome:
        case Measured():
            return "measured", None
        case Failed(reason):
            return "failed", reason
        case Skipped(reason):
            return "skipped", reason
        case _ as never:
            assert_never(never)


def _add_window(connection: sqlite3.Connection, seq: int | None, window: Window) -> None:
    work, grid = window.work, window.grid
    cursor = connection.execute(
        "INSERT INTO window VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            seq,
            window.phase.value,
            window.started_at,
            window.duration_s,
            *(
                (work.inferences, work.input_tokens, work.output_tokens, work.images, work.steps)
                if work
                else (None,) * 5
            ),
            window.cpu_s,
            window.load_average,
            *(astuple(grid) if grid else (None,) * 4),
        ),
    )
    connection.executemany(
        "INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?)",
        [
            (cursor.lastrowid, item.component, item.energy_j, item.provenance.value, item.meter, item.resolution_j)
            for item in window.readings
        ],
    )
    connection.executemany("INSERT INTO note VALUES (?, ?)", [(cursor.lastrowid, text) for text in window.notes])
