"""`kit catalog`: the study as published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from kit.catalog import Catalog
    from kit.model.results import Table
    from kit.model.study import Task


def catalog(
    task: Annotated[str | None, typer.Option("--task", help="Only models and data sets of this task.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every model and data set of the study, as published and where the Hub has it now."""
    from kit.catalog import load_catalog

    loaded = load_catalog()
    wanted = _task(task) if task else None
    if as_json:
        print_json(
            {
                "models": [item for item in loaded.models.values() if wanted is None or wanted in item.tasks],
                "datasets": [item for item in loaded.datasets.values() if wanted is None or wanted in item.tasks],
                "tasks": [item for item in loaded.tasks.values() if wanted in (None, item.task)],
            }
        )
        return
    print_table(_models(loaded, wanted))
    typer.echo("")
    print_table(_datasets(loaded, wanted))


def _task(name: str) -> Task:
    from kit.errors import StudyError
    from kit.model.study import Task

    try:
        return Task(name)
    except ValueError as error:
        raise StudyError(f"{name}: not a task", f"the tasks are {', '.join(task.value for task in Task)}") from error


def _models(loaded: Catalog, task: Task | None) -> Table:
    from kit.model.results import Column, Table

    names = ("model", "task", "family", "architecture", "parameters", "status", "current id")
    rows = tuple(
        (
            model.id,
            model.tasks[0].value if len(model.tasks) == 1 else f"{len(model.tasks)} tasks",
            model.family.value,
            model.architecture.value,
            model.parameters,
            model.status.value,
            model.current_id if model.current_id != model.id else "same",
        )
        for model in loaded.models.values()
        if task is None or task in model.tasks
    )
    return Table("models", f"{len(rows)} models", tuple(Column(name, name) for name in names), rows)


def _datasets(loaded: Catalog, task: Task | None) -> Table:
    from kit.model.results import Column, Table

    names = ("data set", "tasks", "configuration", "split", "fields", "current id", "script in 2023")
    rows = tuple(
        (
            dataset.key,
            ", ".join(item.value for item in dataset.tasks),
            dataset.config,
            dataset.split,
            ", ".join(dataset.fields),
            dataset.current_id,
            "yes" if dataset.scripted else "no",
        )
        for dataset in loaded.datasets.values()
        if task is None or task in dataset.tasks
    )
    return Table("datasets", f"{len(rows)} data sets", tuple(Column(name, name) for name in names), rows)
