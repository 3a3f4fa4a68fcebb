"""`kit unseal`: a deposit's crate as a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import AsJson, print_json
from kit.cli.trust import Archive, At, Trust, moment, trusted_certificate


def unseal(
    archive: Archive,
    out: Annotated[Path, typer.Option("--out", help="Folder for the run, which must not be there yet.")],
    trust: Trust = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Check a deposit's signatures and digests, and write its files as a run's folder."""
    from kit.seal import find_deposit
    from kit.verify import unseal as unsealed

    deposit = find_deposit(archive)
    count = unsealed(deposit, out, trusted_certificate(trust, deposit), moment(at))
    if as_json:
        print_json({"folder": str(out), "files": count})
    else:
        typer.echo(f"{out}: {count} files; `kit verify {archive}` also computes them anew")
