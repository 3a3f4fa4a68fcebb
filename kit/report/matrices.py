"""Tables whose columns are themselves names: a data set or a model each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kit.model.results import Table, Value
from kit.report.head import Words
from kit.report.layouts import How, shown
from kit.report.view import Cell, TableView

MOST_COLUMNS: Final = 9
"""A table of lengths with more models than this has a row for each instead of a column."""
_MODEL: Final = shown("model", How.NAME)
_DATASET: Final = shown("dataset", How.NAME)
_LENGTHS: Final = (
    shown("dataset", How.NAME),
    shown("model", How.NAME),
    shown("input_tokens", How.NUMBER),
    shown("output_tokens", How.NUMBER),
)


def quality_by_task(words: Words, rows: list[dict[str, Value]]) -> Iterator[TableView]:
    """For print: a table a task and metric, a row a model, a column a data set."""
    notation = words.t.notation
    for task, metric in dict.fromkeys((row["task"], row["metric"]) for row in rows):
        found = [row for row in rows if (row["task"], row["metric"]) == (task, metric)]
        merged = _merged(found, "model", "dataset", lambda row: notation.fixed(float(row["quality"] or 0), 3))
        datasets = list(dict.fromkeys(str(row["dataset"]) for row in found))
        about = f"{words.tables.task(task)}, {words.tables.word(metric)}"
        yield words.tables.matrix("quality-task", _MODEL, merged, datasets, write=_as_text, medium="print", about=about)


def cells_by_task(words: Words, rows: list[dict[str, Value]]) -> Iterator[TableView]:
    """For print: a table a task, a row a model, a column a data set, which takes a third of the room."""
    written = {id(row): _with_interval(words, row) for row in rows}
    for task in dict.fromkeys(row["task"] for row in rows):
        of_task = [row for row in rows if row["task"] == task]
        merged = _merged(of_task, "model", "dataset", lambda row: written[id(row)])
        datasets = list(dict.fromkeys(str(row["dataset"]) for row in of_task))
        yield words.tables.matrix(
            "cells-task",
            _MODEL,
            merged,
            datasets,
            write=_as_text,
            medium="print",
            about=words.tables.task(task),
        )


def lengths_by_model(words: Words, name: str, table: Table, value: str) -> TableView | None:
    """A row a data set and a column a model, as the paper's Table 4."""
    records = [row for row in table.records() if row[value] is not None]
    models = sorted({str(row["model"]) for row in records})
    if not records or len(models) > MOST_COLUMNS:
        return words.tables.view(name, table, records, layout=_LENGTHS) if records else None
    rows = _merged(records, "dataset", "model", lambda row: row[value])
    notation = words.t.notation

    def write(number: Value) -> Cell:
        amount = float(number) if isinstance(number, int | float) else 0.0
        return Cell(notation.fixed(amount, 2), amount, "number")

    source = table.name if value == "output_tokens" else ""
    return words.tables.matrix(name, _DATASET, rows, models, write=write, source=source)


def _merged(
    rows: list[dict[str, Value]], name: str, column: str, value: Callable[[dict[str, Value]], Value]
) -> list[dict[str, Value]]:
    """Rows of the same `name` as one, with a value for each `column`."""
    merged: dict[Value, dict[str, Value]] = {}
    for row in rows:
        merged.setdefault(row[name], {name: row[name]})[str(row[column])] = value(row)
    return list(merged.values())


def _with_interval(words: Words, row: dict[str, Value]) -> str | None:
    mean, low, high = (row[name] for name in ("mean_kwh", "ci_low_kwh", "ci_high_kwh"))
    if not isinstance(mean, float):
        return None
    notation = words.t.notation
    if not (isinstance(low, float) and isinstance(high, float)):
        return notation.number(mean)
    return f"{notation.number(mean)} ({notation.interval(low, high)})"


def _as_text(value: Value) -> Cell:
    return Cell(str(value), None, "number")
