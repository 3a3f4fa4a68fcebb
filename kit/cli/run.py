"""`kit run`: measure a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import Force, Out, PinsFile, Quiet, StudyName, out_folder
from kit.cli.output import AsJson, print_json
from kit.errors import IncompleteError

if TYPE_CHECKING:
    from kit.model.study import Study
    from kit.run import Outlook


def run(
    study: StudyName,
    out: Out = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that lies in the folder.")] = False,
    pins: PinsFile = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure a study: every run into the journal of its folder, resumable at any moment.

    On SIGTERM it ends within 30 seconds with exit code 143, and keeps every whole run.
    """
    from kit.catalog import load_study

    loaded = load_study(study)
    folder = out_folder(out, loaded.name)
    outlook = perform(loaded, folder, resume=resume, force=force, quiet=quiet, as_json=as_json, pins=pins)
    if as_json:
        print_json({"folder": str(folder), "outlook": outlook})
    else:
        typer.echo(f"{folder}: {outlook.measured} runs measured now, {outlook.missing} missing")
    require_complete(outlook, folder)


def perform(
    study: Study, folder: Path, *, resume: bool, force: bool, quiet: bool, as_json: bool, pins: Path | None = None
) -> Outlook:
    """Prepare what the study needs, run it, show it."""
    import os

    from kit.cli.progress import shown
    from kit.cli.termination import ending_on_sigterm
    from kit.fetch import cache_folder
    from kit.files import make_folder
    from kit.plan.pinning import pinned
    from kit.run import (
        RunSetting,
        keep_pins,
        prepare_artefacts,
        prepare_published,
        require_resumable,
        run_study,
        settle_pins,
    )

    cache = cache_folder(os.environ)
    setting = RunSetting(folder=folder, cache=cache, resume=resume, forced=force)
    settled = settle_pins(study, folder, cache, pins)
    if settled is not None:
        study = pinned(study, settled)
    require_resumable(study, setting)  # before hours of fetching and building, not after them
    if settled is not None:
        keep_pins(settled, folder)
    make_folder(folder)
    with ending_on_sigterm(), shown(quiet=quiet, as_json=as_json) as listen:
        if settled is not None:
            prepare_published(settled, cache, listen)
        prepare_artefacts(study, cache, folder / "run.log", listen)
        return run_study(study, setting, listen)


def require_complete(outlook: Outlook, folder: Path) -> None:
    """Raise where runs are missing.

    Raises:
        IncompleteError: with how many, and how to go on.
    """
    if outlook.missing:
        raise IncompleteError(
            f"{folder}: {outlook.missing} planned runs are missing, {outlook.failed} failed now",
            f"see `kit status {folder}` and {folder / 'run.log'}; `kit run --resume` tries them again",
        )
