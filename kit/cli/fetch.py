"""`kit fetch`: make the artefacts of a study present."""

from __future__ import annotations

import typer

from kit.cli.arguments import Quiet, StudyName
from kit.cli.output import AsJson, print_json


def fetch(study: StudyName, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Build the artefacts that a study needs into the cache folder; whole ones are left alone."""
    import os

    from kit.catalog import load_study
    from kit.cli.progress import shown
    from kit.fetch import cache_folder
    from kit.files import make_folder
    from kit.run import prepare_artefacts

    cache = make_folder(cache_folder(os.environ))
    with shown(quiet=quiet, as_json=as_json) as listen:
        built = prepare_artefacts(load_study(study), cache, cache / "build.log", listen)
    if as_json:
        print_json({"cache": str(cache), "built": [artefact.model for artefact in built]})
    else:
        typer.echo(f"{cache}: {len(built)} artefacts built, the others were whole")
