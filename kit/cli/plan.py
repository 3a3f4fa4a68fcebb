"""`kit plan`: what a study will do, before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kit.cli.arguments import StudyName
from kit.cli.output import AsJson, print_json

if TYPE_CHECKING:
    from kit.model.study import Study
    from kit.plan.estimate import Workplan


def plan(study: StudyName, as_json: AsJson = False) -> None:
    """Show what a study measures and what that takes, before anything is spent."""
    from kit.catalog import load_study

    loaded = load_study(study)
    workplan = workplan_of(loaded)
    if as_json:
        print_json(
            {
                "study": loaded.name,
                "study_id": loaded.study_id,
                "plan": workplan,
                "cells": [
                    {"cell": item.cell.cell_id, "task": item.cell.task, "model": item.cell.model.id}
                    | {"dataset": item.cell.dataset.key, "repetitions": item.repetitions}
                    | {"inferences": item.cell.protocol.inferences}
                    for item in loaded.cells
                ],
            }
        )
        return
    for line in plan_lines(loaded, workplan):
        typer.echo(line)
    for text in loaded.deviations:
        typer.echo(f"deviation: {text}")


def workplan_of(study: Study) -> Workplan:
    """The study's work, with the costs that the paper's release states."""
    from kit.catalog.reference import load_reference
    from kit.plan.estimate import CellCost, estimate

    reference = load_reference()
    costs = {key: CellCost(entry.duration_s, entry.energy_kwh) for key, entry in reference.items()}
    return estimate(study, costs)


def plan_lines(study: Study, workplan: Workplan) -> list[str]:
    """The plan in a few lines."""
    lines = [
        f"{study.name}: {study.title}",
        f"{workplan.models} models, {workplan.datasets} (task, data set) pairs, {workplan.cells} cells, "
        f"{workplan.runs} runs, {workplan.inferences:,} inferences, on {study.device}",
    ]
    if study.device == "cuda":
        lines.append(
            f"by the paper's own durations about {workplan.hours:.1f} GPU hours and {workplan.energy_kwh:.1f} kWh "
            "for the whole node of eight A100, loading not counted"
        )
        if workplan.unknown:
            lines.append(f"{workplan.unknown} cells are not in the paper's release: nothing is estimated for them")
    else:
        lines.append(f"at most {study.time_limit_s:.0f} s a model; no energy is estimated for a CPU")
    return lines
