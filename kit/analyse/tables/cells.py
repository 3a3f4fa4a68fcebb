"""A row a cell, and a row a model: the finest figures that carry an interval."""

from __future__ import annotations

from collections.abc import Sequence

from kit.analyse.observations import Observation
from kit.analyse.tables.columns import (
    ARCHITECTURE,
    BOUNDARY,
    DATASET,
    EMISSIONS,
    ENERGY,
    FAMILY,
    MODEL,
    PARAMETERS,
    TASK,
    energy_values,
)
from kit.analyse.tables.summary import energy_summary, grouped, mean_of
from kit.catalog.reference import load_reference
from kit.model.results import Boundary, Column, Table, Value


def cells_table(observations: Sequence[Observation]) -> Table:
    """Every cell that was measured, also those that no published table uses, within each boundary."""
    columns = (
        Column("cell_id", "hash of what means something for the measurement"),
        TASK,
        MODEL,
        DATASET,
        FAMILY,
        BOUNDARY,
        *ENERGY,
        EMISSIONS,
        Column("duration_s", "seconds for 1,000 inferences, mean"),
        Column("input_tokens", "tokens read in an inference, mean"),
        Column("output_tokens", "tokens written in an inference, mean"),
        Column("load_kwh", "energy of loading the model once, mean, published boundary"),
        Column("paper_kwh", "energy of 1,000 inferences of the same cell in the paper's release, published boundary"),
        Column("unused", "why no published table uses the cell"),
    )
    reference = load_reference()
    rows: list[tuple[Value, ...]] = []
    for (_, use), group in grouped(observations, lambda item: (item.cell.cell_id, item.use)).items():
        cell = group[0].cell
        paper = reference.get(cell.key)
        rest = (
            mean_of(item.duration_s_per_1000 for item in group),
            mean_of(item.input_tokens for item in group),
            mean_of(item.output_tokens for item in group),
            mean_of(item.load_kwh for item in group),
            paper.energy_kwh if paper is not None and use is None else None,
            use,
        )
        for boundary in Boundary:
            summary = energy_summary(group, boundary)
            if summary is not None:
                grams = mean_of(item.emissions_g_per_1000 for item in group) if boundary is Boundary.PUBLISHED else None
                name = (cell.cell_id, cell.task.value, cell.model.id, cell.dataset.key, cell.model.family.value)
                rows.append((*name, boundary.value, *energy_values(summary), grams, *rest))
    return Table("cells", "Every cell", columns, tuple(rows))


def models_table(observations: Sequence[Observation]) -> Table:
    """Every model on each of its tasks, over its data sets."""
    columns = (MODEL, TASK, FAMILY, ARCHITECTURE, PARAMETERS, BOUNDARY, EMISSIONS, *ENERGY)
    rows: list[tuple[Value, ...]] = []
    for (model, task), group in grouped(observations, lambda item: (item.cell.model, item.cell.task)).items():
        for boundary in Boundary:
            summary = energy_summary(group, boundary)
            if summary is not None:
                grams = mean_of(item.emissions_g_per_1000 for item in group) if boundary is Boundary.PUBLISHED else None
                name = (model.id, task.value, model.family.value, model.architecture.value, model.parameters)
                rows.append((*name, boundary.value, grams, *energy_values(summary)))
    return Table("models", "Energy of 1,000 inferences by model", columns, tuple(rows))
