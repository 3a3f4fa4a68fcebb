"""Writing what follows from a journal into the run's folder: tables, claims, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kit.files import make_folder, write_bytes, write_text
from kit.model.canonical import canonical_json
from kit.model.csv_text import table_to_csv

if TYPE_CHECKING:
    from kit.model.record import Record
    from kit.model.results import ClaimResult, Table
    from kit.report import Rendered


def write_tables(tables: Mapping[str, Table], run: Path) -> Path:
    """Write every table as CSV into the run's folder `tables/`; returns that folder."""
    folder = make_folder(run / "tables")
    for name, table in tables.items():
        write_text(folder / f"{name}.csv", table_to_csv(table))
    return folder


def write_claims(results: Sequence[ClaimResult], run: Path) -> Path:
    """Write the verdicts as canonical JSON into the run's folder; returns the path."""
    path = run / "claims.json"
    write_text(path, canonical_json(results) + "\n")
    return path


def write_report(rendered: Rendered, run: Path, lang: str = "en") -> tuple[Path, Path]:
    """Write both forms of a report into the run's folder, with the tables and verdicts that they show.

    Returns:
        the paths of page and PDF.
    """
    page, paper = report_paths(run, lang)
    write_tables(rendered.tables, run)
    write_claims(rendered.claims, run)
    write_bytes(page, rendered.html)
    write_bytes(paper, rendered.pdf)
    return page, paper


def check_report(record: Record, run: Path, lang: str = "en") -> tuple[Path, Path]:
    """Render anew and compare byte by byte with the report that lies in the run's folder; returns its paths.

    Raises:
        InputError: if there is no report, or it is another one.
    """
    from kit.errors import InputError
    from kit.report import render

    paths = report_paths(run, lang)
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no report here", "render it with `kit report`")
    rendered = render(record, lang)
    for path, content in zip(paths, (rendered.html, rendered.pdf), strict=True):
        if path.read_bytes() != content:
            raise InputError(
                f"{path}: not what this journal gives with these versions", "render it anew with `kit report`"
            )
    return paths


def report_paths(run: Path, lang: str) -> tuple[Path, Path]:
    """Where page and PDF lie: `report.html` and `report.pdf`, with the language between where it is not English."""
    stem = "report" if lang == "en" else f"report.{lang}"
    return run / f"{stem}.html", run / f"{stem}.pdf"
