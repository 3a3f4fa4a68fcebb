"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A profile (paper, embedded, smoke) or a study file of your own.")
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.", show_default=False)]
PinsFile = Annotated[
    Path | None,
    typer.Option("--pins", help="Pins of the study's models and data sets; those of `kit lock` where not given."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Force = Annotated[
    bool,
    typer.Option("--force", help="Measure although other processes use the GPU, or MIG splits it; the report says so."),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="The run's folder; outputs/STUDY where not given.", show_default=False)
]


def out_folder(out: Path | None, study_name: str) -> Path:
    """The folder of a run: as given, or outputs/ and the study's name."""
    return out if out is not None else Path("outputs") / study_name
