"""`kit diff`: two deposits, table by table and claim by claim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import AsJson, print_json
from kit.cli.trust import Archive, At, moment
from kit.model.printable import printable


def diff(
    archive: Archive,
    other: Annotated[Path, typer.Argument(metavar="ARCHIVE_B", help="Another deposit.", show_default=False)],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show which tables and which verdicts differ between two deposits; exit code 0 also where some do."""
    from kit.seal import find_deposit
    from kit.verify import difference

    found = difference(find_deposit(archive), find_deposit(other), moment(at))
    if as_json:
        print_json(found)
        return
    for table in found.tables:
        columns = f" ({', '.join(table.columns)})" if table.columns else ""
        typer.echo(
            printable(f"table {table.table}: {table.only_first} rows only in A, {table.only_second} only in B{columns}")
        )
    for claim in found.claims:
        first, second = claim.first or "absent", claim.second or "absent"
        typer.echo(printable(f"claim {claim.claim_id} ({claim.edition}): {first} in A, {second} in B"))
    if not found.tables and not found.claims:
        typer.echo("tables and claims are the same")
