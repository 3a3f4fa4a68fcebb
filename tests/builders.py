"""A small study and its record, made up but whole: three tasks, both multi-purpose families, every phase of a run.

Energies are deterministic numbers in the paper's order of magnitude; nothing is drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.catalog import Catalog, load_catalog
from kit.journal import Journal
from kit.model.readings import Provenance, Reading
from kit.model.record import Lengths, Origin, Quality, Record
from kit.model.runs import Failed, Grid, Measured, Phase, Run, Window, Work
from kit.model.study import Cell, Generation, Model, PlannedCell, Protocol, Study, Task

METER = "codecarbon 3.3.2"
GPU = "gpu/GPU-5d3c1f6e-0000-4000-8000-00000000000a"
INFERENCES = 20
REPETITIONS = 3

CELLS: tuple[tuple[Task, str, str, float], ...] = (
    (Task.TEXT_CLASSIFICATION, "distilbert-base-uncased-finetuned-sst-2-english", "sst2", 4.0),
    (Task.TEXT_CLASSIFICATION, "distilbert-base-uncased-finetuned-sst-2-english", "imdb", 9.0),
    (Task.TEXT_CLASSIFICATION, "nlptown/bert-base-multilingual-uncased-sentiment", "sst2", 7.0),
    (Task.TEXT_CLASSIFICATION, "google/flan-t5-base", "sst2", 80.0),
    (Task.TEXT_CLASSIFICATION, "bigscience/bloomz-560m", "sst2", 95.0),
    (Task.TEXT_GENERATION, "distilgpt2", "wikitext", 130.0),
    (Task.TEXT_GENERATION, "gpt2", "wikitext", 190.0),
    (Task.TEXT_TO_IMAGE, "segmind/tiny-sd", "sd_prompts", 9000.0),
)
"""Task, model, data set, joules of one inference of the device at work."""

_TOKENS = {Task.TEXT_CLASSIFICATION: (28, 1), Task.TEXT_GENERATION: (20, 10)}


def study(*, device: str = "cpu", repetitions: int = REPETITIONS, artefacts: str = "embedded") -> Study:
    """The study of `CELLS`."""
    catalogue = load_catalog()
    return Study(
        name="small",
        title="A small study",
        description="Three tasks and both multi-purpose families, made up for tests.",
        device=device,
        country="USA",
        region="oregon",
        time_limit_s=60.0,
        seed=7,
        deviations=("Energies are made up.", "Three repetitions stand in for ten."),
        idle_s=0.5,
        load_each_run=False,
        cells=tuple(
            PlannedCell(cell=cell(catalogue, task, model, dataset, artefacts=artefacts), repetitions=repetitions)
            for task, model, dataset, _ in CELLS
        ),
    )


def cell(catalogue: Catalog, task: Task, model: str, dataset: str, *, artefacts: str = "embedded") -> Cell:
    """One cell of the catalogue's model and data set."""
    generates = task is Task.TEXT_GENERATION
    return Cell(
        task=task,
        model=catalogue.models[model],
        dataset=catalogue.datasets[dataset],
        protocol=Protocol(
            pipeline=task.value,
            inferences=INFERENCES,
            preprocessing="field",
            generation=Generation(max_new_tokens=10, num_beams=1, do_sample=False) if generates else None,
            warm_up=1,
            artefacts=artefacts,
        ),
    )


def record(
    *,
    origin: Origin = Origin.MEASURED,
    device: str = "cpu",
    repetitions: int = REPETITIONS,
    artefacts: str = "embedded",
    lacking: int = 0,
    failing: int = 0,
    names: Mapping[str, str] | None = None,
) -> Record:
    """A record of the small study.

    Args:
        lacking: so many runs, from the end, were never made, as after an interruption.
        failing: so many runs, from the start, failed.
        names: model ids to put in place of others.
    """
    planned = _renamed(study(device=device, repetitions=repetitions, artefacts=artefacts), names or {})
    runs = [
        run(item.cell, repetition, energy_j, device)
        for item, (_, _, _, energy_j) in zip(planned.cells, CELLS, strict=True)
        for repetition in range(1, repetitions + 1)
    ]
    kept = runs[: len(runs) - lacking]
    broken = [replace(item, outcome=Failed("out of memory")) for item in kept[:failing]]
    return Record(
        origin=origin,
        study=planned,
        cells={item.cell.cell_id: item.cell for item in planned.cells},
        runs=(*broken, *kept[failing:]),
        hosts={"host-a": host()},
        lengths=lengths(planned),
        quality=(
            Quality("distilbert-base-uncased-finetuned-sst-2-english", "sst2", "text-classification", "accuracy", 0.91),
            Quality("google/flan-t5-base", "sst2", "text-classification", "accuracy", 0.93),
        ),
        deviations=planned.deviations,
        source={"name": "released", "files": 3} if origin is Origin.REPLAYED else None,
    )


def lengths(planned: Study) -> tuple[Lengths, ...]:
    """Tokens of ten inferences of each cell that reads text."""
    return tuple(
        Lengths(
            item.cell.cell_id,
            tuple(_TOKENS[item.cell.task][0] + place % 3 for place in range(10)),
            tuple(_TOKENS[item.cell.task][1] + place % 2 for place in range(10)),
        )
        for item in sorted(planned.cells, key=lambda item: item.cell.cell_id)
        if item.cell.task in _TOKENS
    )


def run(cell: Cell, repetition: int, energy_j: float, device: str = "cpu") -> Run:
    """One run that went through; repetitions differ by two per cent."""
    scale = 1.0 + 0.02 * (repetition - 2)
    second = 10 * repetition
    windows = (
        _idle(Phase.IDLE_BEFORE, second, device),
        Window(Phase.LOAD, _time(second + 1), 2.0, _readings(30.0, 2.0, device)),
        _query(cell, energy_j * scale, second + 3, device),
        _idle(Phase.IDLE_AFTER, second + 8, device),
    )
    return Run(f"{cell.cell_id}-{repetition}", cell.cell_id, repetition, "host-a", Measured(windows))


def host() -> dict[str, Any]:
    """A host record as `kit.host` makes it."""
    return {
        "kit": "0.1.0",
        "commit": "0" * 40,
        "python": "3.11.2",
        "system": "Linux 6.1",
        "distribution": "Debian GNU/Linux 12 (bookworm)",
        "architecture": "x86_64",
        "cpu": "A processor of two cores",
        "cpu_count": 2,
        "ram_gb": 8.0,
        "packages": {"torch": "2.14.1", "transformers": "4.57.6", "codecarbon": "3.3.2"},
        "environment": {"OMP_NUM_THREADS": "1"},
    }


def write_journal(folder: Path, source: Record) -> Path:
    """The journal of a record, in a folder; gives the folder back."""
    with Journal.create(folder, source.study, source.origin, source.source) as journal:
        for host_id, values in source.hosts.items():
            journal.add_host(values, host_id)
        journal.add_cells(source.cells.values())
        journal.add_runs(source.runs)
        journal.add_lengths(source.lengths)
        journal.add_quality(source.quality)
        for sentence in source.deviations:
            journal.add_deviation(sentence)
    return folder


def _renamed(planned: Study, names: Mapping[str, str]) -> Study:
    def renamed(model: Model) -> Model:
        return replace(model, id=names.get(model.id, model.id))

    return replace(
        planned,
        cells=tuple(replace(item, cell=_with_model(item.cell, renamed(item.cell.model))) for item in planned.cells),
    )


def _with_model(cell: Cell, model: Model) -> Cell:
    return Cell(task=cell.task, model=model, dataset=cell.dataset, protocol=cell.protocol)


def _query(cell: Cell, energy_j: float, second: int, device: str) -> Window:
    duration_s = energy_j * INFERENCES / 40.0
    tokens = _TOKENS.get(cell.task)
    return Window(
        Phase.QUERY,
        _time(second),
        duration_s,
        _readings(energy_j * INFERENCES, duration_s, device),
        Work(
            inferences=INFERENCES,
            input_tokens=tokens[0] * INFERENCES if tokens else None,
            output_tokens=tokens[1] * INFERENCES if tokens else None,
            images=INFERENCES if cell.task is Task.TEXT_TO_IMAGE else None,
        ),
        cpu_s=duration_s,
        load_average=1.0,
        grid=Grid("USA", "oregon", None, energy_j * INFERENCES / 3.6e6 * 297.6),
    )


def _idle(phase: Phase, second: int, device: str) -> Window:
    return Window(phase, _time(second), 0.5, _readings(2.5, 0.5, device))


def _readings(device_j: float, duration_s: float, device: str) -> tuple[Reading, ...]:
    readings: Iterable[Reading] = (
        Reading("cpu", device_j if device == "cpu" else 42.5 * duration_s, Provenance.MODEL, METER),
        Reading("ram", 3.0 * duration_s, Provenance.CONSTANT, METER),
    )
    if device == "cuda":
        readings = (Reading(GPU, device_j, Provenance.COUNTER, METER, resolution_j=0.001), *readings)
    return tuple(readings)


def _time(second: int) -> str:
    return f"2025-03-01T12:{second // 60:02d}:{second % 60:02d}+00:00"
