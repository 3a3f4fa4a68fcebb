"""`kit fetch`: make the artefacts of a study present."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import PinsFile, Quiet, StudyName
from kit.cli.output import AsJson, print_json

if TYPE_CHECKING:
    from kit.model.pins import Pins
    from kit.model.study import Study
    from kit.run.events import Listener


def fetch(
    study: StudyName,
    pins: PinsFile = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", help="Write the study's files of the Hub into a tar, to carry elsewhere.")
    ] = None,
    from_bundle: Annotated[
        Path | None, typer.Option("--from-bundle", help="Take the files from such a tar; the Hub is not asked.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Put the artefacts that a study needs into the cache folder, fetched or built; whole ones are left alone."""
    import os

    from kit.catalog import load_study
    from kit.catalog.sources import needs_hub
    from kit.cli.progress import shown
    from kit.errors import StudyError
    from kit.fetch import cache_folder
    from kit.files import make_folder, make_place
    from kit.run import prepare_artefacts

    loaded = load_study(study)
    if (bundle or from_bundle) and not needs_hub(loaded):
        raise StudyError(
            f"{loaded.name}: has no artefacts of the Hub", "its artefacts are built here; leave bundles out"
        )
    cache = make_folder(cache_folder(os.environ))
    if bundle is not None:
        make_place(bundle)
    with shown(quiet=quiet, as_json=as_json) as listen:
        fetched: tuple[str, ...] = ()
        removed: tuple[str, ...] = ()
        if from_bundle is not None:
            fetched = _from_bundle(loaded, cache, pins, from_bundle)
        elif needs_hub(loaded):
            fetched, removed = _from_hub(loaded, cache, pins, listen)
        built = prepare_artefacts(loaded, cache, cache / "build.log", listen)
    if bundle is not None:
        _write_bundle(loaded, cache, pins, bundle, as_json=as_json)
    if as_json:
        names = [artefact.model for artefact in built]
        print_json({"cache": str(cache), "built": names, "fetched": fetched, "removed": removed})
        return
    for name in removed:
        typer.echo(f"{name}: removed from the cache to make room")
    typer.echo(f"{cache}: {len(fetched)} artefacts fetched, {len(built)} built, the others were whole")


def _from_hub(study: Study, cache: Path, given: Path | None, listen: Listener) -> tuple[tuple[str, ...], ...]:
    """Names of what was fetched, and of what was removed for it."""
    from kit.run import prepare_published

    done = prepare_published(_pins(study, cache, given), cache, listen)
    return done.artefacts, done.removed


def _from_bundle(study: Study, cache: Path, given: Path | None, bundle: Path) -> tuple[str, ...]:
    """Take a bundle's files; where no pins are given, the bundle's own are taken too, for the run to find."""
    from kit.catalog.pins_file import pins_text, read_pins
    from kit.fetch import pins_path
    from kit.fetch.bundle import read_bundle_pins
    from kit.files import make_folder, write_text
    from kit.plan.pinning import pinned
    from kit.run import prepare_from_bundle

    kept = pins_path(cache, study.name)
    path = given or (kept if kept.exists() else None)
    pins = read_pins(path) if path is not None else read_bundle_pins(bundle)
    pinned(study, pins)
    came = prepare_from_bundle(bundle, pins, cache)
    if path is None:
        make_folder(kept.parent)
        write_text(kept, pins_text(pins))
    return came


def _write_bundle(study: Study, cache: Path, given: Path | None, out: Path, *, as_json: bool) -> None:
    from kit.fetch import hub_folder
    from kit.fetch.bundle import write_bundle

    size = write_bundle(_pins(study, cache, given), hub_folder(cache, "hub"), out)
    if not as_json:
        typer.echo(f"{out}: {size / 1e9:.2f} GB")


def _pins(study: Study, cache: Path, given: Path | None) -> Pins:
    """The pins of a study that needs some, checked to be of this study."""
    from kit.errors import StudyError
    from kit.plan.pinning import pinned
    from kit.run import find_pins

    pins = find_pins(study, cache, given)
    if pins is None:
        raise StudyError(f"{study.name}: needs nothing of the Hub", "its artefacts are built here")
    pinned(study, pins)
    return pins
