"""The cells of a release: those of the published study, and for every other run one that says what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from kit.catalog import load_catalog
from kit.model.study import Cell, CellKey, Dataset, Family, Model, Protocol, Status, Study
from kit.replay.emissions import INFERENCES, BaseRun
from kit.replay.layout import ResultsFile, load_layout

UNASSIGNED: Final = "unassigned"
"""Key of the data set of runs that no file assigns to one."""
UNKNOWN: Final = "unknown"
NO_RESULTS_FILE: Final = "in no results file of the release; its data set is not known"
TASK_UNKNOWN: Final = "in no results file of the release; neither its task nor its data set is known"
NO_READABLE_FILE: Final = "in no results file that could be read; its data set is not known"
LEFT_OUT: Final = "a model that the paper leaves out"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run belongs by the results file that lists it, and the model that the file names for it."""

    source: str
    model: str
    file: ResultsFile


@dataclass(frozen=True, slots=True)
class Assigned:
    """The cell of a run, and why no published table uses the run, if none does."""

    cell: Cell
    unused: str | None


def model_names() -> frozenset[str]:
    """Every model that the paper or the release names."""
    return frozenset(load_catalog().models) | frozenset(load_layout().unlisted)


class CellMaker:
    """Finds or makes the cell of each run, each cell once.

    Args:
        study: the published one.
        all_listed: whether every results file could be read, so that a run in none of them is in none at all.

    Attributes:
        extra: the cells that the study does not plan, by id.
    """

    def __init__(self, study: Study, *, all_listed: bool) -> None:
        cells = [planned.cell for planned in study.cells]
        self._planned = {cell.key: cell for cell in cells}
        self._protocols = {
            (cell.task, cell.dataset.key): cell.protocol
            for cell in reversed(cells)
            if not cell.model.family.multi_purpose
        }
        self._all_listed = all_listed
        self.extra: dict[str, Cell] = {}

    def assign(self, run: BaseRun, place: Place | None) -> Assigned:
        """The cell of a run; `place` is None if no results file lists it."""
        if place is None:
            return self._unassigned(_model(run.model))
        file = place.file
        planned = self._planned.get(CellKey(file.task, place.model, file.dataset))
        if planned is not None and planned.model.family.multi_purpose is file.zero_shot and file.unused is None:
            return Assigned(planned, None)
        return Assigned(self._kept(self._outside(place, planned)), file.unused or LEFT_OUT)

    def _kept(self, cell: Cell) -> Cell:
        return self.extra.setdefault(cell.cell_id, cell)

    def _outside(self, place: Place, planned: Cell | None) -> Cell:
        """The cell of runs that are in a results file and in no published table."""
        file, model = place.file, _model(place.model)
        if file.zero_shot:
            protocol = Protocol(pipeline=UNKNOWN, inferences=INFERENCES, preprocessing="prompted")
            if not model.family.multi_purpose:
                model = replace(model, family=Family.OTHER, status=Status.RELEASE_ONLY)
        else:
            protocol = planned.protocol if planned is not None else self._protocols[file.task, file.dataset]
        if file.unused is not None:
            protocol = replace(protocol, preprocessing="image-as-it-is")
        return Cell(task=file.task, model=model, dataset=load_catalog().datasets[file.dataset], protocol=protocol)

    def _unassigned(self, model: Model) -> Assigned:
        """The cell of runs in no results file: by the model's task, its first one if it has several."""
        task = model.tasks[0]
        dataset = Dataset(
            key=UNASSIGNED,
            id=UNASSIGNED,
            current_id=UNASSIGNED,
            tasks=(task,),
            split=UNKNOWN,
            fields=(UNKNOWN,),
            status=Status.RELEASE_ONLY,
        )
        protocol = Protocol(pipeline=UNKNOWN, inferences=INFERENCES, preprocessing=UNKNOWN)
        cell = self._kept(Cell(task=task, model=model, dataset=dataset, protocol=protocol))
        if not self._all_listed:
            return Assigned(cell, NO_READABLE_FILE)
        return Assigned(cell, NO_RESULTS_FILE if len(model.tasks) == 1 else TASK_UNKNOWN)


def _model(name: str) -> Model:
    known = load_catalog().models.get(name)
    if known is not None:
        return known
    unlisted = load_layout().unlisted[name]
    return Model(
        id=name,
        current_id=name,
        tasks=(unlisted.task,),
        family=Family.TASK_SPECIFIC,
        architecture=unlisted.architecture,
        status=Status.RELEASE_ONLY,
    )
