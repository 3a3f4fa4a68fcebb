"""What the report shows, as text: the template adds no word that depends on a number, and computes nothing.

Attributes of `Summary` are all that templates/report.html.j2 may use. Texts are plain; the template escapes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from kit.analyse import tables
from kit.analyse.quality_checks import check_quality
from kit.model.record import Origin, Record
from kit.model.results import Boundary, Table, Value
from kit.model.runs import Failed, Measured
from kit.report.fonts import printable

CITATION: Final = (
    "Luccioni, Jernite, Strubell: Power Hungry Processing: Watts Driving the Cost of AI Deployment? "
    "FAccT 2024, doi 10.1145/3630106.3658542"
)
MOST_DECIMALS: Final = 9

EPOCH: Final = datetime(2023, 11, 28, tzinfo=UTC)
"""Date of a report on a journal without any window: the paper's first edition."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it is shown: anchor, caption, headings with explanations, rows of texts, which columns are numbers."""

    anchor: str
    caption: str
    headings: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The report in texts.

    Attributes:
        notices: what a reader must know before any number.
        findings: one sentence each.
        facts: label and value, of study and host.
        chart_words: the chart in words, for who does not see it.
        dated: of the last measurement; the report's own date.
    """

    title: str
    subtitle: str
    notices: tuple[str, ...]
    findings: tuple[str, ...]
    not_measured: tuple[str, ...]
    deviations: tuple[str, ...]
    doubts: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    grids: tuple[Grid, ...]
    appendix: Grid
    chart_words: str
    dated: datetime
    citation: str = CITATION


@dataclass(frozen=True, slots=True)
class Results:
    """A record, its tables, and the report's texts: computed once, used for page, print and attachments."""

    record: Record
    tables: Mapping[str, Table]
    summary: Summary


@cache
def _printable() -> Callable[[str], str]:
    return printable()


def _shown(text: str) -> str:
    """Text from outside, with every character that no bundled font has, or that turns text around, as its code."""
    return text if text.isascii() and text.isprintable() else _printable()(text)


def results_of(record: Record) -> Results:
    """Tables and texts of a record."""
    made = tables(record)
    return Results(record, made, _summary(record, made))


def _summary(record: Record, made: Mapping[str, Table]) -> Summary:
    return Summary(
        title=_shown(record.study.title),
        subtitle=_subtitle(record),
        notices=tuple(_notices(record, made)),
        findings=tuple(_findings(made)),
        not_measured=tuple(_not_measured(record, made)),
        deviations=tuple(_shown(text) for text in record.deviations),
        doubts=tuple(_doubts(record)),
        facts=tuple(_facts(record)),
        grids=tuple(_grids(made)),
        appendix=_grid(
            "cells", "Every cell, published boundary", made["cells"].within(Boundary.PUBLISHED), CELL_COLUMNS
        ),
        chart_words=_chart_words(made),
        dated=_dated(record),
    )


def _subtitle(record: Record) -> str:
    if record.origin is Origin.REPLAYED:
        return "The authors' released data, analysed anew"
    artefacts = {planned.cell.protocol.artefacts for planned in record.study.cells}
    if "hub" in artefacts:
        return "A new measurement of the published models"
    if "tiny" in artefacts:
        return "A test of the kit with tiny models"
    return "A measurement of the published architectures with random weights"


def _notices(record: Record, made: Mapping[str, Table]) -> Iterator[str]:
    if record.missing:
        count = sum(number for _, number in record.missing)
        yield f"This run is not complete: {count} planned runs are missing. What is shown rests on the others."
    provenances = {str(row["provenance"]) for row in made["table2"].within(Boundary.PUBLISHED)}
    if any("model" in text for text in provenances):
        yield (
            "No energy counter could be read here: the CPU's energy is modelled by CodeCarbon from its load, the RAM's "
            "is a constant power times the duration. Orders and ratios can be compared with the paper's, "
            "kilowatt-hours cannot."
        )
    if any(planned.cell.protocol.artefacts != "hub" for planned in record.study.cells):
        yield "Weights are random and inputs are made by the kit: nothing here speaks of the models' quality."


def _findings(made: Mapping[str, Table]) -> Iterator[str]:
    kinds = sorted(made["kinds"].within(Boundary.PUBLISHED), key=lambda row: float(row["mean_kwh"]))
    if len(kinds) > 1:
        order = " < ".join(f"{row['kind']} ({number(row['mean_kwh'])} kWh)" for row in kinds)
        expected = [row["kind"] for row in made["kinds"].within(Boundary.PUBLISHED)]
        agrees = "the paper's order" if [row["kind"] for row in kinds] == expected else "not the paper's order"
        yield f"By kind of task, mean energy of 1,000 inferences: {order}. This is {agrees}."
    for row in made["agreement"].within(Boundary.PUBLISHED):
        yield (
            f"The order of {row['n_tasks']} tasks agrees with the paper's by a rank correlation (Spearman) of "
            f"{row['spearman_rho']:.2f}; {row['inversions']} pairs stand the other way round, for the reasons given "
            "in the first table."
        )


def _not_measured(record: Record, made: Mapping[str, Table]) -> Iterator[str]:
    for cell, count in record.missing:
        yield _shown(f"{count} runs of {cell.model.id} on {cell.dataset.key} ({cell.task.label}).")
    if record.study.device == "cpu":
        yield "Anything on a GPU: the paper's energies and emissions of an A100."
    if not record.quality:
        yield "The models' quality."
    measured = {(run.cell_id, run.repetition) for run in record.runs if isinstance(run.outcome, Measured)}
    failures = {
        run.outcome.reason
        for run in record.runs
        if isinstance(run.outcome, Failed) and (run.cell_id, run.repetition) not in measured
    }
    yield from (_shown(f"A run failed: {reason}") for reason in sorted(failures))


def _doubts(record: Record) -> Iterator[str]:
    """What the checks of the data found, each with the cell that it is about."""
    for finding in check_quality(record):
        cell = record.cells.get(finding.cell_id) if finding.cell_id is not None else None
        about = f"{cell.model.id} on {cell.dataset.key}: " if cell is not None else ""
        yield _shown(about + finding.sentence)


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    measured = sum(isinstance(run.outcome, Measured) for run in record.runs)
    yield "Study", f"{record.study.name}, {record.study.study_id[:16]}"
    yield "Runs", f"{measured} measured, of {len(record.study.cells)} planned cells"
    for host in record.hosts.values():
        for label, key in (("CPU", "cpu"), ("Memory, GiB", "ram_gb"), ("System", "distribution"), ("Python", "python")):
            if host.get(key) is not None:
                yield label, _shown(str(host[key]))
        packages = host.get("packages")
        if isinstance(packages, Mapping):
            known = (f"{name} {version}" for name, version in sorted(packages.items()) if version is not None)
            yield "Packages", _shown(", ".join(known))
        for label, key in (("Kit", "kit"), ("Commit", "commit")):
            if host.get(key) is not None:
                yield label, _shown(str(host[key]))


RANKING_COLUMNS: Final = {
    "task": "Task",
    "mean_kwh": "kWh here",
    "rank": "Place here",
    "paper_kwh": "kWh in the paper",
    "paper_rank": "Place in the paper",
    "differs": "Order differs, and why",
}
TABLE2_COLUMNS: Final = {
    "task": "Task",
    "n_models": "Models",
    "n_runs": "Runs",
    "mean_kwh": "Mean, kWh",
    "sd_kwh": "SD, kWh",
    "ci_low_kwh": "95 % from",
    "ci_high_kwh": "to",
    "provenance": "Provenance",
}
MODEL_COLUMNS: Final = {
    "model": "Model",
    "task": "Task",
    "parameters": "Parameters",
    "n_runs": "Runs",
    "mean_kwh": "Mean, kWh",
    "ci_low_kwh": "95 % from",
    "ci_high_kwh": "to",
}
TABLE3_COLUMNS: Final = {
    "model": "Model",
    "parameters": "Parameters",
    "emissions_g": "g CO2eq",
    "n_runs": "Runs",
    "mean_kwh": "Mean, kWh",
    "ci_low_kwh": "95 % from",
    "ci_high_kwh": "to",
}
BOUNDARY_COLUMNS: Final = {
    "task": "Task",
    "boundary": "Boundary",
    "mean_kwh": "Mean, kWh",
    "ci_low_kwh": "95 % from",
    "ci_high_kwh": "to",
    "provenance": "Provenance",
}
CELL_COLUMNS: Final = {
    "model": "Model",
    "dataset": "Data set",
    "task": "Task",
    "n_runs": "Runs",
    "mean_kwh": "Mean, kWh",
    "ci_low_kwh": "95 % from",
    "ci_high_kwh": "to",
    "paper_kwh": "Paper, kWh",
    "duration_s": "s per 1,000",
    "input_tokens": "Tokens in",
    "output_tokens": "out",
}


def _grids(made: Mapping[str, Table]) -> Iterator[Grid]:
    ranking, table2 = made["ranking"], made["table2"]
    yield _grid(
        "ranking", "The order of the tasks, here and in the paper", ranking.within(Boundary.PUBLISHED), RANKING_COLUMNS
    )
    yield _grid(
        "table2",
        "Energy of 1,000 inferences by task (the paper's Table 2)",
        table2.within(Boundary.PUBLISHED),
        TABLE2_COLUMNS,
    )
    yield _grid(
        "table3",
        "Multi-purpose models (the paper's Table 3)",
        made["table3"].within(Boundary.PUBLISHED),
        TABLE3_COLUMNS,
    )
    yield _grid(
        "models", "Energy of 1,000 inferences by model", made["models"].within(Boundary.PUBLISHED), MODEL_COLUMNS
    )
    yield _grid("boundaries", "Energy of 1,000 inferences by task and boundary", table2.records(), BOUNDARY_COLUMNS)


def _grid(anchor: str, caption: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Grid:
    shown = tuple(tuple(text_of(row[name]) for name in columns) for row in rows)
    numeric = tuple(all(not isinstance(row[name], str) for row in rows) for name in columns)
    return Grid(anchor, caption, tuple((label, name) for name, label in columns.items()), shown, numeric)


def text_of(value: Value) -> str:
    """A value as the report shows it; what is absent is an en dash."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return number(value)


def number(value: float) -> str:
    """Three significant digits, as a plain decimal number."""
    if value == 0 or not math.isfinite(value):
        return str(value)
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(decimals, MOST_DECIMALS)}f}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def _chart_words(made: Mapping[str, Table]) -> str:
    rows = made["ranking"].within(Boundary.PUBLISHED)
    return "Energy of 1,000 inferences in kWh, least first: " + "; ".join(
        f"{row['task']} {number(row['mean_kwh'])}, in the paper {number(row['paper_kwh'])}" for row in rows
    )


def _dated(record: Record) -> datetime:
    """The last window's time; a journal without windows has the paper's date."""
    times = [
        window.started_at for run in record.runs if isinstance(run.outcome, Measured) for window in run.outcome.windows
    ]
    if not times:
        return EPOCH
    last = datetime.fromisoformat(max(times))
    return last if last.tzinfo is not None else last.replace(tzinfo=UTC)
