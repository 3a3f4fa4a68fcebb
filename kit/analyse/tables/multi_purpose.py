"""Tables 3 and 4: the multi-purpose models' energy, and how much they read and write."""

from __future__ import annotations

from collections.abc import Sequence

from kit.analyse.observations import Observation
from kit.analyse.tables.columns import BOUNDARY, DATASET, EMISSIONS, ENERGY, FAMILY, MODEL, PARAMETERS, energy_values
from kit.analyse.tables.summary import energy_summary, grouped, mean_of
from kit.model.record import Record
from kit.model.results import Boundary, Column, Table, Value


def multi_purpose(observations: Sequence[Observation]) -> list[Observation]:
    """Those of the two multi-purpose families."""
    return [item for item in observations if item.cell.model.family.multi_purpose]


def table3(observations: Sequence[Observation]) -> Table:
    """Energy and emissions of each multi-purpose model, over all its data sets."""
    rows: list[tuple[Value, ...]] = []
    groups = grouped(multi_purpose(observations), lambda item: item.cell.model)
    for boundary in Boundary:
        for model, group in sorted(groups.items(), key=lambda item: (item[0].family.value, item[0].parameters or 0)):
            summary = energy_summary(group, boundary)
            if summary is None:
                continue
            grams = mean_of(item.emissions_g_per_1000 for item in group) if boundary is Boundary.PUBLISHED else None
            name = (model.id, model.family.value, model.parameters, boundary.value)
            rows.append((*name, grams, *energy_values(summary)))
    columns = (MODEL, FAMILY, PARAMETERS, BOUNDARY, EMISSIONS, *ENERGY)
    return Table("table3", "Energy of 1,000 inferences of the multi-purpose models", columns, tuple(rows))


def table4(record: Record, observations: Sequence[Observation]) -> Table:
    """Mean tokens read and written in an inference, by data set and multi-purpose model."""
    columns = (
        DATASET,
        MODEL,
        Column("n_inferences", "inferences that the means are over"),
        Column("input_tokens", "tokens read in an inference, mean"),
        Column("output_tokens", "tokens written in an inference, mean"),
    )
    rows: list[tuple[Value, ...]] = []
    single = {lengths.cell_id: lengths for lengths in record.lengths}
    for lengths in record.lengths:
        cell = record.cells[lengths.cell_id]
        inputs, outputs = lengths.input_tokens, lengths.output_tokens
        rows.append((cell.dataset.key, cell.model.id, len(inputs), mean_of(inputs), mean_of(outputs)))
    for cell_id, group in grouped(multi_purpose(observations), lambda item: item.cell_id).items():
        if cell_id not in single:
            first = group[0].cell
            means = (mean_of(item.input_tokens for item in group), mean_of(item.output_tokens for item in group))
            if means != (None, None):
                rows.append((first.dataset.key, first.model.id, sum(item.inferences for item in group), *means))
    rows.sort(key=lambda row: (str(row[0]), str(row[1])))
    return Table("table4", "Tokens of an inference of the multi-purpose models", columns, tuple(rows))
