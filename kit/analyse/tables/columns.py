"""Columns that several tables declare, and the values that go into them."""

from __future__ import annotations

from typing import Final

from kit.analyse.tables.summary import Summary
from kit.model.results import Column, Value

TASK: Final = Column("task", "task, by its pipeline's name")
MODEL: Final = Column("model", "model, by its published id")
DATASET: Final = Column("dataset", "data set, by its key in the catalogue")
FAMILY: Final = Column("family", "task-specific, or the multi-purpose family")
ARCHITECTURE: Final = Column("architecture", "architecture class, as the paper's figures distinguish them")
PARAMETERS: Final = Column("parameters", "number of parameters")
BOUNDARY: Final = Column("boundary", "what is counted: published, device or net")
EMISSIONS: Final = Column("emissions_g", "grams of CO2eq for 1,000 inferences, as the meter reported them; mean")

ENERGY: Final = (
    Column("n_models", "models"),
    Column("n_runs", "runs"),
    Column("mean_kwh", "energy of 1,000 inferences, mean over runs"),
    Column("sd_kwh", "standard deviation over runs"),
    Column("median_kwh", "median over runs"),
    Column("ci_low_kwh", "lower end of the 95 % interval of the mean, by a bootstrap of models and runs"),
    Column("ci_high_kwh", "upper end of it"),
    Column("idle_low_kwh", "mean with the highest plausible idle power, where that is an estimate"),
    Column("idle_high_kwh", "mean with the lowest plausible idle power, where that is an estimate"),
    Column("provenance", "how the energies came about"),
)


def energy_values(summary: Summary) -> tuple[Value, ...]:
    """The values of the columns `ENERGY`."""
    return (
        summary.n_models,
        summary.n_runs,
        summary.mean,
        summary.sd,
        summary.median,
        summary.low,
        summary.high,
        summary.estimated_low,
        summary.estimated_high,
        summary.provenance,
    )
