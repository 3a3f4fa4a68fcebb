"""`kit report`: the report of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json


def report(
    run: RunFolder,
    lang: Annotated[str, typer.Option("--lang", help="Language: en or fr.")] = "en",
    check: Annotated[bool, typer.Option("--check", help="Render anew and compare with what lies there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Render the report of a run, as a page and as a PDF/A-3 with its tables attached."""
    from kit.cli.results import check_report, write_report
    from kit.journal import read_record
    from kit.report import render
    from kit.report.messages import require_language

    require_language(lang)
    record = read_record(run)
    paths = check_report(record, run, lang) if check else write_report(render(record, lang), run, lang)
    if as_json:
        print_json({"report": [str(path) for path in paths], "lang": lang, "checked": check})
        return
    for path in paths:
        typer.echo(f"{path}: the same bytes" if check else f"report: {path}")
