"""The whole release: every run with its cell, those that no published table uses marked with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from kit.catalog import Catalog, load_catalog, load_study
from kit.errors import InputError
from kit.model.canonical import digest
from kit.model.record import Lengths, Quality
from kit.model.runs import Measured, Run
from kit.model.study import (
    Architecture,
    Cell,
    CellKey,
    Dataset,
    Family,
    Model,
    Protocol,
    Status,
    Study,
    Task,
)
from kit.replay.csv_files import ADVICE, read_rows
from kit.replay.emissions import INFERENCES, PREFIX, BaseRun, read_base_run

UNKNOWN_DATASET: Final = "unassigned"
NO_RESULTS_FILE: Final = "in no results file of the release; its data set is not known"
LEFT_OUT: Final = "a model that the paper leaves out"
MAX_FILES: Final = 200_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release holds, ready for a journal.

    Attributes:
        cells: beside those of the study, which published tables use.
        quarantined: bad files that were set aside, each with its mistake.
        contradictions: where results files name another model than the base files of the same runs.
    """

    study: Study
    cells: tuple[Cell, ...]
    runs: tuple[Run, ...]
    hosts: Mapping[str, Mapping[str, Any]]
    lengths: tuple[Lengths, ...]
    quality: tuple[Quality, ...]
    source: Mapping[str, Any]
    quarantined: tuple[str, ...]
    contradictions: tuple[str, ...]


def read_release(path: Path, *, quarantine: bool = False) -> Release:
    """Read a release: its folder `released`, the folder above, or a clone of the repository that it came from.

    Args:
        quarantine: whether bad files are set aside, listed and counted instead of being an error.

    Raises:
        InputError: naming file, line and column of the first mistake.
    """
    root = _root(path)
    emissions = root / "data" / "emissions"
    reader = _Reader(quarantine=quarantine, quarantined=[])
    base = _base_runs(emissions / "base", reader)
    placed = _placed(emissions / "complete", base, reader)
    study = replace(
        load_study("paper"),
        name="release",
        title="The authors' released measurements",
        description="The runs that the authors of the paper released, read anew.",
        deviations=(),
    )
    maker = _CellMaker(study, load_catalog())
    runs, cells = _runs(base, placed, maker)
    kept = {cell.cell_id for cell in cells} | {planned.cell.cell_id for planned in study.cells}
    return Release(
        study=study,
        cells=cells,
        runs=runs,
        hosts={_host_id(run): run.host for run in base.values()},
        lengths=tuple(item for item in _lengths(root, study, reader) if item.cell_id in kept),
        quality=_quality(root, reader),
        source={"name": root.name, "base_files": len(base), "results_runs": len(placed)},
        quarantined=tuple(reader.quarantined),
        contradictions=tuple(_contradictions(base, placed)),
    )


@dataclass(slots=True)
class _Reader:
    """Reads files, and sets bad ones aside where that is wanted."""

    quarantine: bool
    quarantined: list[str]

    def read(self, path: Path, read: Callable[[Path], T]) -> T | None:
        try:
            return read(path)
        except InputError as error:
            if not self.quarantine:
                raise
            self.quarantined.append(error.message)
            return None


def _root(path: Path) -> Path:
    for root in (path, path / "released"):
        if (root / "data" / "emissions" / "base").is_dir():
            return root
    raise InputError(
        f"{path}: no release here (no data/emissions/base)",
        "give the authors' released folder, or a clone of their repository",
    )


def _files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not files:
        raise InputError(f"{folder}: empty", "give a complete release")
    if len(files) > MAX_FILES:
        raise InputError(f"{folder}: more than {MAX_FILES:,} files", "give a release, not a disk")
    return files


def _base_runs(folder: Path, reader: _Reader) -> dict[str, BaseRun]:
    runs: dict[str, BaseRun] = {}
    for path in _files(folder):
        if not path.name.startswith(PREFIX) or path.suffix != ".csv":
            raise InputError(f"{path.name}: not a base file of the release", ADVICE)
        run = reader.read(path, read_base_run)
        if run is not None:
            runs[run.run_id] = run
    return runs


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run belongs, and the model that it is published as, by the results file that lists it."""

    file: str
    model: str
    task: Task
    dataset: str
    zero_shot: bool
    unused: str | None


def _placed(folder: Path, base: Mapping[str, BaseRun], reader: _Reader) -> dict[str, _Place]:
    placed: dict[str, _Place] = {}
    layout = _layout()["files"]
    for path in _files(folder):
        entry = layout.get(path.stem)
        if entry is None or path.suffix != ".csv":
            raise InputError(f"{path.name}: not a results file of the release", ADVICE)
        place = _Place(
            path.name, "", Task(entry["task"]), entry["dataset"], bool(entry.get("zero_shot")), entry.get("unused")
        )
        listed = reader.read(path, lambda path: _listed(path, base, placed)) or {}
        for run_id, model in listed.items():
            placed[run_id] = replace(place, model=model)
    return placed


def _listed(path: Path, base: Mapping[str, BaseRun], placed: Mapping[str, _Place]) -> dict[str, str]:
    """Run ids of a results file and the model that it names for each."""
    found: dict[str, str] = {}
    for row in read_rows(path, path.name, ("run_id", "project_name", "energy_consumed", "duration")):
        run_id = row.text("run_id")
        row.positive("energy_consumed")
        row.positive("duration")
        if run_id not in base:
            raise row.error("run_id", f"{run_id:.40} is in no base file")
        if run_id in placed or run_id in found:
            raise row.error("run_id", f"{run_id:.40} stands in two results")
        found[run_id] = row.text("project_name")
    return found


def _contradictions(base: Mapping[str, BaseRun], placed: Mapping[str, _Place]) -> Iterator[str]:
    counts: dict[tuple[str, str, str], int] = {}
    for run_id, place in placed.items():
        if base[run_id].model != place.model:
            key = (place.file, place.model, base[run_id].model)
            counts[key] = counts.get(key, 0) + 1
    for (file, published, measured), count in counts.items():
        yield f"{file} publishes {count} runs as {published}; their base files say that {measured} was measured."


class _CellMaker:
    """Makes each cell of the release once."""

    def __init__(self, study: Study, catalog: Catalog) -> None:
        self._planned = {planned.cell.key: planned.cell for planned in study.cells}
        self._catalog = catalog
        self.extra: dict[str, Cell] = {}

    def cell(self, run: BaseRun, place: _Place | None) -> tuple[Cell, str | None]:
        """The cell of a run, and why no published table uses it, if none does."""
        if place is None:
            return self._kept(self._unassigned(run.model)), NO_RESULTS_FILE
        planned = self._planned.get(CellKey(place.task, place.model, place.dataset))
        left_out = planned is None or planned.model.family.multi_purpose is not place.zero_shot
        if planned is not None and not left_out and place.unused is None:
            return planned, None
        protocol = Protocol(
            pipeline=place.task.value,
            inferences=INFERENCES,
            preprocessing="image-as-it-is" if place.unused else "prompted" if place.zero_shot else "field",
        )
        model = self._model(place.model, place.task)
        if place.zero_shot and not model.family.multi_purpose:
            model = replace(model, family=Family.OTHER, status=Status.RELEASE_ONLY)
        cell = Cell(task=place.task, model=model, dataset=self._catalog.datasets[place.dataset], protocol=protocol)
        return self._kept(cell), place.unused or LEFT_OUT

    def _kept(self, cell: Cell) -> Cell:
        return self.extra.setdefault(cell.cell_id, cell)

    def _unassigned(self, name: str) -> Cell:
        model = self._model(name, None)
        task = model.tasks[0]
        dataset = Dataset(
            key=UNKNOWN_DATASET,
            id=UNKNOWN_DATASET,
            current_id=UNKNOWN_DATASET,
            tasks=(task,),
            split="unknown",
            fields=("unknown",),
            status=Status.RELEASE_ONLY,
        )
        protocol = Protocol(pipeline=task.value, inferences=INFERENCES, preprocessing="unknown")
        return Cell(task=task, model=model, dataset=dataset, protocol=protocol)

    def _model(self, name: str, task: Task | None) -> Model:
        known = self._catalog.models.get(name)
        if known is not None:
            return known
        unlisted = _layout()["unlisted"].get(name)
        if unlisted is None and task is None:
            raise InputError(f"{name:.80}: a model that neither paper nor release names", ADVICE)
        kind: Any
        kind, architecture = unlisted or (task, Architecture.ENCODER)
        return Model(
            id=name,
            current_id=name,
            tasks=(Task(kind),),
            family=Family.TASK_SPECIFIC,
            architecture=Architecture(architecture),
            status=Status.RELEASE_ONLY,
        )


def _runs(
    base: Mapping[str, BaseRun], placed: Mapping[str, _Place], maker: _CellMaker
) -> tuple[tuple[Run, ...], tuple[Cell, ...]]:
    """Runs in the order of their time stamps; repetitions are numbered within their cell and use."""
    counts: dict[tuple[str, str | None], int] = {}
    runs: list[Run] = []
    for run in sorted(base.values(), key=lambda run: (run.ended_at, run.run_id)):
        place = placed.get(run.run_id)
        cell, unused = maker.cell(run, place)
        number = counts[cell.cell_id, unused] = counts.get((cell.cell_id, unused), 0) + 1
        source = f"{run.source}; {place.file}" if place is not None else run.source
        runs.append(Run(run.run_id, cell.cell_id, number, _host_id(run), Measured(run.windows), unused, source))
    return tuple(runs), tuple(maker.extra.values())


def _host_id(run: BaseRun) -> str:
    return digest(dict(run.host))[:16]


def _lengths(root: Path, study: Study, reader: _Reader) -> Iterator[Lengths]:
    folder = root / "data" / "lengths" / "complete"
    cells = {planned.cell.key: planned.cell.cell_id for planned in study.cells}
    names, labels = _layout()["model_names"], _layout()["lengths"]
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        entry = labels.get(path.stem.removesuffix("_flan"))
        if entry is None:
            raise InputError(f"{path.name}: not a lengths file of the release", ADVICE)
        for model, (inputs, outputs) in (reader.read(path, _tokens) or {}).items():
            key = CellKey(Task(entry["task"]), names.get(model, model), entry["dataset"])
            if key in cells:
                yield Lengths(cells[key], tuple(inputs), tuple(outputs))


def _tokens(path: Path) -> dict[str, tuple[list[int], list[int]]]:
    found: dict[str, tuple[list[int], list[int]]] = {}
    for row in read_rows(path, path.name, ("Input", "Output", "model")):
        inputs, outputs = found.setdefault(row.text("model"), ([], []))
        inputs.append(row.count("Input"))
        outputs.append(row.count("Output"))
    return found


def _quality(root: Path, reader: _Reader) -> tuple[Quality, ...]:
    path = root / "eval" / "performance.csv"
    if not path.is_file():
        return ()
    return tuple(reader.read(path, _quality_rows) or ())


def _quality_rows(path: Path) -> Sequence[Quality]:
    columns: Mapping[str, tuple[str, str, str]] = _layout()["quality"]
    names: Mapping[str, str] = _layout()["model_names"]
    found: dict[tuple[str, str, str, str], Quality] = {}
    for row in read_rows(path, path.name, ("model", *columns), ended=False):
        for column, (dataset, metric, task) in columns.items():
            if row.values[column].strip():
                value = row.positive(column)
                model = row.text("model")
                item = Quality(names.get(model, model), dataset, task, metric, value)
                found[item.model, dataset, task, metric] = item
    return list(found.values())


@cache
def _layout() -> Mapping[str, Any]:
    text = Path(__file__).with_name("layout.yaml").read_text(encoding="utf-8")
    layout: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return layout
