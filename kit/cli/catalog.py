"""`kit catalog`: the study as published, or what another study makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from kit.catalog import Catalog
    from kit.model.results import Table, Value
    from kit.model.study import Dataset, Generation, Model, PlannedCell, Study, Task


def catalog(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY",
            help="Only what this profile or study file measures, with its cells.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[str | None, typer.Option("--task", help="Only models and data sets of this task.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show every model and data set of the study, as published and where the Hub has it now."""
    from kit.catalog import load_catalog, load_study

    loaded = load_catalog()
    wanted = _task(task) if task else None
    chosen = load_study(study) if study else None
    cells = _cells(chosen, wanted)
    if chosen is None:
        models = [item for item in loaded.models.values() if wanted is None or wanted in item.tasks]
        datasets = [item for item in loaded.datasets.values() if wanted is None or wanted in item.tasks]
    else:
        models = list({item.cell.model.id: item.cell.model for item in cells}.values())
        datasets = list({item.cell.dataset.key: item.cell.dataset for item in cells}.values())
    if as_json:
        _print_json(loaded, wanted, chosen, cells, models, datasets)
        return
    tables = [_models(models), _datasets(datasets)]
    if chosen is not None:
        typer.echo(f"{chosen.title}\n")
        tables.append(_cell_table(cells))
    for number, table in enumerate(tables):
        typer.echo("\n" if number else "", nl=False)
        print_table(table)


def _print_json(
    loaded: Catalog,
    task: Task | None,
    study: Study | None,
    cells: Iterable[PlannedCell],
    models: list[Model],
    datasets: list[Dataset],
) -> None:
    content = {
        "models": models,
        "datasets": datasets,
        "tasks": [item for item in loaded.tasks.values() if task in (None, item.task)],
    }
    if study is not None:
        content["study"] = {"name": study.name, "title": study.title, "id": study.study_id}
        content["cells"] = [
            {
                "id": item.cell.cell_id,
                "task": item.cell.task,
                "model": item.cell.model.id,
                "dataset": item.cell.dataset.key,
                "protocol": item.cell.protocol,
                "repetitions": item.repetitions,
            }
            for item in cells
        ]
    print_json(content)


def _task(name: str) -> Task:
    from kit.errors import StudyError
    from kit.model.study import Task

    try:
        return Task(name)
    except ValueError as error:
        raise StudyError(
            f"{name!r:.80}: not a task", f"the tasks are {', '.join(task.value for task in Task)}"
        ) from error


def _cells(study: Study | None, task: Task | None) -> list[PlannedCell]:
    return [item for item in (study.cells if study else ()) if task in (None, item.cell.task)]


def _table(name: str, title: str, columns: str, rows: Iterable[tuple[Value, ...]]) -> Table:
    from kit.model.results import Column, Table

    return Table(name, title, tuple(Column(column, column) for column in columns.split(", ")), tuple(rows))


def _count(items: Sized, word: str) -> str:
    return f"{len(items)} {word}{'' if len(items) == 1 else 's'}"


def _models(models: list[Model]) -> Table:
    return _table(
        "models",
        _count(models, "model"),
        "model, task, family, architecture, parameters, status, current id, gated",
        (
            (
                model.id,
                model.tasks[0].value if len(model.tasks) == 1 else f"{len(model.tasks)} tasks",
                model.family.value,
                model.architecture.value,
                model.parameters,
                model.status.value,
                model.current_id if model.current_id != model.id else "same",
                "yes" if model.gated else "no",
            )
            for model in models
        ),
    )


def _datasets(datasets: list[Dataset]) -> Table:
    return _table(
        "datasets",
        _count(datasets, "data set"),
        "data set, tasks, configuration, split, fields, status, current id, gated, script in 2023",
        (
            (
                dataset.key,
                ", ".join(item.value for item in dataset.tasks),
                dataset.config,
                dataset.split,
                ", ".join(dataset.fields),
                dataset.status.value,
                dataset.current_id if dataset.current_id != dataset.id else "same",
                "yes" if dataset.gated else "no",
                "yes" if dataset.scripted else "no",
            )
            for dataset in datasets
        ),
    )


def _cell_table(cells: list[PlannedCell]) -> Table:
    return _table(
        "cells",
        _count(cells, "cell"),
        "cell, task, model, data set, inferences, repetitions, generation",
        (
            (
                item.cell.cell_id,
                item.cell.task.value,
                item.cell.model.id,
                item.cell.dataset.key,
                item.cell.protocol.inferences,
                item.repetitions,
                _settings(item.cell.protocol.generation),
            )
            for item in cells
        ),
    )


def _settings(generation: Generation | None) -> str | None:
    from dataclasses import asdict

    if generation is None:
        return None
    return " ".join(f"{name}={value}" for name, value in asdict(generation).items() if value is not None)
