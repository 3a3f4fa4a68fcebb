"""Profiles and studies of one's own: a small file that selects models and data sets becomes a `Study`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import Field, TypeAdapter

from kit.catalog.loader import (
    FOLDER,
    Catalog,
    FamilySpec,
    Pipeline,
    Rule,
    TaskSpec,
    check_prompt,
    datasets_of,
    load_catalog,
    models_of,
)
from kit.catalog.yaml_file import YamlFile, read_yaml
from kit.errors import StudyError
from kit.model.procedure import Procedure
from kit.model.study import (
    STRICT,
    Cell,
    Dataset,
    Family,
    Generation,
    Model,
    PlannedCell,
    Protocol,
    Status,
    Study,
    Task,
)

PROFILES: Final = FOLDER / "profiles"
ALL: Final = "all"

MAX_INFERENCES: Final = 1_000_000
MAX_REPETITIONS: Final = 10_000
MAX_SECONDS: Final = 30 * 86_400
STUDY_NAME: Final = re.compile(r"\w[\w.-]{0,63}", re.ASCII)
"""A study's name becomes that of a folder."""
WAY: Final = ("pipeline", "preprocessing", "prompt", "generation")
"""What a study has to say of a family that a task does not know."""
TWO_FIELDS: Final = ("question-and-context", "prompted-question")

Names = Literal["all"] | Annotated[tuple[str, ...], MinLen(1)]
Line = Annotated[str, Field(pattern=r"^[^\n]+$", max_length=300)]
Meter = Literal["nvml", "rapl", "replay", "codecarbon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Cells of one task: models x data sets.

    Attributes:
        models: published ids, or `all`: every measured model of the family.
        datasets: keys, or `all`: every data set of the task.
        family: whose models `all` means.
        generation: settings that replace the task's own, one by one.
        preprocessing: rule of data sets that the task does not know (those of one's own).
        pipeline, prompt: in place of the task's own; needed for models of a family that the task does not know.
    """

    __pydantic_config__ = STRICT

    task: Task
    models: Names
    datasets: Names = "all"
    family: Family = Family.TASK_SPECIFIC
    inferences: Annotated[int, Gt(0), Le(MAX_INFERENCES)]
    repetitions: Annotated[int, Gt(0), Le(MAX_REPETITIONS)]
    warm_up: Annotated[int, Ge(0), Le(MAX_REPETITIONS)] = 0
    generation: Generation | None = None
    preprocessing: Rule | None = None
    pipeline: Pipeline | None = None
    prompt: Annotated[str, MaxLen(4_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A study file as it is written; `models` and `datasets` add to the catalogue."""

    __pydantic_config__ = STRICT

    title: Line
    description: Annotated[str, MaxLen(4_000)] = ""
    device: Literal["cpu", "cuda"]
    country: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USA"
    region: Line | None = None
    artefacts: Literal["hub", "embedded", "tiny"] = "hub"
    dtype: Literal["float32", "float16", "bfloat16"] = "float32"
    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 0
    time_limit_s: Annotated[float, Gt(0), Le(MAX_SECONDS)] = 86_400.0
    idle_s: Annotated[float, Ge(0), Le(3_600)] = 0.0
    load_each_run: bool = True
    meters: Annotated[tuple[Meter, ...], MinLen(1)] = ("codecarbon",)
    procedure: Procedure = field(default=Procedure())
    deviations: tuple[Line, ...] = ()
    cells: Annotated[tuple[Selection, ...], MinLen(1)]
    models: tuple[Any, ...] = field(default=())
    datasets: tuple[Any, ...] = field(default=())


def profile_names() -> tuple[str, ...]:
    """The profiles that ship with the kit."""
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))


def load_study(name_or_path: str) -> Study:
    """A profile by its name, or the study of a file.

    Raises:
        StudyError: if there is no such profile or file, or it is wrong: with file, key and line.
    """
    name, file = study_file(name_or_path)
    written, selected = selections(file)
    cells: dict[str, PlannedCell] = {}
    for number, chosen in enumerate(selected):
        for planned in chosen:
            if planned.cell.cell_id in cells:
                raise file.error(
                    ("cells", number), f"{planned.cell.model.id} on {planned.cell.dataset.key} stands twice"
                )
            cells[planned.cell.cell_id] = planned
    return Study(
        name=name,
        title=written.title,
        description=written.description.strip(),
        device=written.device,
        country=written.country,
        region=written.region,
        time_limit_s=written.time_limit_s,
        seed=written.seed,
        deviations=(*written.deviations, *written.procedure.deviations()),
        procedure=written.procedure,
        idle_s=written.idle_s,
        load_each_run=written.load_each_run,
        meters=written.meters,
        cells=tuple(cells.values()),
    )


def study_file(name_or_path: str) -> tuple[str, YamlFile]:
    """The name of a study, and the file that it stands in; raises as `load_study` does."""
    if name_or_path in profile_names():
        return name_or_path, read_yaml(PROFILES / f"{name_or_path}.yaml")
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        if not STUDY_NAME.fullmatch(path.stem):
            raise StudyError(
                f"{path}: its name cannot be that of a study", "name the file with letters, digits, dots and dashes"
            )
        return path.stem, read_yaml(path)
    near = difflib.get_close_matches(name_or_path, profile_names(), 1)
    profiles = f"the profiles are {', '.join(profile_names())}"
    raise StudyError(
        f"{name_or_path!r:.80}: neither a profile nor a file that ends in .yaml",
        f"did you mean {near[0]}? {profiles}" if near else profiles,
    )


def selections(file: YamlFile) -> tuple[StudyFile, list[list[PlannedCell]]]:
    """What a study file says, and the cells of each of its selections; raises as `load_study` does."""
    if not isinstance(file.content, dict):
        raise file.error((), "a study is a mapping of keys")
    written: StudyFile = file.validated(TypeAdapter(StudyFile), (), file.content)
    catalog = _extended(file)
    return written, [
        list(_cells(file, ("cells", number), selection, written, catalog))
        for number, selection in enumerate(written.cells)
    ]


def _extended(file: YamlFile) -> Catalog:
    """The catalogue with the models and data sets of a study's own file; those of its own win."""
    catalog = load_catalog()
    models = {key: replace(model, status=Status.ADDED) for key, model in models_of(file).items()}
    datasets = {key: replace(dataset, status=Status.ADDED) for key, dataset in datasets_of(file).items()}
    if not models and not datasets:
        return catalog
    return replace(catalog, models={**catalog.models, **models}, datasets={**catalog.datasets, **datasets})


def _cells(
    file: YamlFile, place: tuple[str | int, ...], selection: Selection, study: StudyFile, catalog: Catalog
) -> Iterator[PlannedCell]:
    spec = catalog.tasks[selection.task]
    for model in _models(file, place, selection, catalog):
        for dataset in _datasets(file, place, selection, spec, catalog):
            protocol = _protocol(file, place, selection, study, spec, model, dataset)
            cell = Cell(task=selection.task, model=model, dataset=dataset, protocol=protocol)
            yield PlannedCell(cell=cell, repetitions=selection.repetitions)


def _models(file: YamlFile, place: tuple[str | int, ...], selection: Selection, catalog: Catalog) -> Iterator[Model]:
    if selection.models == ALL:
        yield from (
            model
            for model in catalog.models.values()
            if selection.task in model.tasks
            and model.family is selection.family
            and model.status in (Status.MEASURED, Status.ADDED)
        )
        return
    for number, name in enumerate(selection.models):
        where = (*place, "models", number)
        model = _known(file, where, "model", name, catalog.models)
        if selection.task not in model.tasks:
            raise file.error(where, f"{name} is not a model for {selection.task.value}")
        yield model


def _datasets(
    file: YamlFile, place: tuple[str | int, ...], selection: Selection, spec: TaskSpec, catalog: Catalog
) -> Iterator[Dataset]:
    if selection.datasets == ALL:
        yield from (catalog.datasets[key] for key in spec.datasets)
        return
    for number, key in enumerate(selection.datasets):
        where = (*place, "datasets", number)
        dataset = _known(file, where, "data set", key, catalog.datasets)
        if selection.task not in dataset.tasks:
            raise file.error(where, f"{key} is not a data set for {selection.task.value}")
        yield dataset


def _known(file: YamlFile, place: tuple[str | int, ...], what: str, name: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, list(known), 1)
    raise file.error(place, f"{name!r:.80} is not a {what} of the catalogue" + (f"; {near[0]} is" if near else ""))


def _protocol(
    file: YamlFile,
    place: tuple[str | int, ...],
    selection: Selection,
    study: StudyFile,
    spec: TaskSpec,
    model: Model,
    dataset: Dataset,
) -> Protocol:
    """The published protocol of the cell, with what the study changes."""
    way = _way(file, place, selection, spec, model)
    rule = selection.preprocessing or (way.preprocessing if way else spec.datasets.get(dataset.key))
    if rule is None:
        raise file.error((*place, "datasets"), f"say by `preprocessing` how a row of {dataset.key} becomes an input")
    if (rule in TWO_FIELDS) != (len(dataset.fields) == 2):
        raise file.error(
            (*place, "datasets"), f"the rule {rule} does not fit the {len(dataset.fields)} fields of {dataset.key}"
        )
    prompt = selection.prompt or (way.prompt if way else None)
    check_prompt(file, (*place, "prompt"), rule, prompt)
    generation = way.generation if way else spec.generation
    if generation is not None and model.num_beams is not None:
        generation = replace(generation, num_beams=model.num_beams)
    if selection.generation is not None:
        generation = _overridden(generation, selection.generation)
    return Protocol(
        pipeline=selection.pipeline or (way.pipeline if way else spec.pipeline),
        inferences=selection.inferences,
        preprocessing=rule,
        prompt=prompt,
        generation=generation,
        dtype=study.dtype,
        warm_up=selection.warm_up,
        artefacts=study.artefacts,
    )


def _way(
    file: YamlFile, place: tuple[str | int, ...], selection: Selection, spec: TaskSpec, model: Model
) -> FamilySpec | None:
    """How the family of a multi-purpose model does the task; None for a task-specific model."""
    if not model.family.multi_purpose:
        return None
    if model.family in spec.multi_purpose:
        return spec.multi_purpose[model.family]
    stated = (selection.pipeline, selection.preprocessing, selection.prompt, selection.generation)
    if not (selection.pipeline and selection.preprocessing and selection.prompt and selection.generation):
        missing = [name for name, value in zip(WAY, stated, strict=True) if not value]
        raise file.error(
            place, f"the family {model.family.value} has no protocol for {spec.task.value}: say {', '.join(missing)}"
        )
    return FamilySpec(
        pipeline=selection.pipeline,
        preprocessing=selection.preprocessing,
        prompt=selection.prompt,
        generation=Generation(num_beams=1, do_sample=False),
    )


def _overridden(generation: Generation | None, changes: Generation) -> Generation:
    """Settings with changes; a length in new tokens takes the place of one that counts the start token too."""
    stated = {name: value for name, value in asdict(changes).items() if value is not None}
    base = generation or Generation()
    if stated.keys() & {"max_new_tokens", "min_new_tokens"}:
        base = replace(base, max_length=None, min_length=None, max_new_tokens=None, min_new_tokens=None)
    return replace(base, **stated)
