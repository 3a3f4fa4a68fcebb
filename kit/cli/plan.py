"""`kit plan`: what a study will do, before anything is done, and what of it fits into a budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.arguments import StudyName
from kit.cli.costs import PUBLISHED, Rates, cost_lines, known_costs, plan_lines, rates_of, size_of, workplan_of
from kit.cli.output import AsJson, print_json
from kit.errors import StorageError, StudyError

if TYPE_CHECKING:
    from kit.claims.needs import Needed, OutOfReach
    from kit.model.study import Study
    from kit.plan.budget import Budget


def plan(
    study: StudyName,
    budget_hours: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1e6,
            help="Choose the cells that keep the most claims testable in so many GPU hours.",
            show_default=False,
        ),
    ] = None,
    price: Annotated[
        float | None,
        typer.Option(min=0.0, max=1e6, help="USD an hour; a p4de.24xlarge's where not given.", show_default=False),
    ] = None,
    intensity: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1e6, help="gCO2eq a kWh; the paper's for Oregon where not given.", show_default=False
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the study within the budget as a study file.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a study measures and what that takes, before anything is spent; choose what fits into a budget."""
    from kit.catalog import load_study

    loaded = load_study(study)
    if write is not None and budget_hours is None:
        raise StudyError("--write: without a budget there is no reduced study", "give --budget-hours too")
    rates = rates_of(loaded, price, intensity)
    needs = () if budget_hours is None else _needs()
    budget = None if budget_hours is None else _budget(loaded, needs, budget_hours)
    if budget is not None and write is not None:
        _write(study, loaded, budget, write)
    if as_json:
        content = {"study": loaded.name, "study_id": loaded.study_id, "rates": rates, **_figures(loaded, rates)}
        chosen = {} if budget is None else {"budget": _budget_json(budget, needs, rates)}
        print_json(content | chosen)
        return
    lines = [*plan_lines(loaded, workplan_of(loaded)), *cost_lines(loaded, rates)]
    lines += [f"deviation: {text}" for text in loaded.deviations]
    lines += [] if budget is None else _budget_lines(loaded, budget, needs, rates)
    lines += [] if write is None else [f"written: {write}; `kit run {write}` measures it"]
    for line in lines:
        typer.echo(line)


def _needs() -> tuple[Needed | OutOfReach, ...]:
    from kit.catalog import load_study
    from kit.catalog.claims import load_claims
    from kit.claims.needs import needs

    return needs(load_claims(), [planned.cell for planned in load_study(PUBLISHED).cells])


def _budget(study: Study, needs: Sequence[Needed | OutOfReach], hours: float) -> Budget:
    from kit.claims.needs import Needed
    from kit.plan.budget import within
    from kit.plan.selection import ClaimCells

    claims = [ClaimCells(item.claim, item.cells) for item in needs if isinstance(item, Needed)]
    return within(study, known_costs(), claims, hours)


def _out_of_reach(needs: Sequence[Needed | OutOfReach]) -> dict[str, list[str]]:
    """Claims that no energies can test, by what they take."""
    from kit.claims.needs import OutOfReach

    found: dict[str, list[str]] = {}
    for item in needs:
        if isinstance(item, OutOfReach):
            found.setdefault(item.why, []).append(item.claim)
    return found


def _budget_lines(study: Study, budget: Budget, needs: Sequence[Needed | OutOfReach], rates: Rates) -> list[str]:
    reduced, workplan = budget.reduced, workplan_of(budget.reduced)
    testable = len(budget.kept) + len(budget.lost)
    lines = [
        "",
        f"within {budget.hours:g} GPU hours: {workplan.cells} of {len(study.cells)} cells, {workplan.models} models, "
        f"{workplan.hours:.1f} GPU hours, {workplan.energy_kwh:.1f} kWh",
        *(cost_lines(reduced, rates) if reduced.cells else []),
        f"of {testable} claims that the whole study can test, {len(budget.kept)} stay testable",
    ]
    named = {"kept": budget.kept, "lost": budget.lost, "not in this study, or of unknown duration": budget.absent}
    lines += [f"{what}: {', '.join(names)}" for what, names in named.items() if names]
    lines += [f"{len(names)} claims take {why}" for why, names in _out_of_reach(needs).items()]
    return lines


def _figures(study: Study, rates: Rates) -> dict[str, Any]:
    from kit.plan.estimate import bill

    workplan = workplan_of(study)
    known = study.device == "cuda" and workplan.unknown < workplan.cells
    return {
        "plan": workplan,
        "bill": bill(workplan, rates.price_usd_per_h, rates.intensity_g_per_kwh) if known else None,
        "size": size_of(study),
        "cells": [
            {"cell": item.cell.cell_id, "task": item.cell.task, "model": item.cell.model.id}
            | {"dataset": item.cell.dataset.key, "repetitions": item.repetitions}
            | {"inferences": item.cell.protocol.inferences}
            for item in study.cells
        ],
    }


def _budget_json(budget: Budget, needs: Sequence[Needed | OutOfReach], rates: Rates) -> dict[str, Any]:
    claims = {"kept": budget.kept, "lost": budget.lost, "absent": budget.absent, "out_of_reach": _out_of_reach(needs)}
    return {"hours": budget.hours, "claims": claims, **_figures(budget.reduced, rates)}


def _write(name: str, study: Study, budget: Budget, path: Path) -> None:
    """Write the reduced study, and see that it is read as what was chosen.

    Raises:
        StudyError: if nothing was chosen, or the file's name cannot be a study's.
        StorageError: if the file exists already or cannot be written.
    """
    from kit.catalog import load_study
    from kit.catalog.reduced import reduced_study
    from kit.catalog.studies import STUDY_NAME
    from kit.errors import KitError
    from kit.files import write_text

    chosen = budget.reduced.cells
    if not chosen:
        raise StudyError(
            f"within {budget.hours:g} GPU hours no claim can be tested: there is nothing to write", "allow more hours"
        )
    if path.suffix not in (".yaml", ".yml") or not STUDY_NAME.fullmatch(path.stem):
        raise StudyError(f"{path}: not the name of a study file", "let it end in .yaml, of letters, digits and dashes")
    if path.exists():
        raise StorageError(f"{path}: exists already", "choose another name, or remove it")
    deviation = (
        f"{len(chosen)} of the {len(study.cells)} cells of {study.name} are measured: those that keep "
        f"{len(budget.kept)} of the paper's claims testable within {budget.hours:g} GPU hours."
    )
    title = f"{study.title:.200}, within {budget.hours:g} GPU hours"
    write_text(path, reduced_study(name, {item.cell.key for item in chosen}, title, deviation))
    if [item.cell.cell_id for item in load_study(str(path)).cells] != [item.cell.cell_id for item in chosen]:
        raise KitError(f"{path}: is not read as the cells that were chosen", "this is a fault of the kit; report it")
