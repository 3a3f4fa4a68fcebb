"""Appendix B: the quality of the models, where the record knows it."""

from __future__ import annotations

from kit.analyse.tables.columns import DATASET, MODEL
from kit.model.record import Record
from kit.model.results import Column, Table


def appendix_b(record: Record) -> Table:
    """Quality by model and data set, as the source states it."""
    columns = (
        Column("task", "task, as the source names it"),
        MODEL,
        DATASET,
        Column("metric", "accuracy, f1 or rouge"),
        Column("quality", "its value, between 0 and 1"),
    )
    rows = tuple((item.task, item.model, item.dataset, item.metric, item.value) for item in record.quality)
    return Table("appendix_b", "Quality of the models", columns, rows)
