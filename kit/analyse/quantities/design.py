"""Quantities of what was measured: counts, repetitions, totals, and the grid's intensity (sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kit.analyse.counted import counted_for
from kit.analyse.evidence import Evidence, multi_purpose, task_specific
from kit.analyse.quantities.registry import Scale, quantity, word
from kit.analyse.quantities.selection import exact, group_of, task_of
from kit.model.record import Origin
from kit.model.results import Boundary, Estimate, Quantity, Unavailable
from kit.model.runs import Measured, Window
from kit.model.study import Cell, Family
from kit.model.units import kwh_from_j

NONE_MEASURED = Unavailable("no run was measured")


@quantity("count", Scale.DESIGN)
def count(evidence: Evidence, of: str) -> Quantity:
    """How many models, tasks or data sets the runs that count were made on, each counted once."""
    cells = [figures.cell for figures in evidence.select(family=studied)]
    named: Callable[[Cell], str] = word(
        of,
        {
            "models": lambda cell: cell.model.id,
            "tasks": lambda cell: cell.task.value,
            "datasets": lambda cell: cell.dataset.key,
            "task-specific models": lambda cell: cell.model.id if task_specific(cell.model.family) else "",
            "multi-purpose models": lambda cell: cell.model.id if multi_purpose(cell.model.family) else "",
        },
    )
    if not cells:
        return NONE_MEASURED
    found = {named(cell) for cell in cells} - {""}
    models = len({cell.model.id for cell in cells})
    return exact(len(found), "1", n_models=models, method=f"{of} of the runs that count, each counted once")


def studied(family: Family) -> bool:
    """Whether a family is one that the paper studies."""
    return task_specific(family) or multi_purpose(family)


@quantity("repetitions", Scale.DESIGN)
def repetitions(evidence: Evidence) -> Quantity:
    """Runs that count of the cell that has fewest."""
    runs = [figures.energy.size for figures in evidence.select(family=studied)]
    return (
        exact(min(runs), "1", n_runs=sum(runs), method=f"fewest runs of a cell, of {len(runs)} cells")
        if runs
        else NONE_MEASURED
    )


@quantity("inferences", Scale.DESIGN)
def inferences(evidence: Evidence) -> Quantity:
    """Inferences of the window that has fewest.

    A release states none beside its energies, which are read as those of a thousand: what it tells of their number is
    of how many it counted the tokens.
    """
    if evidence.record.origin is Origin.REPLAYED:
        told = [len(item.output_tokens) for item in evidence.record.lengths]
        method = (
            f"fewest inferences whose tokens were counted, of {len(told)} cells; no count stands beside the energies"
        )
        return exact(min(told), "1", method=method) if told else Unavailable("the release counts no inferences")
    found = [item.inferences for item in evidence.observations if item.use is None]
    return exact(min(found), "1", n_runs=len(found), method="fewest inferences of a window") if found else NONE_MEASURED


@quantity("greatest_parameters", Scale.DESIGN)
def greatest_parameters(evidence: Evidence, task: str, group: str = "task-specific") -> Quantity:
    """Parameters of the largest model of a group on a task."""
    cells = evidence.select(task_of(task), family=group_of(group))
    sizes = {figures.cell.model.id: figures.cell.model.parameters for figures in cells}
    known = [size for size in sizes.values() if size is not None]
    if not known:
        return Unavailable(f"no {group} model of known size was measured on {task_of(task).label}")
    return exact(max(known), "parameters", n_models=len(known), method="largest of the models measured")


@quantity("total_energy", Scale.ABSOLUTE)
def total_energy(evidence: Evidence) -> Quantity:
    """Energy of everything that was measured, loading included, in kWh: all runs, also those that no table uses."""
    counted = counted_for(evidence.record.study.device)
    energies = [
        sum(reading.energy_j for reading in readings)
        for window in windows(evidence)
        if (readings := counted(window, Boundary.PUBLISHED))
    ]
    if not energies:
        return NONE_MEASURED
    return _total(evidence, kwh_from_j(sum(energies)), "kwh")


@quantity("total_emissions", Scale.ABSOLUTE)
def total_emissions(evidence: Evidence) -> Quantity:
    """Emissions of everything that was measured, as the meter reported them, in kg of CO2eq."""
    grams = list(reported(windows(evidence)))
    return _total(evidence, sum(grams) / 1_000.0, "kg") if grams else Unavailable("the meter reported no emissions")


@quantity("intensity", Scale.ABSOLUTE)
def intensity(evidence: Evidence) -> Quantity:
    """Carbon intensity that the meter reckoned with, in grams of CO2eq a kWh: its emissions over its energy."""
    counted = counted_for(evidence.record.study.device)
    grams = energy_j = 0.0
    for window in windows(evidence):
        readings = counted(window, Boundary.PUBLISHED)
        if readings and window.grid is not None and window.grid.emissions_g is not None:
            grams += window.grid.emissions_g
            energy_j += sum(reading.energy_j for reading in readings)
    if energy_j <= 0.0:
        return Unavailable("the meter reported no emissions")
    return _total(evidence, grams / kwh_from_j(energy_j), "g_per_kwh")


def windows(evidence: Evidence) -> Iterable[Window]:
    """Every window of every measured run."""
    for run in evidence.record.runs:
        if isinstance(run.outcome, Measured):
            yield from run.outcome.windows


def reported(every: Iterable[Window]) -> Iterable[float]:
    """The grams that the meter reported."""
    for window in every:
        if window.grid is not None and window.grid.emissions_g is not None:
            yield window.grid.emissions_g


def _total(evidence: Evidence, value: float, unit: str) -> Estimate:
    runs = sum(isinstance(run.outcome, Measured) for run in evidence.record.runs)
    return Estimate(
        value=value,
        low=None,
        high=None,
        unit=unit,
        boundary=Boundary.PUBLISHED,
        n_models=len({evidence.record.cells[run.cell_id].model.id for run in evidence.record.runs}),
        n_runs=runs,
        method="summed over every window of every measured run",
    )
