"""Tables as the report shows them: which columns, under which heads, in the language's numbers. Nothing is computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Final

from kit.model.results import Boundary, Table, Value
from kit.model.study import Task
from kit.report.layouts import LAYOUTS, How, Shown
from kit.report.messages import Messages
from kit.report.view import Cell, Heading, TableView

Row = Mapping[str, Value]
NOTHING: Final = "\N{EN DASH}"
"""Stands for an absent value; never a zero."""
_NET: Final = " less the idle baseline"
_ESTIMATED: Final = re.compile(r"counter of (\d+) GPUs less (\d+) times an estimated idle power")
RIGHT: Final = frozenset({How.INTEGER, How.NUMBER, How.PRINTED, How.SHARE, How.PERCENT, How.INTERVAL})


class TableWriter:
    """Writes tables in one language and numbers them in the order in which they are written.

    Args:
        t: the messages.
        code: makes text from outside visible.
    """

    def __init__(self, t: Messages, code: Callable[[str], str]) -> None:
        self._t = t
        self._code = code
        self._count = 0
        self._parts = 0

    def _number(self, medium: str) -> str:
        """The next number; what stands on paper for the page's table before it has that one's number and a letter."""
        if medium == "print":
            self._parts += 1
            return f"{self._count}{ascii_lowercase[(self._parts - 1) % 26]}"
        self._count, self._parts = self._count + 1, 0
        return str(self._count)

    def view(
        self,
        name: str,
        table: Table,
        rows: Iterable[Row],
        *,
        layout: Sequence[Shown] | None = None,
        source: str | None = None,
        long: bool = False,
        medium: str = "both",
    ) -> TableView:
        """A table by its layout. A column whose values are all absent is left out.

        Args:
            name: of the layout and of the messages (`table.NAME.title`).
            table: whose columns' descriptions serve as hints, and whose CSV is offered.
            rows: what is shown.
        """
        records = list(rows)
        columns = [
            column
            for column in (layout or LAYOUTS[name])
            if any(record.get(part) is not None for record in records for part in column.parts)
        ]
        hints = {column.name: column.description for column in table.columns}
        return TableView(
            id=f"table-{name}",
            number=self._t("table.number", count=self._number(medium)),
            title=self._t(f"table.{name}.title"),
            note=self._t(f"table.{name}.note"),
            headings=tuple(self._heading(column, hints) for column in columns),
            rows=tuple(tuple(self._cell(column, record) for column in columns) for record in records),
            source=table.name if source is None else source,
            long=long,
            medium=medium,
        )

    def matrix(
        self,
        name: str,
        first: Shown,
        rows: Sequence[Row],
        columns: Sequence[str],
        *,
        write: Callable[[Value], Cell],
        source: str = "",
        medium: str = "both",
        about: str = "",
    ) -> TableView:
        """A table whose columns are themselves names: data sets or models.

        Args:
            first: the column of the rows' names.
            rows: a value for each of `columns`, where there is one.
            write: how a value is written.
            about: what the title is filled in with, and what keeps the anchor apart.
        """
        heads = (Heading(self._code(column.rsplit("/", 1)[-1]), "", "", "number") for column in columns)
        return TableView(
            id=f"table-{name}-{about.replace(' ', '-')}" if about else f"table-{name}",
            number=self._t("table.number", count=self._number(medium)),
            title=self._t(f"table.{name}.title", about=about),
            note=self._t(f"table.{name}.note"),
            headings=(self._heading(first, {}), *heads),
            rows=tuple(
                (
                    self._cell(first, row),
                    *(
                        Cell(NOTHING, None, "number") if row.get(column) is None else write(row[column])
                        for column in columns
                    ),
                )
                for row in rows
            ),
            source=source,
            long=medium == "print",
            medium=medium,
        )

    def task(self, value: Value) -> str:
        """What a task is called."""
        known = {task.value for task in Task}
        return self._t(f"task.{value}") if value in known else self._code(str(value))

    def word(self, value: Value) -> str:
        """A word of the kit's vocabulary, in the report's language; another word as it is."""
        key = f"word.{str(value).replace(' ', '-')}"
        return self._t(key) if self._t.has(key) else self._code(str(value))

    def provenance(self, value: str) -> str:
        """How an energy came about, in the report's language; the analysis says it in English."""
        if found := _ESTIMATED.fullmatch(value):
            return self._t("provenance.estimated", all=int(found[1]), resting=int(found[2]))
        gross = value.removesuffix(_NET)
        said = " + ".join(self.word(part) for part in gross.split(" and "))
        return self._t("provenance.net", gross=said) if gross != value else said

    def _heading(self, column: Shown, hints: Mapping[str, str]) -> Heading:
        key = f"column.{column.key}"
        unit = self._t(f"{key}.unit") if self._t.has(f"{key}.unit") else ""
        hint = "; ".join(hints[part] for part in column.parts if part in hints)
        return Heading(self._t(f"{key}.head"), unit, hint, "number" if column.how in RIGHT else "text")

    def _cell(self, column: Shown, record: Row) -> Cell:
        values = [record.get(part) for part in column.parts]
        if any(value is None for value in values):
            return Cell(NOTHING, None, "number" if column.how in RIGHT else "text")
        return self._written(column.how, values)

    def _amount(self, how: How, value: float) -> str:
        notation = self._t.notation
        if how is How.PERCENT:
            return notation.percent(value, 1)
        if how is How.PRINTED:
            return notation.shortest(value)
        return notation.fixed(value, 3) if how is How.SHARE else notation.number(value)

    def _written(self, how: How, values: Sequence[Value]) -> Cell:
        value, notation = values[0], self._t.notation
        if how is How.INTERVAL:
            low, high = (float(end or 0.0) for end in values)
            return Cell(notation.interval(low, high), low, "number")
        if isinstance(value, int | float) and how in RIGHT:
            if how is How.INTEGER:
                return Cell(notation.integer(int(value)), float(value), "number")
            return Cell(self._amount(how, value), float(value), "number")
        if how is How.TASK:
            return Cell(self.task(value))
        if how is How.WORD:
            return Cell(self.word(value))
        return Cell(self._code(str(value)), None, "name" if how is How.NAME else "text", own=how is not How.ENGLISH)


def within(table: Table, boundary: Boundary) -> list[dict[str, Value]]:
    """The rows of a table within a boundary."""
    return [record for record in table.records() if record["boundary"] == boundary.value]
