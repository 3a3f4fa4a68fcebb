"""`kit replay`: the authors' release into a journal."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.output import AsJson, print_json
from kit.errors import ResumeError
from kit.files import make_folder, storage_error

if TYPE_CHECKING:
    from kit.replay import Release


def replay(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The authors' release, or a clone of its repository.")],
    out: Annotated[Path, typer.Option("--out", help="The run's folder, which must not be there yet.")] = Path(
        "outputs/release"
    ),
    quarantine: Annotated[
        bool, typer.Option("--quarantine", help="Set bad files aside, list and count them, instead of stopping.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read the authors' released measurements into a journal, to be analysed like any run."""
    from kit.replay import read_release

    if os.path.lexists(out):
        raise ResumeError(f"{out}: exists already", "choose another --out, or remove it")
    release = read_release(path, quarantine=quarantine)
    make_folder(out.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            folder = Path(beside, "run")
            folder.mkdir()
            _write(release, folder)
            folder.rename(out)
    except OSError as error:
        raise storage_error(out, error) from error
    unused = sum(run.use is not None for run in release.runs)
    if as_json:
        print_json(
            {"folder": str(out), "runs": len(release.runs), "unused": unused, "quarantined": release.quarantined}
        )
        return
    typer.echo(f"{out}: {len(release.runs):,} runs, of which no published table uses {unused:,}")
    if release.quarantined:
        typer.echo(f"{len(release.quarantined):,} file{'s' * (len(release.quarantined) > 1)} set aside")
    for line in release.quarantined:
        typer.echo(f"set aside: {line}")
    for line in release.contradictions:
        typer.echo(f"contradiction: {line}")


def _write(release: Release, folder: Path) -> None:
    from kit.journal import Journal
    from kit.model.record import Origin

    with Journal.create(folder, release.study, Origin.REPLAYED, release.source) as journal:
        for host_id, host in release.hosts.items():
            journal.add_host(host, host_id)
        journal.add_cells(release.cells)
        journal.add_runs(release.runs)
        journal.add_lengths(release.lengths)
        journal.add_quality(release.quality)
        for line in release.quarantined:
            journal.add_deviation(f"Set aside: {line}")
        for line in release.contradictions:
            journal.add_deviation(line)
