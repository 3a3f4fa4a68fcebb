"""Small studies for tests of plans: cells of one task on a GPU, made up."""

from __future__ import annotations

from collections.abc import Mapping

from kit.model.study import (
    Architecture,
    Cell,
    CellKey,
    Dataset,
    Family,
    Model,
    PlannedCell,
    Protocol,
    Study,
    Task,
)
from kit.plan.estimate import CellCost, KnownCosts, LoadingCost

TASK = Task.FILL_MASK


def key(model: str, dataset: str = "x") -> CellKey:
    return CellKey(TASK, model, dataset)


def cell(
    model: str, dataset: str = "x", *, parameters: int | None = 1_000, artefacts: str = "hub", warm_up: int = 0
) -> Cell:
    return Cell(
        task=TASK,
        model=Model(
            id=model,
            current_id=model,
            tasks=(TASK,),
            family=Family.TASK_SPECIFIC,
            architecture=Architecture.ENCODER,
            parameters=parameters,
        ),
        dataset=Dataset(key=dataset, id=dataset, current_id=dataset, tasks=(TASK,), split="s", fields=("text",)),
        protocol=Protocol(
            pipeline="fill-mask", inferences=10, preprocessing="field", artefacts=artefacts, warm_up=warm_up
        ),
    )


def study(
    *cells: Cell, device: str = "cuda", repetitions: int = 2, load_each_run: bool = True, idle_s: float = 0.0
) -> Study:
    return Study(
        name="s",
        title="t",
        description="d",
        device=device,
        country="USA",
        region=None,
        time_limit_s=60.0,
        seed=1,
        deviations=(),
        load_each_run=load_each_run,
        idle_s=idle_s,
        cells=tuple(PlannedCell(cell=item, repetitions=repetitions) for item in cells),
    )


def costs(cells: Mapping[CellKey, float], loading_s: float = 36.0) -> KnownCosts:
    """Costs of 1,000 inferences in hours and as many kWh, and of loading."""
    return KnownCosts(
        cells={name: CellCost(duration_s=3600.0 * hours, energy_kwh=hours) for name, hours in cells.items()},
        loading={(TASK, name.model): LoadingCost(duration_s=loading_s, energy_kwh=0.25) for name in cells},
        protocols={name: cell(name.model, name.dataset).protocol for name in cells},
    )
