"""`kit analyse`: the tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.model.record import Record
    from kit.model.results import Table

SHORT = ("task", "n_models", "n_runs", "mean_kwh", "sd_kwh", "ci_low_kwh", "ci_high_kwh")


def analyse(run: RunFolder, as_json: AsJson = False) -> None:
    """Compute every table of a run and write them as CSV into its folder."""
    from kit.analyse import tables
    from kit.analyse.quality_checks import check_quality
    from kit.cli.results import write_tables
    from kit.journal import read_record

    record = read_record(run)
    findings = check_quality(record)
    made = tables(record, findings)
    folder = write_tables(made, run)
    if as_json:
        print_json({"tables": {name: table.records() for name, table in made.items()}, "quality": findings})
        return
    for table in summary_tables(made):
        print_table(table)
        typer.echo("")
    for line in state_lines(record):
        typer.echo(line)
    typer.echo(f"{len(findings)} doubts about the data; {len(made)} tables in {folder}")


def summary_tables(made: dict[str, Table]) -> Iterator[Table]:
    """What a reader in a hurry looks at: Table 2 within the published boundary, and the agreement of the order."""
    from kit.model.results import Boundary, Table

    table2 = made["table2"]
    columns = tuple(column for column in table2.columns if column.name in SHORT)
    rows = tuple(tuple(row[column.name] for column in columns) for row in table2.within(Boundary.PUBLISHED))
    yield Table("table2", f"{table2.title} (kWh, published boundary)", columns, rows)
    yield made["agreement"]


def state_lines(record: Record) -> Iterator[str]:
    """What was measured, and what was not."""
    from kit.model.runs import Failed

    missing, failed = record.missing, [run for run in record.runs if isinstance(run.outcome, Failed)]
    yield f"{record.study.title}: {len(record.runs) - len(failed)} runs of {len(record.study.cells)} planned cells"
    for cell, count in missing:
        yield f"missing: {count} runs of {cell.model.id} on {cell.dataset.key} ({cell.task.value})"
