"""The whole release: every run with its cell, those that no published table uses marked with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from kit.catalog import load_study
from kit.errors import InputError
from kit.model.canonical import digest
from kit.model.record import Lengths, Quality
from kit.model.runs import Measured, Run
from kit.model.study import Cell, CellKey, Study
from kit.replay.cells import CellMaker, Place, model_names
from kit.replay.csv_files import ADVICE, load, read_rows, shown_name
from kit.replay.emissions import RUN_FILE, BaseRun, read_base_run
from kit.replay.layout import ResultsFile, load_layout
from kit.replay.tokens_and_quality import lengths_file, read_lengths, read_quality

MAX_FILES: Final = 200_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release holds, ready for a journal.

    Attributes:
        cells: beside those of the study, which published tables use.
        source: folder, counts, and `sha256`: of the digests of all files that were read, by their paths.
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
        InputError: naming file, line and column of the first mistake; with `quarantine`, if no run is left.
    """
    root = _root(path)
    reader = _Reader(root=root, quarantine=quarantine)
    names = model_names()
    base = _base_runs(reader, names)
    placed = _placed(reader, base, names)
    study = replace(
        load_study("paper"),
        name="release",
        title="The authors' released measurements",
        description="The runs that the authors of the paper released, read anew.",
        deviations=(),
    )
    maker = CellMaker(study, all_listed=placed.all_read)
    runs = tuple(_runs(base.runs, placed.places, maker))
    lengths, quality = _lengths(reader, study), _quality(reader)
    return Release(
        study=study,
        cells=tuple(maker.extra.values()),
        runs=runs,
        hosts={_host_id(run): run.host for run in base.runs.values()},
        lengths=lengths,
        quality=quality,
        source={
            "name": shown_name(root.resolve()),
            "base_files": len(base.runs),
            "results_runs": len(placed.places),
            "files_set_aside": len(reader.set_aside),
            "sha256": digest(reader.digests),
        },
        quarantined=tuple(reader.set_aside),
        contradictions=tuple(_contradictions(base.runs, placed.places)),
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads files, remembers their digests, and sets bad ones aside where that is wanted."""

    root: Path
    quarantine: bool
    set_aside: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path, interpret: Callable[[str, bytes], T]) -> T | None:
        """What a file says by its name and content, or None if it was set aside."""
        try:
            raw = load(path)
            found = interpret(shown_name(path), raw)
        except InputError as error:
            self.refuse(error)
            return None
        self.digests[path.relative_to(self.root).as_posix()] = hashlib.sha256(raw).hexdigest()
        return found

    def refuse(self, error: InputError) -> None:
        """Note a mistake, or stop at it."""
        if not self.quarantine:
            raise error
        self.set_aside.append(error.message)


def _root(path: Path) -> Path:
    for root in (path, path / "released"):
        if (root / "data" / "emissions" / "base").is_dir():
            return root
    raise InputError(
        f"{path}: no release here (no data/emissions/base)",
        "give the authors' released folder, or a clone of their repository",
    )


def _files(folder: Path) -> list[Path]:
    try:
        every = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})", ADVICE) from error
    files = [path for path in every if not _hidden(path)]
    if not files:
        raise InputError(f"{folder}: empty", "give a complete release")
    if len(files) > MAX_FILES:
        raise InputError(f"{folder}: more than {MAX_FILES:,} files", "give a release, not a disk")
    return files


def _hidden(path: Path) -> bool:
    """Whether a file is one that desktops leave in a folder, and no part of a release."""
    return path.name.startswith(".")


@dataclass(frozen=True, slots=True)
class _BaseRuns:
    """Runs by id, and the ids of those whose files were set aside."""

    runs: Mapping[str, BaseRun]
    set_aside: frozenset[str]


def _base_runs(reader: _Reader, names: Container[str]) -> _BaseRuns:
    folder = reader.root / "data" / "emissions" / "base"
    runs: dict[str, BaseRun] = {}
    set_aside: set[str] = set()
    for path in _files(folder):
        match = RUN_FILE.fullmatch(path.name)
        if match is None:
            reader.refuse(InputError(f"{shown_name(path)}: not a base file of the release", ADVICE))
            continue
        run_id = match[1]
        run = reader.read(path, partial(read_base_run, run_id=run_id, models=names))
        if run is None:
            set_aside.add(run_id)
        else:
            runs[run_id] = run
    if not runs:
        raise InputError(f"{folder}: no file in it could be used; the first: {reader.set_aside[0]}", ADVICE)
    return _BaseRuns(runs, frozenset(set_aside))


@dataclass(frozen=True, slots=True)
class _Places:
    """Places by run id; `all_read`: whether no results file was set aside."""

    places: Mapping[str, Place]
    all_read: bool


def _placed(reader: _Reader, base: _BaseRuns, names: Container[str]) -> _Places:
    places: dict[str, Place] = {}
    before = len(reader.set_aside)
    for path in _files(reader.root / "data" / "emissions" / "complete"):
        file = load_layout().files.get(path.stem) if path.suffix == ".csv" else None
        if file is None:
            reader.refuse(InputError(f"{shown_name(path)}: not a results file of the release", ADVICE))
            continue
        places |= reader.read(path, partial(_listed, file=file, base=base, places=places, names=names)) or {}
    return _Places(places, len(reader.set_aside) == before)


def _listed(
    name: str, raw: bytes, file: ResultsFile, base: _BaseRuns, places: Mapping[str, Place], names: Container[str]
) -> dict[str, Place]:
    """The runs of a results file, without those whose base files were set aside."""
    found: dict[str, Place] = {}
    for row in read_rows(name, raw, ("run_id", "project_name", "energy_consumed", "duration")):
        run_id, model = row.text("run_id"), row.text("project_name")
        row.positive("energy_consumed")
        row.positive("duration")
        if model not in names:
            raise row.error("project_name", f"{model!r:.80} is no model of the paper or its release")
        if run_id in places or run_id in found:
            raise row.error("run_id", f"{run_id!r:.40} stands in two results")
        if run_id in base.runs:
            found[run_id] = Place(name, model, file)
        elif run_id not in base.set_aside:
            raise row.error("run_id", f"{run_id!r:.40} is in no base file")
    return found


def _contradictions(runs: Mapping[str, BaseRun], places: Mapping[str, Place]) -> Iterator[str]:
    counts: dict[tuple[str, str, str], int] = {}
    for run_id, place in places.items():
        if runs[run_id].model != place.model:
            key = (place.source, place.model, runs[run_id].model)
            counts[key] = counts.get(key, 0) + 1
    for (source, published, measured), count in counts.items():
        number, say = ("1 run", "its base file says") if count == 1 else (f"{count} runs", "their base files say")
        yield f"{source} publishes {number} as {published}; {say} that {measured} was measured."


def _runs(runs: Mapping[str, BaseRun], places: Mapping[str, Place], maker: CellMaker) -> Iterator[Run]:
    """Runs in the order of their time stamps; repetitions are numbered within their cell and use."""
    counts: dict[tuple[str, str | None], int] = {}
    for run in sorted(runs.values(), key=lambda run: (run.ended_at, run.run_id)):
        place = places.get(run.run_id)
        assigned = maker.assign(run, place)
        key = (assigned.cell.cell_id, assigned.unused)
        counts[key] = counts.get(key, 0) + 1
        source = f"{run.source}; {place.source}" if place is not None else run.source
        outcome = Measured(run.windows)
        yield Run(run.run_id, assigned.cell.cell_id, counts[key], _host_id(run), outcome, assigned.unused, source)


def _host_id(run: BaseRun) -> str:
    return digest(dict(run.host))[:16]


def _lengths(reader: _Reader, study: Study) -> tuple[Lengths, ...]:
    folder = reader.root / "data" / "lengths" / "complete"
    cells = {planned.cell.key: planned.cell.cell_id for planned in study.cells}
    found: dict[str, Lengths] = {}
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    for path in (path for path in files if not _hidden(path)):
        found |= reader.read(path, partial(_new_lengths, stem=path.stem, cells=cells, found=found)) or {}
    return tuple(found.values())


def _new_lengths(
    name: str, raw: bytes, stem: str, cells: Mapping[CellKey, str], found: Mapping[str, Lengths]
) -> dict[str, Lengths]:
    lengths = read_lengths(name, raw, lengths_file(name, stem), cells)
    if found.keys() & lengths.keys():
        raise InputError(f"{name}: lengths that another file holds, too", ADVICE)
    return lengths


def _quality(reader: _Reader) -> tuple[Quality, ...]:
    path = reader.root / "eval" / "performance.csv"
    return reader.read(path, read_quality) or () if path.is_file() else ()
