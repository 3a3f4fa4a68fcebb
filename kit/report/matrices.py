"""Tables whose columns are themselves names: a data set or a model each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from kit.model.results import Table, Value
from kit.report.head import Words
from kit.report.layouts import How, shown
from kit.report.printed import printed_lengths
from kit.report.table_views import Row
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


def lengths_by_model(words: Words, name: str, table: Table, side: str, models: Sequence[str]) -> TableView | None:
    """A row a data set and a column a model, as the paper's Table 4, with what the paper prints.

    Args:
        name: of the messages.
        side: `output`, whose printed means stand in brackets, or `input`, of which the paper prints one a data set.
        models: in their order; others follow by name.
    """
    value = f"{side}_tokens"
    records = [row for row in table.records() if row[value] is not None]
    found = {str(row["model"]) for row in records}
    if not records or len(found) > MOST_COLUMNS:
        return words.tables.view(name, table, records, layout=_LENGTHS) if records else None
    notation, printed = words.t.notation, printed_lengths(side)
    amounts: dict[Value, float] = {}

    def written(row: Row) -> str:
        amount = float(row[value] or 0)
        text, paper = notation.fixed(amount, 3), printed.get((str(row["dataset"]), str(row["model"])))
        text = text if paper is None else f"{text} ({notation.fixed(paper, 2)})"
        amounts[text] = amount
        return text

    rows = _merged(records, "dataset", "model", written)
    columns = [*(model for model in models if model in found), *sorted(found - set(models))]
    if side == "input":
        columns.append(words.t("column.printed_tokens.head"))
        for row in rows:
            paper = printed.get((str(row["dataset"]), ""))
            row[columns[-1]] = None if paper is None else notation.fixed(paper, 2)
    source = table.name if side == "output" else ""
    return words.tables.matrix(
        name, _DATASET, rows, columns, write=lambda text: Cell(str(text), amounts.get(text), "number"), source=source
    )


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
