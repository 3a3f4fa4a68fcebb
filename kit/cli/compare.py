"""`kit compare`: two runs, or a run and the paper, cell by cell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json, print_table
from kit.model.results import Boundary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.claims import Comparison

REFERENCE = "reference"


def compare(
    run: RunFolder,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another run's folder, or `reference`: the paper's.")],
    margin: Annotated[float, typer.Option("--margin", help="Of equivalence: 0.2 is 20 %.")] = 0.2,
    boundary: Annotated[
        Boundary, typer.Option("--boundary", help="What is counted in an energy.")
    ] = Boundary.PUBLISHED,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw the ratios.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a run with another or with the paper: ratios, equivalence, and the order of tasks and models."""
    from kit.catalog.reference import load_reference
    from kit.claims import compare as compared
    from kit.claims.comparison import comparison_table
    from kit.journal import read_record

    second = load_reference() if other == REFERENCE else read_record(Path(other))
    found = compared(read_record(run), second, margin, boundary)
    if plot is not None:
        from kit.cli.comparison_plot import write_plot

        write_plot(found, plot, run.name, other)
    if as_json:
        print_json(found)
        return
    print_table(comparison_table(found))
    for line in summary_lines(found):
        typer.echo(line)


def summary_lines(found: Comparison) -> Iterator[str]:
    """The comparison in a few lines."""
    counts = Counter(cell.likeness.value for cell in found.cells)
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    yield f"{len(found.cells)} cells in both{': ' + told if told else ''}"
    if found.ratio is not None:
        yield f"geometric mean of the ratios: {found.ratio:.4g}"
    for agreement in found.ranks:
        if agreement.rho is not None:
            ends = f" (95 % interval {agreement.low:.2f} to {agreement.high:.2f})" if agreement.low is not None else ""
            yield f"order of {agreement.n} {agreement.over}: Spearman's rho {agreement.rho:.3f}{ends}"
    if found.only_first or found.only_second:
        yield f"only in the first: {len(found.only_first)} cells; only in the second: {len(found.only_second)}"
