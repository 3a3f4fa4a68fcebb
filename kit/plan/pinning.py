"""A study with pins: each model and data set at its commit, what cannot be had left out, both said as deviations."""

from __future__ import annotations

from dataclasses import replace

from kit.errors import StudyError
from kit.model.pins import Pin, Pins, RepoKind, Unavailable
from kit.model.study import Cell, PlannedCell, Study


def pinned(study: Study, pins: Pins) -> Study:
    """The study with its artefacts of the Hub at their pinned commits.

    Cells of an artefact that no source gives are left out; what differs from the published sources is added to the
    deviations.

    Raises:
        StudyError: if an artefact is not in the pins, or no cell is left.
    """
    planned = tuple(kept for kept in (_pinned_cell(item, pins) for item in study.cells) if kept is not None)
    if not planned:
        raise StudyError(f"{study.name}: no artefact of it can be had, so no cell is left", "see `kit lock` for why")
    return replace(study, cells=planned, deviations=(*study.deviations, *_deviations(study, pins)))


def _pinned_cell(planned: PlannedCell, pins: Pins) -> PlannedCell | None:
    cell = planned.cell
    if cell.protocol.artefacts != "hub":
        return planned
    model, dataset = _entries(cell, pins)
    if isinstance(model, Unavailable) or isinstance(dataset, Unavailable):
        return None
    at_commit = replace(
        cell,
        model=replace(cell.model, current_id=model.id, revision=model.revision),
        dataset=replace(
            cell.dataset,
            current_id=dataset.id,
            revision=dataset.revision,
            files=tuple(file.path for file in dataset.files),
        ),
    )
    return replace(planned, cell=at_commit)


def _entries(cell: Cell, pins: Pins) -> tuple[Pin | Unavailable, Pin | Unavailable]:
    model = pins.find(RepoKind.MODEL, cell.model.id)
    dataset = pins.find(RepoKind.DATASET, cell.dataset.key)
    if model is None or dataset is None:
        name = cell.model.id if model is None else cell.dataset.key
        raise StudyError(
            f"{name}: is not in the pins, which are of {pins.study!r:.60}", "run `kit lock` for this study"
        )
    return model, dataset


def _deviations(study: Study, pins: Pins) -> tuple[str, ...]:
    cells = [item.cell for item in study.cells if item.cell.protocol.artefacts == "hub"]
    models, datasets = {cell.model.id for cell in cells}, {cell.dataset.key for cell in cells}

    def used(entry: Pin | Unavailable) -> bool:
        return entry.name in (models if entry.kind is RepoKind.MODEL else datasets)

    said = [pin.deviation for pin in pins.artefacts if pin.deviation is not None and used(pin)]
    for entry in pins.unavailable:
        if used(entry):
            count = sum(entry.name in (cell.model.id, cell.dataset.key) for cell in cells)
            said.append(f"{entry.name}: could not be had ({entry.reason}); its {count} cells are left out.")
    return tuple(said)
