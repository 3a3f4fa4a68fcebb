"""The view model: everything that a template shows, as text in the report's language. Templates need no more than this.

A template is given one name, `report`, of the type `Report`, and `t(KEY, ...)` for the words of
templates/messages/. Text from outside (names, sentences of a study) is plain: the environment escapes it.
`Text.own` says whether a text is in the report's language or as the source has it (in English).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A text and whether it is in the report's language; else it is in English, and is marked so for readers aloud."""

    words: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a list of facts; label in the report's language."""

    label: str
    value: Text


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reader must know first. `kind`: `origin`, `caution` or `incomplete`."""

    kind: str
    heading: str
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: what is shown; a power of ten is written 10^N and set by the macro.
        sort: number to sort by, None where there is none; texts sort by `text`.
        kind: `name`, `text`, `number` or `verdict`, decides alignment and font.
        own: whether the text is in the report's language.
        mark: slug of a verdict, for its sign.
    """

    text: str
    sort: float | None = None
    kind: str = "text"
    own: bool = True
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head: what it is called, its unit, and what it holds (in English, from the table itself)."""

    label: str
    unit: str
    hint: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table as shown, and the CSV of the whole of it.

    Attributes:
        id: anchor, unique in the report.
        number: as `Table 2`, in the report's language; with a letter where it is a part, on paper, of the page's table.
        source: name of the CSV file; empty where nothing is to be downloaded.
        long: whether it is filtered in the page and set small in the PDF.
        medium: `both`, `page` or `print`: what is long is set otherwise on paper, or is only attached there.
    """

    id: str
    number: str
    title: str
    note: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    source: str
    long: bool = False
    medium: str = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """A figure.

    Attributes:
        alternative: what a reader who does not see it is told.
        chart: name of its SVG: in `Report.charts`, and in the PDF (`kit:/charts/NAME`).
        spec: Vega-Lite of the page, as JSON.
    """

    id: str
    number: str
    title: str
    note: str
    alternative: str
    chart: str
    spec: str
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimView:
    """A claim and its verdict.

    Attributes:
        id: unique, with the edition where the two differ; anchor is `claim-ID`. name: as the list of claims has it.
        edition: in words; empty where both editions state it.
        verdict: a slug: `reproduced`, `direction`, `not-reproduced`, `not-testable`.
    """

    id: str
    name: str
    edition: str
    location: Text
    statement: Text
    published: Text
    observed: Text
    verdict: str
    verdict_label: str
    reason: Text


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """Claims of one part of the paper."""

    id: str
    title: str
    claims: tuple[ClaimView, ...]


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """How many claims have a verdict."""

    verdict: str
    label: str
    count: int
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding of the audit, in English; `subject` is a slug: `number`, `list`, `data`."""

    subject: str
    label: str
    check: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A slider of the break-even: the setting that it moves, its ends (of the logarithm where it is logarithmic)."""

    setting: str
    label: str
    low: float
    high: float
    step: float
    logarithmic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEvenPart:
    """What the break-even has besides its section: the sliders, and the JSON that they compute from.

    Attributes:
        audit: of the paper's own figures.
        controls: the sliders, in order.
        switches, models, boundaries, bases: value and what it is called.
        data: JSON for `break-even-data`.
    """

    audit: tuple[str, ...]
    sources: tuple[str, ...]
    controls: tuple[Control, ...]
    switches: tuple[tuple[str, str], ...]
    models: tuple[tuple[str, str], ...]
    boundaries: tuple[tuple[str, str], ...]
    bases: tuple[tuple[str, str], ...]
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: a template `sections/NAME.html.j2` shows it.

    Attributes:
        name: its anchor too.
        lead: sentences before anything else.
        empty: why there is nothing to show, or empty.
    """

    name: str
    title: str
    lead: tuple[Text, ...] = ()
    empty: str = ""
    facts: tuple[Fact, ...] = ()
    tables: tuple[TableView, ...] = ()
    figures: tuple[FigureView, ...] = ()
    items: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole report.

    Attributes:
        language: of the words. title, subtitle: of the document.
        dated: of the last measurement (of the release, where it was replayed); never of the rendering.
        dated_text: the same in the report's language.
        identity: short id of the study.
        notices: what the report is, first.
        headlines: what was found, a sentence each.
        verdicts: counts in the order of the verdicts; groups: all claims.
        sections: in order. break_even: for the section of that name.
        findings: of the audit.
        commands: how to check the report: what a command does, and the command.
        citations: of the paper and of this run.
        csv: content of every table's file, by its name.
        charts: SVG by name.
        number_locale: how the page's charts write numbers.
    """

    language: str
    title: str
    subtitle: Text
    dated: datetime
    dated_text: str
    identity: str
    version: str
    notices: tuple[Notice, ...]
    headlines: tuple[str, ...]
    verdicts: tuple[VerdictCount, ...]
    groups: tuple[ClaimGroup, ...]
    sections: tuple[Section, ...]
    break_even: BreakEvenPart
    findings: tuple[FindingView, ...]
    commands: tuple[tuple[str, str], ...]
    citations: tuple[str, ...]
    csv: Mapping[str, str]
    charts: Mapping[str, str]
    number_locale: Mapping[str, Any]
