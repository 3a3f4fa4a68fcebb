"""`kit claims`: a verdict on every claim of the paper."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json
from kit.model.results import Boundary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.model.results import ClaimResult

Within = Annotated[Boundary, typer.Option("--boundary", help="What is counted in an energy.")]


def claims(
    run: RunFolder,
    boundary: Within = Boundary.PUBLISHED,
    as_json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="Show also the claims that cannot be tested here.")] = False,
) -> None:
    """Judge every claim of the paper on a run, and write the verdicts as claims.json into its folder."""
    from kit.claims import judge
    from kit.cli.results import write_claims
    from kit.journal import read_record

    results = judge(read_record(run), boundary)
    path = write_claims(results, run) if boundary is Boundary.PUBLISHED else None
    if as_json:
        print_json(results)
        return
    for line in claim_lines(results, every=every):
        typer.echo(line)
    typer.echo(f"{summary(results)}{f'; all in {path}' if path else ''}")


def claim_lines(results: Sequence[ClaimResult], *, every: bool) -> Iterator[str]:
    """A line a claim: verdict, id, what it says, reason."""
    from kit.model.results import Verdict

    width = max((len(verdict.value) for verdict in Verdict), default=0)
    for result in results:
        if every or result.verdict is not Verdict.NOT_TESTABLE:
            edition = "" if result.edition == "both" else f" ({result.edition})"
            yield f"{result.verdict.value.ljust(width)}  {result.claim_id}{edition}: {result.statement} {result.reason}"


def summary(results: Sequence[ClaimResult]) -> str:
    """How many claims have which verdict."""
    from kit.model.results import Verdict

    counts = Counter(result.verdict for result in results)
    return f"{len(results)} claims: " + ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
