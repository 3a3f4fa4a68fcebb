"""Reading a whole journal into a `Record`."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from kit.journal import database
from kit.journal.database import JOURNAL_NAME
from kit.journal.definitions import cell_from_json, study_from_json
from kit.model.readings import Provenance, Reading
from kit.model.record import HostState, Lengths, Origin, Quality, Record
from kit.model.runs import Failed, Grid, Measured, Outcome, Phase, Run, Skipped, Window, Work
from kit.model.study import Cell, PlannedCell, Study

__all__ = ["JOURNAL_NAME", "read_record"]

_PHASES = {phase.value: phase for phase in Phase}
_PROVENANCES = {provenance.value: provenance for provenance in Provenance}


def read_record(folder: Path) -> Record:
    """Everything that the journal of a run's folder holds.

    Raises:
        InputError: if there is no journal, or it is damaged.
        SchemaError: if a newer kit wrote it.
    """
    path = folder / JOURNAL_NAME
    connection = database.open_for_reading(path)
    try:
        connection.execute("BEGIN")
        return _record(connection)
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise database.damaged(path, error) from error
    finally:
        connection.close()


def _record(connection: sqlite3.Connection) -> Record:
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    cells, study = _study(connection, meta["study"])
    return Record(
        origin=Origin(meta["origin"]),
        study=study,
        cells=cells,
        runs=_runs(connection),
        hosts={
            host_id: json.loads(text) for host_id, text in connection.execute("SELECT * FROM host ORDER BY host_id")
        },
        lengths=tuple(
            Lengths(cell_id, tuple(json.loads(inputs)), tuple(json.loads(outputs)))
            for cell_id, inputs, outputs in connection.execute("SELECT * FROM lengths ORDER BY cell_id")
        ),
        quality=tuple(
            Quality(*row)
            for row in connection.execute("SELECT model, dataset, task, metric, value FROM quality ORDER BY 1, 2, 3, 4")
        ),
        states=tuple(
            HostState(host_id=host_id, moment=moment, taken_at=taken_at, model=model, values=json.loads(text))
            for host_id, moment, taken_at, model, text in connection.execute(
                "SELECT host_id, moment, taken_at, model, record FROM state ORDER BY seq"
            )
        ),
        deviations=tuple(row[0] for row in connection.execute("SELECT sentence FROM deviation ORDER BY 1")),
        source=json.loads(meta["source"]),
    )


def _study(connection: sqlite3.Connection, header: str) -> tuple[dict[str, Cell], Study]:
    cells: dict[str, Cell] = {}
    planned: list[PlannedCell] = []
    rows = connection.execute("SELECT cell_id, repetitions, definition FROM cell ORDER BY position")
    for cell_id, repetitions, definition in rows:
        cells[cell_id] = cell_from_json(definition)
        if repetitions:
            planned.append(PlannedCell(cell=cells[cell_id], repetitions=repetitions))
    return cells, study_from_json(header, tuple(planned))


def _runs(connection: sqlite3.Connection) -> tuple[Run, ...]:
    windows = _windows(connection)
    rows = connection.execute(
        "SELECT seq, run_id, cell_id, repetition, host_id, outcome, reason, unused, source FROM run ORDER BY seq"
    )
    return tuple(
        Run(run_id, cell_id, repetition, host_id, _outcome(outcome, reason, windows.get(seq, [])), unused, source)
        for seq, run_id, cell_id, repetition, host_id, outcome, reason, unused, source in rows
    )


def _outcome(outcome: str, reason: str | None, windows: list[Window]) -> Outcome:
    if outcome == "measured":
        return Measured(tuple(windows))
    return Failed(reason or "") if outcome == "failed" else Skipped(reason or "")


def _windows(connection: sqlite3.Connection) -> dict[int, list[Window]]:
    readings: dict[int, list[Reading]] = defaultdict(list)
    for window_id, component, energy_j, provenance, meter, resolution_j in connection.execute(
        "SELECT window_id, component, energy_j, provenance, meter, resolution_j FROM reading ORDER BY rowid"
    ):
        readings[window_id].append(Reading(component, energy_j, _PROVENANCES[provenance], meter, resolution_j))
    notes: dict[int, list[str]] = defaultdict(list)
    for window_id, sentence in connection.execute("SELECT window_id, sentence FROM note ORDER BY rowid"):
        notes[window_id].append(sentence)
    windows: dict[int, list[Window]] = defaultdict(list)
    for row in connection.execute("SELECT * FROM window ORDER BY window_id"):
        windows[row[1]].append(_window(row, tuple(readings.get(row[0], ())), tuple(notes.get(row[0], ()))))
    return windows


def _window(row: tuple[Any, ...], readings: tuple[Reading, ...], notes: tuple[str, ...]) -> Window:
    _, _, phase, started_at, duration_s, *work, cpu_s, load_average, country, region, cloud_region, emissions_g = row
    placed = any(part is not None for part in (country, region, cloud_region, emissions_g))
    return Window(
        _PHASES[phase],
        started_at,
        duration_s,
        readings,
        Work(*work) if work[0] is not None else None,
        cpu_s,
        load_average,
        Grid(country, region, cloud_region, emissions_g) if placed else None,
        notes,
    )
