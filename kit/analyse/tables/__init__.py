"""The tables of a run: the paper's own, and those that its figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence

from kit.analyse.break_even_table import table5
from kit.analyse.counted import counted_for
from kit.analyse.host_states import host_states_table
from kit.analyse.observations import Observation, observe, published
from kit.analyse.quality_checks import QualityFinding, check_quality, quality_table
from kit.analyse.tables.cells import cells_table, models_table
from kit.analyse.tables.figures import figure_tables
from kit.analyse.tables.multi_purpose import table3, table4
from kit.analyse.tables.quality import appendix_b
from kit.analyse.tables.tasks import agreement_table, kinds_table, ranking_table, table2
from kit.analyse.uncertainty import cell_budgets, uncertainty_table
from kit.model.record import Record
from kit.model.results import Boundary, Table

__all__ = ["tables", "tables_of"]


def tables(record: Record, doubts: Sequence[QualityFinding] | None = None) -> dict[str, Table]:
    """Every table that the record gives, by name; one without data has no rows.

    Args:
        doubts: what `check_quality` found in it, where that is at hand.
    """
    made = tables_of(record, observe(record), table5(record))
    return {**made, "quality": quality_table(check_quality(record) if doubts is None else doubts)}


def tables_of(record: Record, every: tuple[Observation, ...], training: Table) -> dict[str, Table]:
    """The same for who has the observations of the record and its table 5 already, and its doubts (`quality`)."""
    counted = published(every)
    rule = counted_for(record.study.device)
    budgets = [budget for boundary in Boundary for budget in cell_budgets(record, boundary, rule)]
    made = [
        table2(counted),
        kinds_table(counted),
        ranking_table(counted),
        agreement_table(counted),
        table3(counted),
        table4(record, counted),
        training,
        models_table(counted),
        *figure_tables(record, counted),
        appendix_b(record),
        cells_table(every),
        uncertainty_table(budgets),
        host_states_table(record),
    ]
    return {table.name: table for table in made}
