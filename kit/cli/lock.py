"""`kit lock`: pin every model and data set of a study to a commit of the Hub."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import Quiet, StudyName
from kit.cli.output import AsJson, print_json

if TYPE_CHECKING:
    from kit.catalog.sources import Wanted
    from kit.fetch.locking import LockSetting
    from kit.model.pins import Pins
    from kit.model.study import Study


def lock(
    study: StudyName = "paper",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The last commit on or before this day (UTC); known hashes, else the last commits, where not given.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write; where not given, the cache, for `kit fetch` and `kit run`."),
    ] = None,
    without_gated: Annotated[
        bool, typer.Option("--without-gated", help="Leave out what asks for a licence that you have not accepted.")
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Pin a study's models and data sets to commits, with sizes, hashes, licence and gate of what it needs of them."""
    import os

    from kit.catalog import load_study
    from kit.catalog.pins_file import pins_text
    from kit.fetch import cache_folder, pins_path
    from kit.fetch.locking import LockSetting
    from kit.files import make_place, write_text

    loaded = load_study(study)
    setting = LockSetting(as_of=_day(as_of), leave_out_gated=without_gated)
    path = make_place(out if out is not None else pins_path(cache_folder(os.environ), loaded.name))
    pins = pins_of(loaded, setting, quiet=quiet or as_json)
    write_text(path, pins_text(pins))
    if as_json:
        print_json({"file": str(path), "pins": pins})
        return
    for line in summary(pins):
        typer.echo(line)
    typer.echo(f"{path}: written")


def pins_of(study: Study, setting: LockSetting, *, quiet: bool) -> Pins:
    """Ask the Hub for the commits of a study's artefacts, and say on the way which one is asked for.

    Raises:
        StudyError: if the study has no artefacts of the Hub.
        NetworkError: if the Hub cannot be reached, or a gate is closed.
    """
    import os

    from kit.catalog.sources import wanted
    from kit.errors import StudyError
    from kit.fetch.hub_client import HubClient
    from kit.fetch.hub_errors import endpoint, require_online
    from kit.fetch.locking import lock as pin

    def notice(artefact: Wanted, number: int, total: int) -> None:
        if not quiet:
            typer.echo(f"{number} of {total}: {artefact.name}", err=True)

    artefacts = wanted(study)
    if not artefacts:
        raise StudyError(f"{study.name}: has no artefacts of the Hub", "its artefacts are built here: nothing to pin")
    require_online(os.environ, "to pin a study")
    return pin(study.name, artefacts, HubClient(endpoint(os.environ)), setting, notice)


def _day(moment: datetime | None) -> date | None:
    """The day that was asked for; one to come would give other pins tomorrow."""
    from kit.errors import InputError
    from kit.fetch.downloads import today

    if moment is None:
        return None
    if moment.date() > today():
        raise InputError(f"--as-of {moment.date()}: is yet to come", "give a day that the Hub has seen")
    return moment.date()


def summary(pins: Pins) -> list[str]:
    """How much was pinned, what deviates, and what cannot be had; a line each."""
    size = sum(pin.size for pin in pins.artefacts)
    lines = [f"{len(pins.artefacts)} artefacts pinned, {size / 1e9:.1f} GB; {len(pins.unavailable)} cannot be had"]
    lines += [f"deviation: {pin.deviation}" for pin in pins.artefacts if pin.deviation is not None]
    lines += [f"not to be had: {entry.name} ({entry.reason})" for entry in pins.unavailable]
    return lines
