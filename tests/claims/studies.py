"""Records for tests of claims: the paper's study made up from the kit's reference, two runs a cell, and variations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import sqrt

from kit.catalog import load_catalog
from kit.catalog.reference import ReferenceEntry, load_reference
from kit.model.readings import Provenance, Reading
from kit.model.record import Origin, Record
from kit.model.runs import Grid, Measured, Phase, Run, Window, Work
from kit.model.study import Cell, CellKey, PlannedCell, Protocol, Study

METER = "codecarbon 2.3.1"
A100 = {"gpus": [{"name": "NVIDIA A100-SXM4-80GB"}] * 8}


def record_of(
    keep: Callable[[CellKey], bool] = lambda key: True,
    *,
    origin: Origin = Origin.REPLAYED,
    factor: float = 1.0,
    host: dict[str, object] | None = None,
    artefacts: str = "hub",
) -> Record:
    """The paper's cells with two runs each, of the reference's mean and standard deviation.

    Args:
        keep: which cells.
        factor: that every energy and emission is multiplied with.
    """
    cells: dict[str, Cell] = {}
    runs: list[Run] = []
    for key, entry in load_reference().items():
        if keep(key):
            cell = _cell(key, artefacts)
            cells[cell.cell_id] = cell
            runs += _runs(cell, entry, factor)
    study = Study(
        name="paper",
        title="The paper's study",
        description="",
        device="cuda",
        country="USA",
        region="oregon",
        time_limit_s=1.0,
        seed=0,
        deviations=(),
        cells=tuple(PlannedCell(cell=cell, repetitions=2) for cell in cells.values()),
    )
    return Record(
        origin=origin, study=study, cells=cells, runs=tuple(runs), hosts={"node": dict(A100 if host is None else host)}
    )


def with_runs(record: Record, runs: Iterable[Run]) -> Record:
    """The record with other runs."""
    return replace(record, runs=tuple(runs))


def changed(run: Run, change: Callable[[Window], Window]) -> Run:
    """A run with each window changed."""
    assert isinstance(run.outcome, Measured)
    return replace(run, outcome=Measured(tuple(change(window) for window in run.outcome.windows)))


def _cell(key: CellKey, artefacts: str) -> Cell:
    catalogue = load_catalog()
    return Cell(
        task=key.task,
        model=catalogue.models[key.model],
        dataset=catalogue.datasets[key.dataset],
        protocol=Protocol(pipeline=key.task.value, inferences=1_000, preprocessing="field", artefacts=artefacts),
    )


def _runs(cell: Cell, entry: ReferenceEntry, factor: float) -> Iterable[Run]:
    for repetition, side in ((1, -1.0), (2, 1.0)):
        scale = factor * (1.0 + side * entry.energy_sd_kwh / sqrt(2.0) / entry.energy_kwh)
        query = Window(
            Phase.QUERY,
            f"2023-09-1{repetition}T00:00:00+00:00",
            entry.duration_s,
            tuple(
                Reading(name, kwh * 3.6e6 * scale, provenance, METER)
                for name, kwh, provenance in (
                    ("gpu/sum-of-8", entry.gpu_kwh, Provenance.COUNTER),
                    ("cpu", entry.cpu_kwh, Provenance.CONSTANT),
                    ("ram", entry.ram_kwh, Provenance.CONSTANT),
                )
            ),
            Work(inferences=1_000),
            grid=Grid("USA", "oregon", None, entry.emissions_g * scale),
        )
        yield Run(f"{cell.cell_id}-{repetition}", cell.cell_id, repetition, "node", Measured((query,)))
