"""The break-even as a table, and as JSON."""

from __future__ import annotations

from typing import Any, Final

from kit.analyse.break_even import Assumptions, Never
from kit.analyse.break_even_view import (
    Answer,
    Answers,
    BreakEvenRow,
    BreakEvenView,
    measured_energies,
    published_assumptions,
    published_downloads,
    rows_of,
)
from kit.model.canonical import plain
from kit.model.record import Record
from kit.model.results import Boundary, Column, Estimate, Table, Unavailable, Value

COLUMNS: Final = (
    Column("model", "model, as the paper's Table 5 names it"),
    Column("boundary", "what is counted in the energy of an inference"),
    Column("training_kwh", "dynamic energy of training"),
    Column("fine_tuning_kwh", "energy of fine-tuning"),
    Column("inference_kwh", "energy of one inference: mean over data sets of the mean over runs"),
    Column("provenance", "how the energy of an inference came about"),
    Column("parity", "inferences until serving has used the energy of training and fine-tuning"),
    Column("parity_low", "lower end of its 95 % interval"),
    Column("parity_high", "upper end of its 95 % interval"),
    Column("parity_carbon", "the same by carbon, each side on its own grid"),
    Column("days", "days to parity by energy, at the assumed use"),
    Column("days_carbon", "days to parity by carbon, at the assumed use"),
    Column("downloads", "downloads of a month"),
    Column("per_download", "inferences by each of them until parity by energy"),
    Column("published_parity", "inferences to parity as the paper prints them"),
    Column("remark", "why a number is absent"),
)


def table5(record: Record, assumptions: Assumptions | None = None) -> Table:
    """The kit's Table 5: training against inference, within the published boundary."""
    rows = rows_of(measured_energies(record), assumptions or published_assumptions(), published_downloads())
    return break_even_table("table5", tuple(row for row in rows if row.boundary is Boundary.PUBLISHED))


def break_even_table(name: str, rows: tuple[BreakEvenRow, ...]) -> Table:
    """Rows of a view as a table."""
    return Table(name, "Training against inference: the break-even", COLUMNS, tuple(_values(row) for row in rows))


def _values(row: BreakEvenRow) -> tuple[Value, ...]:
    inferences = row.by_energy.parity
    return (
        row.label,
        row.boundary.value,
        row.training_kwh,
        row.fine_tuning_kwh,
        _value(row.inference),
        row.provenance,
        _value(inferences),
        inferences.low if isinstance(inferences, Estimate) else None,
        inferences.high if isinstance(inferences, Estimate) else None,
        _value(row.by_carbon.parity),
        _value(row.by_energy.days),
        _value(row.by_carbon.days),
        row.downloads,
        _value(row.by_energy.per_download),
        row.published_parity,
        _remark(row),
    )


def _value(answer: Answer | None) -> float | None:
    return answer.value if isinstance(answer, Estimate) else None


def _remark(row: BreakEvenRow) -> str | None:
    for answer in (row.by_energy.days, row.by_carbon.days):
        if isinstance(answer, Never):
            return f"never: {answer.reason}"
        if isinstance(answer, Unavailable):
            return answer.reason
    return None


def as_json(shown: BreakEvenView) -> dict[str, Any]:
    """A view as plain values; an answer is an estimate, `{"never": reason}` or `{"unavailable": reason}`."""
    return {
        "assumptions": plain(shown.assumptions),
        "rows": [_row_json(row) for row in shown.rows],
        "curves": plain(shown.curves),
        "sensitivity": plain(shown.sensitivity),
        "audit": plain(shown.audit),
        "downloads": {"date": shown.downloads_date, "source": shown.downloads_source},
        "sources": plain(shown.sources),
    }


def _row_json(row: BreakEvenRow) -> dict[str, Any]:
    return {
        "model": row.model,
        "label": row.label,
        "boundary": row.boundary.value,
        "training_kwh": row.training_kwh,
        "fine_tuning_kwh": row.fine_tuning_kwh,
        "inference_kwh": _answer_json(row.inference),
        "provenance": row.provenance,
        "energy": _answers_json(row.by_energy),
        "carbon": _answers_json(row.by_carbon),
        "downloads": row.downloads,
        "published_parity": row.published_parity,
    }


def _answers_json(answers: Answers) -> dict[str, Any]:
    return {
        "parity": _answer_json(answers.parity),
        "days": _answer_json(answers.days),
        "per_download": _answer_json(answers.per_download),
    }


def _answer_json(answer: Answer | None) -> Any:
    if isinstance(answer, Never):
        return {"never": answer.reason}
    if isinstance(answer, Unavailable):
        return {"unavailable": answer.reason}
    return plain(answer)
