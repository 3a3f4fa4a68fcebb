"""The data of the paper's figures 1 to 6."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kit.analyse.observations import Observation
from kit.analyse.tables.columns import ARCHITECTURE, DATASET, EMISSIONS, FAMILY, MODEL, PARAMETERS, TASK
from kit.analyse.tables.multi_purpose import multi_purpose
from kit.analyse.tables.summary import energy_summary, grouped, mean_of
from kit.analyse.tables.tasks import task_specific
from kit.model.record import Record
from kit.model.results import Boundary, Column, Table, Value
from kit.model.study import Task

MEAN = Column("mean_kwh", "energy of 1,000 inferences, mean, published boundary")
LOW = Column("ci_low_kwh", "lower end of the 95 % interval of the mean")
HIGH = Column("ci_high_kwh", "upper end of it")
N_RUNS = Column("n_runs", "runs")
MODALITY = Column("modality", "text, image, or both")
OUTPUT = Column("output_tokens", "tokens written in an inference, mean")


def figure_tables(record: Record, observations: Sequence[Observation]) -> tuple[Table, ...]:
    """The six tables."""
    specific = task_specific(observations)
    return (
        _table("figure1", "Emissions by task and model", (TASK, MODEL), specific, _task_and_model),
        _table(
            "figure2",
            "Emissions against the number of parameters",
            (MODALITY, TASK, MODEL, PARAMETERS),
            specific,
            lambda item: (item.cell.task.modality.value, *_task_and_model(item), item.cell.model.parameters),
        ),
        _table(
            "figure3",
            "Emissions by data set and architecture",
            (TASK, DATASET, ARCHITECTURE),
            observations,
            lambda item: (item.cell.task.value, item.cell.dataset.key, item.cell.model.architecture.value),
        ),
        _figure4(record, observations),
        _table(
            "figure5",
            "Emissions of the multi-purpose models by task and size",
            (TASK, FAMILY, MODEL, PARAMETERS),
            multi_purpose(observations),
            lambda item: (
                item.cell.task.value,
                item.cell.model.family.value,
                item.cell.model.id,
                item.cell.model.parameters,
            ),
        ),
        _figure6(record, observations),
    )


def _task_and_model(item: Observation) -> tuple[Value, ...]:
    return (item.cell.task.value, item.cell.model.id)


def _table(
    name: str,
    title: str,
    key_columns: tuple[Column, ...],
    observations: Sequence[Observation],
    key: Callable[[Observation], tuple[Value, ...]],
) -> Table:
    rows = tuple((*group_key, *_values(group)) for group_key, group in grouped(observations, key).items())
    return Table(name, title, (*key_columns, EMISSIONS, MEAN, LOW, HIGH, N_RUNS), rows)


def _values(group: Sequence[Observation]) -> tuple[Value, ...]:
    summary = energy_summary(group, Boundary.PUBLISHED)
    grams = mean_of(item.emissions_g_per_1000 for item in group)
    if summary is None:
        return (grams, None, None, None, len(group))
    return (grams, summary.mean, summary.low, summary.high, summary.n_runs)


def _figure4(record: Record, observations: Sequence[Observation]) -> Table:
    """Quality against parameters, with emissions, for models whose quality is known on a data set that they ran on."""
    groups = grouped(observations, lambda item: (item.cell.model.id, item.cell.dataset.key))
    rows: list[tuple[Value, ...]] = []
    for quality in record.quality:
        group = groups.get((quality.model, quality.dataset))
        if group:
            model = group[0].cell.model
            name = (group[0].cell.task.value, quality.dataset, model.id, model.family.value, model.parameters)
            rows.append((*name, quality.metric, quality.value, *_values(group)))
    metric = Column("metric", "accuracy, f1 or rouge")
    value = Column("quality", "its value, between 0 and 1")
    columns = (TASK, DATASET, MODEL, FAMILY, PARAMETERS, metric, value, EMISSIONS, MEAN, LOW, HIGH, N_RUNS)
    return Table("figure4", "Quality against size, with emissions", columns, tuple(rows))


def _figure6(record: Record, observations: Sequence[Observation]) -> Table:
    """Emissions against the length of the output, for summarization by multi-purpose models."""
    single = {
        item.cell_id: sum(item.output_tokens) / len(item.output_tokens) for item in record.lengths if item.output_tokens
    }
    wanted = [item for item in multi_purpose(observations) if item.cell.task is Task.SUMMARIZATION]
    rows: list[tuple[Value, ...]] = []
    for cell_id, group in grouped(wanted, lambda item: item.cell.cell_id).items():
        cell = group[0].cell
        tokens = single.get(cell_id, mean_of(item.output_tokens for item in group))
        name = (cell.model.id, cell.model.family.value, cell.model.architecture.value, cell.dataset.key)
        rows.append((*name, tokens, *_values(group)))
    columns = (MODEL, FAMILY, ARCHITECTURE, DATASET, OUTPUT, EMISSIONS, MEAN, LOW, HIGH, N_RUNS)
    return Table("figure6", "Emissions against the length of summaries", columns, tuple(rows))
