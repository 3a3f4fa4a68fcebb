"""Rendering: one template, once as a page and once for print; the same record gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from kit.model.canonical import canonical_json
from kit.model.csv_text import table_to_csv
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.study import Task
from kit.report.charts import Axes, Chart, Drawing, Mark, dots
from kit.report.fonts import face_rules
from kit.report.pdf import Attached, render_pdf
from kit.report.summary import Results, number, results_of
from kit.report.templates import templates_folder

LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The report in both forms."""

    html: bytes
    pdf: bytes


def render(record: Record) -> Rendered:
    """The report of a record as one self-contained page and as a PDF/A-3 with its tables attached.

    Raises:
        PlatformError: if the PDF renderer's system libraries are missing.
    """
    results = results_of(record)
    chart = _chart(results)
    page = _html(results, chart, printed=False)
    paper = _html(results, chart, printed=True)
    charts = {"tasks": chart.svg} if chart is not None else {}
    return Rendered(page.encode(), render_pdf(paper, charts, _attachments(results), results.summary.dated))


def _html(results: Results, chart: Chart | None, *, printed: bool) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(templates_folder()), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template = environment.get_template("report.html.j2")
    return template.render(report=results.summary, chart=chart, printed=printed, fonts=face_rules(embedded=not printed))


def _chart(results: Results) -> Chart | None:
    """Energy by task with its interval, and the paper's value beside it."""
    ranking = results.tables["ranking"].within(Boundary.PUBLISHED)
    if not ranking:
        return None
    ends = {row["task"]: row for row in results.tables["table2"].within(Boundary.PUBLISHED)}
    marks = [_mark(row, ends[row["task"]]) for row in ranking]
    groups = list(dict.fromkeys(mark.group for mark in marks))
    axes = Axes(x="kWh for 1,000 inferences", group="Kind of task", printed="in the paper, kWh")
    return Drawing(LANGUAGE).chart(dots(marks, groups, axes))


def _mark(row: dict[str, Any], ends: dict[str, Any]) -> Mark:
    task = Task(row["task"])
    return Mark(
        label=task.label,
        value=row["mean_kwh"],
        low=ends["ci_low_kwh"],
        high=ends["ci_high_kwh"],
        group=task.kind.value,
        said=number(row["mean_kwh"]),
        printed=row["paper_kwh"],
    )


def _attachments(results: Results) -> tuple[Attached, ...]:
    csv = [Attached(f"{name}.csv", table.title, table_to_csv(table).encode()) for name, table in results.tables.items()]
    study = canonical_json(results.record.study).encode()
    return (*csv, Attached("study.json", "What was to be measured", study, "Source"))
