"""`kit reproduce`: the whole chain, from the catalogue to the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kit.cli.arguments import Force, Out, PinsFile, Quiet, StudyName, out_folder
from kit.cli.output import AsJson, print_json

if TYPE_CHECKING:
    from kit.model.study import Study


def reproduce(
    study: StudyName = "embedded",
    out: Out = None,
    pins: PinsFile = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run a study and write its report; what was measured before is not measured again.

    Where a study of the Hub has no pins yet, it is pinned first, as by `kit lock`.

    On SIGTERM it ends within 30 seconds with exit code 143, and keeps every whole run.
    """
    from kit.catalog import load_study
    from kit.cli.claims import summary
    from kit.cli.costs import plan_lines, workplan_of
    from kit.cli.findings import finding_lines
    from kit.cli.results import write_report
    from kit.cli.run import perform, require_complete
    from kit.journal import read_record
    from kit.report import render, require_renderer

    def say(line: str) -> None:
        if not (as_json or quiet):
            typer.echo(line)

    loaded = load_study(study)
    folder = out_folder(out, loaded.name)
    require_renderer()
    for line in plan_lines(loaded, workplan_of(loaded)):
        say(line)
    if pins is None:
        _pin_where_needed(loaded, folder, quiet=quiet or as_json)
    outlook = perform(loaded, folder, resume=True, force=force, quiet=quiet, as_json=as_json, pins=pins)
    say("analysing, judging, rendering the report")
    record = read_record(folder)
    rendered = render(record)
    results = write_report(rendered, folder)
    if as_json:
        print_json({"folder": str(folder), "outlook": outlook, "report": [str(path) for path in results]})
    else:
        for line in finding_lines(record, rendered.tables):
            typer.echo(line)
        typer.echo(f"{summary(rendered.claims)} (`kit claims {folder}`)")
        for path in results:
            typer.echo(f"report: {path}")
    require_complete(outlook, folder)


def _pin_where_needed(study: Study, folder: Path, *, quiet: bool) -> None:
    """Pins into the run's folder, where a study needs some and there are none."""
    import os

    from kit.cli.lock import pins_of, summary
    from kit.fetch import cache_folder
    from kit.run import keep_pins, lacks_pins

    if not lacks_pins(study, folder, cache_folder(os.environ)):
        return
    from kit.fetch.locking import LockSetting

    found = pins_of(study, LockSetting(as_of=None, leave_out_gated=False), quiet=quiet)
    keep_pins(found, folder)
    if not quiet:
        for line in summary(found):
            typer.echo(line)
