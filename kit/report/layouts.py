"""Which columns of which table are shown, and how their values are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class How(StrEnum):
    """How a column's values are written."""

    NAME = "name"
    TEXT = "text"
    ENGLISH = "english"
    """A sentence as the analysis wrote it."""
    WORD = "word"
    """A word of the kit's vocabulary, looked up as `word.VALUE`."""
    TASK = "task"
    INTEGER = "integer"
    NUMBER = "number"
    PRINTED = "printed"
    """The digits that the paper prints."""
    SHARE = "share"
    PERCENT = "percent"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Shown:
    """A column to show: the table's columns that it is made of, and how. Its head is the message `column.KEY`."""

    key: str
    how: How
    parts: tuple[str, ...]


def shown(key: str, how: How, *parts: str) -> Shown:
    """A column; of the table's column of the same name where no parts are given."""
    return Shown(key, how, parts or (key,))


ENERGY: Final = (
    shown("mean_kwh", How.NUMBER),
    shown("interval_kwh", How.INTERVAL, "ci_low_kwh", "ci_high_kwh"),
    shown("sd_kwh", How.NUMBER),
)
LAYOUTS: Final[Mapping[str, tuple[Shown, ...]]] = {
    "table2": (
        shown("task", How.TASK),
        shown("n_models", How.INTEGER),
        shown("n_runs", How.INTEGER),
        *ENERGY,
        shown("median_kwh", How.NUMBER),
        shown("paper_kwh", How.NUMBER),
        shown("paper_printed_kwh", How.PRINTED),
    ),
    "ranking": (
        shown("rank", How.INTEGER),
        shown("task", How.TASK),
        shown("mean_kwh", How.NUMBER),
        shown("paper_rank", How.INTEGER),
        shown("paper_kwh", How.NUMBER),
        shown("differs", How.ENGLISH),
    ),
    "kinds": (
        shown("kind", How.WORD),
        shown("n_tasks", How.INTEGER),
        shown("mean_kwh", How.NUMBER),
        shown("span_kwh", How.INTERVAL, "least_kwh", "most_kwh"),
    ),
    "table3": (
        shown("model", How.NAME),
        shown("parameters", How.INTEGER),
        shown("emissions_g", How.NUMBER),
        *ENERGY,
        shown("n_runs", How.INTEGER),
        shown("paper_printed_g", How.PRINTED),
        shown("paper_printed_kwh", How.PRINTED),
    ),
    "table5": (
        shown("model", How.NAME),
        shown("training_kwh", How.INTEGER),
        shown("fine_tuning_kwh", How.INTEGER),
        shown("inference_kwh", How.NUMBER),
        shown("parity", How.NUMBER),
        shown("parity_interval", How.INTERVAL, "parity_low", "parity_high"),
        shown("published_parity", How.INTEGER),
    ),
    "table5-time": (
        shown("model", How.NAME),
        shown("parity_carbon", How.NUMBER),
        shown("days", How.NUMBER),
        shown("days_carbon", How.NUMBER),
        shown("downloads", How.INTEGER),
        shown("per_download", How.NUMBER),
    ),
    "table5-boundaries": (
        shown("model", How.NAME),
        shown("boundary", How.WORD),
        shown("inference_kwh", How.NUMBER),
        shown("parity", How.NUMBER),
        shown("parity_interval", How.INTERVAL, "parity_low", "parity_high"),
        shown("days", How.NUMBER),
    ),
    "protocol": (
        shown("task", How.TASK),
        shown("pipeline", How.NAME),
        shown("models", How.INTEGER),
        shown("datasets", How.NAME),
        shown("inferences", How.INTEGER),
        shown("repetitions", How.INTEGER),
        shown("generation", How.NAME),
    ),
    "uncertainty": (
        shown("model", How.NAME),
        shown("dataset", How.NAME),
        shown("boundary", How.WORD),
        shown("by_repetitions", How.PERCENT, "repetitions"),
        shown("edges", How.PERCENT),
        shown("drift", How.PERCENT),
        shown("gain", How.PERCENT),
        shown("expanded", How.PERCENT),
    ),
    "host_states": (
        shown("model", How.NAME),
        shown("moment", How.WORD),
        shown("load_average", How.NUMBER),
        shown("gpu", How.NAME),
        shown("temperature_c", How.INTEGER),
        shown("clock_sm_mhz", How.INTEGER),
        shown("held_back", How.ENGLISH),
        shown("fault", How.ENGLISH),
    ),
    "boundaries": (
        shown("task", How.TASK),
        shown("published_mean", How.NUMBER),
        shown("published_interval", How.INTERVAL, "published_low", "published_high"),
        shown("device_mean", How.NUMBER),
        shown("device_interval", How.INTERVAL, "device_low", "device_high"),
        shown("net_mean", How.NUMBER),
        shown("net_interval", How.INTERVAL, "net_low", "net_high"),
        shown("idle_kwh", How.INTERVAL, "idle_low_kwh", "idle_high_kwh"),
    ),
    "cells": (
        shown("model", How.NAME),
        shown("dataset", How.NAME),
        shown("task", How.TASK),
        shown("n_runs", How.INTEGER),
        shown("mean_kwh", How.NUMBER),
        shown("interval_kwh", How.INTERVAL, "ci_low_kwh", "ci_high_kwh"),
        shown("paper_kwh", How.NUMBER),
        shown("emissions_g", How.NUMBER),
        shown("duration_s", How.NUMBER),
    ),
    "models": (
        shown("model", How.NAME),
        shown("task", How.TASK),
        shown("parameters", How.INTEGER),
        shown("n_runs", How.INTEGER),
        shown("mean_kwh", How.NUMBER),
        shown("interval_kwh", How.INTERVAL, "ci_low_kwh", "ci_high_kwh"),
        shown("emissions_g", How.NUMBER),
    ),
    "appendix_b": (
        shown("model", How.NAME),
        shown("dataset", How.NAME),
        shown("metric", How.WORD),
        shown("quality", How.SHARE),
    ),
    "quality": (
        shown("check", How.WORD),
        shown("severity", How.WORD),
        shown("findings", How.INTEGER),
        shown("cells", How.INTEGER),
        shown("example", How.ENGLISH),
    ),
}
"""What of a table is shown; its CSV has all of it."""
