"""`kit audit`: published numbers that the data do not give as stated, and data that cannot be right."""

from __future__ import annotations

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json


def audit(run: RunFolder, as_json: AsJson = False) -> None:
    """Find the published numbers and lists that a replayed release does not give, and doubtful data of any run."""
    from kit.claims import audit as audited
    from kit.claims.findings import Subject
    from kit.journal import read_record

    findings = audited(read_record(run))
    if as_json:
        print_json(findings)
        return
    for finding in findings:
        typer.echo(f"{finding.subject.value:7}{finding.check}: {finding.sentence}")
    counts = ", ".join(
        f"{sum(finding.subject is subject for finding in findings)} of {words}"
        for subject, words in (
            (Subject.NUMBER, "published numbers"),
            (Subject.LIST, "published lists"),
            (Subject.DATA, "the data"),
        )
    )
    typer.echo(f"{len(findings)} findings: {counts}")
