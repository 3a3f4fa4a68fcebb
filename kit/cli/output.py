"""How commands print: text for people, canonical JSON for programs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kit.model.canonical import canonical_json
from kit.model.results import Table, Value

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def print_json(value: Any) -> None:
    """Print canonical JSON and nothing else."""
    typer.echo(canonical_json(value))


def print_table(table: Table) -> None:
    """Print a table with aligned columns, numbers to the right."""
    cells = [[column.name for column in table.columns], *([_text(value) for value in row] for row in table.rows)]
    widths = [max(len(row[position]) for row in cells) for position in range(len(table.columns))]
    numeric = [
        all(isinstance(value, int | float) or value is None for value in table.column(column.name))
        for column in table.columns
    ]
    typer.echo(table.title)
    for row in cells:
        aligned = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        typer.echo("  ".join(aligned).rstrip())


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
