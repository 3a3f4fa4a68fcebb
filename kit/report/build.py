"""The view model of a record, in one language."""

from __future__ import annotations

from typing import Final

import kit
from kit.model.record import Origin
from kit.report.break_even_part import break_even_part
from kit.report.claim_views import claim_groups, finding_views, verdict_counts
from kit.report.drawing import Drawing
from kit.report.figure_writer import FigureWriter
from kit.report.fonts import printable
from kit.report.head import Words, headlines, nature, notices
from kit.report.material import Material
from kit.report.messages import Messages
from kit.report.sections import Maker
from kit.report.table_views import TableWriter
from kit.report.view import Report, Text

PAPER: Final = (
    "Alexandra Sasha Luccioni, Yacine Jernite, Emma Strubell. Power Hungry Processing: Watts Driving the Cost of AI "
    "Deployment? ACM FAccT 2024. doi:10.1145/3630106.3658542; arXiv:2311.16863."
)

COMMANDS: Final = (
    ("check", "kit report RUN --check"),
    ("claims", "kit claims RUN"),
    ("audit", "kit audit RUN"),
    ("qpdf", "qpdf --list-attachments report.pdf"),
)
"""How a report is checked: message `command.NAME`, and what to type."""


def build(material: Material, t: Messages, drawing: Drawing) -> Report:
    """Everything that the templates show."""
    code = printable()
    tables = TableWriter(t, code)
    figures = FigureWriter(t, tables, drawing, code)
    words = Words(t, tables, code)
    record = material.record
    title = t("title")
    sections = Maker(words, figures, material).sections()  # first, since its charts are drawn while the rest is written
    return Report(
        language=t.language,
        title=title,
        subtitle=words.english(record.study.title)
        if record.origin is Origin.MEASURED
        else Text(t("subtitle.replayed")),
        dated=material.dated,
        dated_text=words.date(material.dated),
        identity=record.study.study_id[:16],
        version=kit.__version__,
        notices=tuple(notices(words, material)),
        headlines=tuple(headlines(words, material)),
        verdicts=verdict_counts(t, material.claims),
        groups=claim_groups(t, code, material.claims),
        sections=sections,
        break_even=break_even_part(t, code, material.break_even),
        findings=finding_views(t, code, material.findings),
        commands=tuple((t(f"command.{name}"), line) for name, line in COMMANDS),
        citations=(PAPER, _citation(words, material)),
        csv=material.csv,
        charts=figures.drawn(),
        number_locale=drawing.number_locale,
    )


def _citation(words: Words, material: Material) -> str:
    study = material.record.study
    return words.t(
        "citation",
        title=words.code(study.title),
        nature=words.t(f"nature.{nature(material.record)}.heading"),
        date=words.date(material.dated),
        identity=study.study_id,
        version=kit.__version__,
    )
