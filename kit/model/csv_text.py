"""Tables as CSV text: the same table gives the same bytes."""

from __future__ import annotations

import csv
import io
from typing import Final

from kit.model.results import Table, Value

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run as a formula, if a name began with it."""


def table_to_csv(table: Table) -> str:
    """Header and rows; absent is empty, numbers in full precision, what looks like a formula behind an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([[_text(value) for value in row] for row in table.rows])
    return buffer.getvalue()


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return repr(value)
