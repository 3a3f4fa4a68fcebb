"""`kit status`: what a run's journal holds and what is missing."""

from __future__ import annotations

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json


def status(run: RunFolder, as_json: AsJson = False) -> None:
    """Show what a run has measured, what failed and what is missing."""
    from kit.journal import read_record
    from kit.model.runs import Failed, Measured

    record = read_record(run)
    measured = sum(isinstance(item.outcome, Measured) for item in record.runs)
    failures = [item for item in record.runs if isinstance(item.outcome, Failed)]
    missing = record.missing
    if as_json:
        print_json(
            {
                "origin": record.origin,
                "study": record.study.name,
                "measured": measured,
                "missing": [{"cell": cell.cell_id, "model": cell.model.id, "runs": count} for cell, count in missing],
                "failed": [
                    {"cell": item.cell_id, "repetition": item.repetition, "reason": item.outcome.reason}
                    for item in failures
                    if isinstance(item.outcome, Failed)
                ],
            }
        )
        return
    typer.echo(f"{run}: {record.study.title} ({record.origin.value})")
    typer.echo(f"{measured} runs measured, {sum(count for _, count in missing)} missing, {len(failures)} failed")
    for cell, count in missing:
        typer.echo(f"  missing {count}: {cell.task.value}, {cell.model.id} on {cell.dataset.key}")
    for item in failures:
        if isinstance(item.outcome, Failed):
            typer.echo(f"  failed: {record.cells[item.cell_id].model.id}: {item.outcome.reason}")
