"""`kit break-even`: after how many inferences, and when, serving has taken as much as training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.downloads import FOLDER
from kit.cli.output import AsJson, print_json, print_table
from kit.model.results import Boundary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.analyse.break_even import Assumptions
    from kit.analyse.break_even_energies import Energies
    from kit.analyse.break_even_view import BreakEvenView
    from kit.catalog.break_even_data import DownloadCounts
    from kit.model.results import Table

REFERENCE = "reference"
BY_ENERGY = {
    "model": "model",
    "boundary": "boundary",
    "inference_kwh": "kWh each",
    "parity": "inferences",
    "parity_low": "from",
    "parity_high": "to",
    "days": "days",
}
BY_CARBON = {
    "model": "model",
    "boundary": "boundary",
    "parity_carbon": "inferences",
    "days_carbon": "days",
    "per_download": "per download, by energy",
}
"""Columns of the two tables on the screen and their headings, 80 characters wide; --json has everything."""


def break_even(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or `reference`: the published runs.")],
    users: Annotated[float | None, typer.Option("--users", help="Users a day at the start.")] = None,
    queries: Annotated[float, typer.Option("--queries", help="Queries a user and day.")] = 1.0,
    growth: Annotated[
        float, typer.Option("--growth", help="Growth of the use a year; 0.5 is half as much again.")
    ] = 0.0,
    training_grid: Annotated[float | None, typer.Option("--training-grid", help="gCO2eq/kWh where it trained.")] = None,
    serving_grid: Annotated[float | None, typer.Option("--serving-grid", help="gCO2eq/kWh where it serves.")] = None,
    training_pue: Annotated[float, typer.Option("--training-pue", help="PUE of the training side.")] = 1.0,
    serving_pue: Annotated[float, typer.Option("--serving-pue", help="PUE of the serving side.")] = 1.0,
    fine_tuning: Annotated[bool, typer.Option(help="Count fine-tuning with training.")] = True,
    idle: Annotated[bool, typer.Option(help="Count the idle energy of the training cluster.")] = False,
    embodied: Annotated[bool, typer.Option(help="Count the making of the training hardware (by carbon).")] = False,
    uncertainty: Annotated[
        float | None, typer.Option("--uncertainty", help="Relative standard uncertainty of the training energy.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the resampling.")] = 0,
    boundary: Annotated[
        Boundary | None, typer.Option("--boundary", help="Only this boundary.", show_default=False)
    ] = None,
    counted: Annotated[str | None, typer.Option("--counted", help="Date of the download counts (2023-11).")] = None,
    downloads: Annotated[Path, typer.Option("--downloads", help="Folder of counts read from the Hub.")] = FOLDER,
    as_json: AsJson = False,
) -> None:
    """Show after how many inferences, and when, serving has taken as much as training; assumptions are options."""
    from kit.analyse.break_even import Assumptions
    from kit.analyse.break_even_table import as_json as plain_view
    from kit.analyse.break_even_view import published_assumptions, view_of

    published = published_assumptions()
    assumptions = Assumptions(
        training_grid_g_per_kwh=published.training_grid_g_per_kwh if training_grid is None else training_grid,
        serving_grid_g_per_kwh=published.serving_grid_g_per_kwh if serving_grid is None else serving_grid,
        training_pue=training_pue,
        serving_pue=serving_pue,
        fine_tuning=fine_tuning,
        idle=idle,
        embodied=embodied,
        relative_uncertainty=published.relative_uncertainty if uncertainty is None else uncertainty,
        users_per_day=published.users_per_day if users is None else users,
        queries_per_user=queries,
        growth_per_year=growth,
        seed=seed,
    )
    shown = view_of(_energies(run), assumptions, _counts(counted, downloads))
    if as_json:
        print_json(plain_view(shown))
    else:
        _print(shown, boundary)


def _energies(run: str) -> Energies:
    from kit.analyse.break_even_energies import reference_energies
    from kit.analyse.break_even_view import measured_energies
    from kit.journal import read_record

    if run == REFERENCE:
        return reference_energies()
    return measured_energies(read_record(Path(run)))


def _counts(date: str | None, folder: Path) -> DownloadCounts:
    from kit.catalog.break_even_data import load_downloads
    from kit.errors import InputError

    every = load_downloads(folder)
    found = next((counts for counts in every if date in (None, counts.date)), None)
    if found is None:
        raise InputError(
            f"{date}: no download counts of that date",
            f"there are {', '.join(counts.date for counts in every)}; `kit downloads refresh` reads today's",
        )
    return found


def _print(shown: BreakEvenView, boundary: Boundary | None) -> None:
    from kit.analyse.break_even_table import break_even_table

    whole = break_even_table("break-even", tuple(row for row in shown.rows if boundary in (None, row.boundary)))
    print_table(_part(whole, "Inferences until serving has taken the energy of training, and days", BY_ENERGY))
    typer.echo("")
    print_table(_part(whole, "Inferences until serving has emitted as much as training, and days", BY_CARBON))
    typer.echo("")
    absent: dict[tuple[Any, Any], list[str]] = {}
    for row in whole.records():
        if row["remark"] is not None:
            absent.setdefault((row["remark"], row["boundary"]), []).append(str(row["model"]))
    for (remark, within), models in absent.items():
        typer.echo(f"{', '.join(models)} ({within}): {remark}")
    typer.echo(f"Assumed: {_said(shown.assumptions)}; downloads of {shown.downloads_date}")
    typer.echo("Intervals (from, to) are 95 %. The published figures against their own inputs:")
    for audit in shown.audit:
        typer.echo(f"- {audit.finding}")


def _part(whole: Table, title: str, columns: Mapping[str, str]) -> Table:
    """Some columns under other headings, of the rows for which an inference has an energy."""
    from kit.model.results import Column, Table

    rows = [row for row in whole.records() if row["inference_kwh"] is not None]
    headings = tuple(Column(heading, heading) for heading in columns.values())
    return Table(whole.name, title, headings, tuple(tuple(row[name] for name in columns) for row in rows))


def _said(assumptions: Assumptions) -> str:
    terms = [name.replace("_", "-") for name in ("fine_tuning", "idle", "embodied") if getattr(assumptions, name)]
    return (
        f"{assumptions.users_per_day:g} users a day, {assumptions.queries_per_user:g} queries each, "
        f"growth {assumptions.growth_per_year:+.0%} a year; "
        f"grids of {assumptions.training_grid_g_per_kwh:g} (training) and "
        f"{assumptions.serving_grid_g_per_kwh:g} gCO2eq/kWh (serving); "
        f"PUE {assumptions.training_pue:g} and {assumptions.serving_pue:g}; "
        f"training energy uncertain by {assumptions.relative_uncertainty:.0%}; "
        f"training counts {', '.join(['dynamic energy', *terms])}"
    )
