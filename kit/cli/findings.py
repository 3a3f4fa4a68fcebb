"""What a study found, in a few lines for the terminal. All numbers come from the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from kit.model.results import Boundary

if TYPE_CHECKING:
    from kit.model.record import Record
    from kit.model.results import Table


STAND_INS: Final = {
    "embedded": "not measured: the published weights and data; random weights and made inputs stand in for them",
    "tiny": "not measured: the paper's models; tiny ones stand in for them, and their energies mean nothing",
}
"""What a study's artefacts are not, by what they are."""


def finding_lines(record: Record, tables: Mapping[str, Table]) -> Iterator[str]:
    """The order of kinds and tasks, its agreement with the paper's, and what was not measured."""
    yield from _kinds(tables["kinds"].within(Boundary.PUBLISHED))
    yield from _ranking(tables["ranking"].within(Boundary.PUBLISHED))
    for row in tables["agreement"].within(Boundary.PUBLISHED):
        yield (
            f"order of the {row['n_tasks']} tasks against the paper's: Spearman's rho {row['spearman_rho']:.2f}, "
            f"{row['inversions']} pairs inverted"
        )
    yield from not_measured_lines(record, tables)


def not_measured_lines(record: Record, tables: Mapping[str, Table]) -> Iterator[str]:
    """What is missing, and what is a model instead of a measurement."""
    for cell, count in record.missing:
        yield f"not measured: {count} runs of {cell.model.id} on {cell.dataset.key} ({cell.task.value})"
    provenances = {str(row["provenance"]) for row in tables["table2"].within(Boundary.PUBLISHED)}
    if provenances and not any("counter" in text for text in provenances):
        named = ", ".join(sorted(provenances))
        yield f"not measured: energy itself; no counter could be read here (provenance: {named})"
    kinds = {cell.protocol.artefacts for cell in record.cells.values()}
    yield from (sentence for kind, sentence in STAND_INS.items() if kind in kinds)
    if record.study.device == "cpu":
        yield "not measured: anything on a GPU; the paper's kWh and grams cannot be checked here, its orders can"
    if not record.quality:
        yield "not measured: the models' quality"


def _kinds(rows: list[dict[str, Any]]) -> Iterator[str]:
    if rows:
        means = [row["mean_kwh"] for row in rows]
        text = " < ".join(
            f"{row['kind']} {row['mean_kwh']:.2g}" for row in sorted(rows, key=lambda row: row["mean_kwh"])
        )
        agrees = "as in the paper" if means == sorted(means) else "not as in the paper"
        yield f"energy of 1,000 inferences, kWh, mean of the tasks of a kind: {text} ({agrees})"


def _ranking(rows: list[dict[str, Any]]) -> Iterator[str]:
    if rows:
        yield "tasks from least to most: " + " < ".join(f"{row['task']} {row['mean_kwh']:.2g}" for row in rows)
    for row in rows:
        if row["differs"]:
            yield f"  {row['task']} stands {row['differs']}"
