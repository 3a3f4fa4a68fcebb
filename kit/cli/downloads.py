"""`kit downloads`: how often the models of the break-even were downloaded, at each date that was counted."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.catalog.break_even_data import DownloadCounts
    from kit.model.results import Table

FOLDER = Path("outputs") / "downloads"


class Action(StrEnum):
    """What to do about the counts."""

    SHOW = "show"
    REFRESH = "refresh"


def downloads(
    action: Annotated[Action, typer.Argument(help="Show all counts, or read today's from the Hub.")] = Action.SHOW,
    out: Annotated[Path, typer.Option("--out", help="Folder of the counts that were read from the Hub.")] = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show the download counts by date; `refresh` reads today's from the Hub and stores them beside the old ones."""
    from kit.catalog.break_even_data import load_downloads, load_training

    if action is Action.REFRESH:
        from kit.fetch.downloads import read_counts, store_counts, today

        counts = read_counts(list(load_training().models), today())
        path = store_counts(counts, out)
        if not as_json:
            typer.echo(f"{path}: written")
    every = load_downloads(out)
    if as_json:
        print_json([{"date": item.date, "source": item.source, "counts": item.counts} for item in every])
    else:
        print_table(_table(every))


def _table(every: Iterable[DownloadCounts]) -> Table:
    from kit.model.results import Column, Table

    names = ("date", "model", "last 30 days", "all time", "as published", "source")
    rows = tuple(
        (item.date, count.model, count.last_30_days, count.all_time, count.as_published, item.source)
        for item in every
        for count in item.counts.values()
    )
    return Table("downloads", "Downloads, by date", tuple(Column(name, name) for name in names), rows)
