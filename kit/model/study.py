"""A study: models x data sets x protocol, and the cells that they make."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final

from annotated_types import Ge, Gt

from kit.model.canonical import digest
from kit.model.procedure import Procedure

STRICT: Final = {"extra": "forbid"}
"""Read by pydantic where a catalogue or study file is validated: a key that means nothing is a mistake."""

Count = Annotated[int, Gt(0)]


class Kind(StrEnum):
    """What a task asks of a model, coarsely; the paper's first finding orders these."""

    DISCRIMINATIVE = "discriminative"
    GENERATIVE = "generative"
    IMAGE_GENERATION = "image generation"


class Modality(StrEnum):
    """What goes in and what comes out."""

    TEXT = "text"
    IMAGE = "image"
    IMAGE_AND_TEXT = "image and text"


class Task(StrEnum):
    """The ten tasks of the paper, in the order of its Table 2. Values are the pipelines' names of 2023."""

    TEXT_CLASSIFICATION = "text-classification"
    QUESTION_ANSWERING = "question-answering"
    FILL_MASK = "fill-mask"
    TOKEN_CLASSIFICATION = "token-classification"
    IMAGE_CLASSIFICATION = "image-classification"
    OBJECT_DETECTION = "object-detection"
    TEXT_GENERATION = "text-generation"
    SUMMARIZATION = "summarization"
    IMAGE_TO_TEXT = "image-to-text"
    TEXT_TO_IMAGE = "text-to-image"

    @property
    def label(self) -> str:
        """The paper's name of the task."""
        return _TITLES.get(self, self.value.replace("-", " "))

    @property
    def kind(self) -> Kind:
        """Discriminative, generative, or image generation."""
        if self is Task.TEXT_TO_IMAGE:
            return Kind.IMAGE_GENERATION
        return Kind.GENERATIVE if self in _GENERATIVE else Kind.DISCRIMINATIVE

    @property
    def modality(self) -> Modality:
        """Text, image, or both."""
        if self in (Task.IMAGE_TO_TEXT, Task.TEXT_TO_IMAGE):
            return Modality.IMAGE_AND_TEXT
        return Modality.IMAGE if self in (Task.IMAGE_CLASSIFICATION, Task.OBJECT_DETECTION) else Modality.TEXT


_TITLES: Final = {
    Task.QUESTION_ANSWERING: "extractive QA",
    Task.FILL_MASK: "masked language modelling",
    Task.IMAGE_TO_TEXT: "image captioning",
    Task.TEXT_TO_IMAGE: "image generation",
}
_GENERATIVE: Final = frozenset({Task.TEXT_GENERATION, Task.SUMMARIZATION, Task.IMAGE_TO_TEXT})


class Family(StrEnum):
    """Task-specific, or one of the two multi-purpose families."""

    TASK_SPECIFIC = "task-specific"
    FLAN_T5 = "flan-t5"
    BLOOMZ = "bloomz"
    OTHER = "other multi-purpose"
    """Zero-shot models that the release holds and the paper leaves out."""

    @property
    def multi_purpose(self) -> bool:
        """Whether the family serves several tasks by instruction."""
        return self is not Family.TASK_SPECIFIC


class Architecture(StrEnum):
    """The architecture class that the paper's figures distinguish."""

    ENCODER = "encoder"
    DECODER_ONLY = "decoder-only"
    SEQ2SEQ = "seq2seq"
    VISION = "vision"
    DIFFUSION = "diffusion"


class Status(StrEnum):
    """What the paper and its release say of a model or data set."""

    MEASURED = "measured"
    """In the release's measurements and in the paper's tables."""
    TABLE_6_ONLY = "table 6 only"
    """Named by the paper's Table 6, absent from the release's measurements."""
    RELEASE_ONLY = "release only"
    """In the release's measurements, left out by the paper."""
    ADDED = "added"
    """Of a user's own study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of the catalogue.

    Attributes:
        id: as published in 2023, and in the release.
        current_id: where the Hub has it now.
        revision: commit hash of 40 hex digits, or None where none is known.
        tasks: tasks that it was measured on.
        parameters: number of parameters, or None where not published.
        num_beams: beams that its own generation settings ask for, where they ask for some.
        gated: whether the Hub asks for an accepted licence.
        note: one sentence, where there is something to know.
    """

    __pydantic_config__ = STRICT

    id: str
    current_id: str
    revision: str | None = None
    tasks: tuple[Task, ...]
    family: Family
    architecture: Architecture
    parameters: Count | None = None
    num_beams: Count | None = None
    status: Status = Status.MEASURED
    gated: bool = False
    weights: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A data set of the catalogue, as one task reads it.

    Attributes:
        key: short name, unique, as in the release's file names where it has one (`sst2`, `coco`).
        id: as published in 2023; `current_id`, `revision`: where the Hub has it now.
        tasks: tasks that read it.
        config, split: of the 2023 loading.
        current_config, current_split: of the current one, where they differ.
        fields: columns read, in order.
        scripted: whether the 2023 version needs a loading script, which is never run.
        files: of the pinned commit, those that hold the split, in order; empty where nothing is pinned.
    """

    __pydantic_config__ = STRICT

    key: str
    id: str
    current_id: str
    tasks: tuple[Task, ...]
    config: str | None = None
    split: str
    current_config: str | None = None
    current_split: str | None = None
    revision: str | None = None
    fields: tuple[str, ...]
    status: Status = Status.MEASURED
    gated: bool = False
    scripted: bool = False
    files: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Everything that decides the amount of compute of a generative call. None: the task does not generate.

    Attributes:
        max_new_tokens, min_new_tokens: decoder steps asked for.
        max_length, min_length: the published way to say so, where the study used it (counts the start token).
        num_beams: beams; 1 is greedy.
        do_sample: the study never samples in the kit.
        denoising_steps: of a diffusion pipeline.
        height, width: pixels of a made image.
    """

    __pydantic_config__ = STRICT

    max_new_tokens: Count | None = None
    min_new_tokens: Count | None = None
    max_length: Count | None = None
    min_length: Count | None = None
    num_beams: Count | None = None
    do_sample: bool | None = None
    denoising_steps: Count | None = None
    height: Count | None = None
    width: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How a cell is measured; every field means something for its energy.

    Attributes:
        pipeline: name of the Transformers pipeline, or `diffusion`.
        inferences: calls in a window.
        preprocessing: rule that makes an input of a row.
        prompt: template with `{text}` or `{question}` and `{context}`, for the multi-purpose families.
        generation: lengths, beams, steps.
        dtype: of the weights in memory.
        warm_up: inferences before the window opens.
        artefacts: `hub` (the published weights and data) or `embedded` (seeded weights, the kit's own inputs).
    """

    __pydantic_config__ = STRICT

    pipeline: str
    inferences: Count
    preprocessing: str
    prompt: str | None = None
    generation: Generation | None = None
    dtype: str = "float32"
    warm_up: Annotated[int, Ge(0)] = 0
    artefacts: str = "hub"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One (model, data set, task, protocol).

    The id is a hash of the fields that mean something for the measurement, so
    that the plan and the journal arrive at the same one.
    """

    task: Task
    model: Model
    dataset: Dataset
    protocol: Protocol

    @cached_property
    def cell_id(self) -> str:
        """Sixteen hexadecimal digits of the hash of `identity`."""
        return digest(self.identity)[:16]

    @property
    def identity(self) -> dict[str, Any]:
        """The fields that mean something."""
        return {
            "task": self.task.value,
            "model": self.model.id,
            "family": self.model.family.value,
            "revision": self.model.revision,
            "dataset": self.dataset.key,
            "dataset_id": self.dataset.id,
            "config": self.dataset.config,
            "split": self.dataset.split,
            "fields": list(self.dataset.fields),
            "protocol": asdict(self.protocol),
        }

    @property
    def key(self) -> CellKey:
        """What identifies the cell across protocols, for the comparison with the paper."""
        return CellKey(self.task, self.model.id, self.dataset.key)


@dataclass(frozen=True, slots=True, order=True)
class CellKey:
    """Task, published model id and data set key: what two studies of the same design have in common."""

    task: Task
    model: str
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """A cell and how often it is repeated."""

    cell: Cell
    repetitions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is to be measured.

    Attributes:
        name, title: of the profile or of the user's study.
        description: one paragraph.
        device: `cuda` or `cpu`.
        country: ISO 3166-1 alpha-3 code of the grid, for CodeCarbon's offline tracker.
        region: state or province, where CodeCarbon knows it.
        time_limit_s: for each run; the first of a model includes the start of its process.
        idle_s: length of each idle baseline (before anything is loaded, before and after each window); 0 for none, as
            published.
        load_each_run: whether every run loads its model anew, as published, or the first one of its process alone.
        meters: names of the meters that read every window.
        seed: of a random order of cells and of made inputs.
        procedure: what is done for the measurements beyond the published protocol.
        deviations: what differs from the published protocol, each one sentence.
        cells: in the order in which they are listed, and measured unless the procedure shuffles them.
    """

    name: str
    title: str
    description: str
    device: str
    country: str
    region: str | None
    time_limit_s: float
    seed: int
    deviations: tuple[str, ...]
    idle_s: float = 0.0
    load_each_run: bool = True
    meters: tuple[str, ...] = ("codecarbon",)
    procedure: Procedure = field(default=Procedure())
    cells: tuple[PlannedCell, ...] = field(default=())

    @property
    def study_id(self) -> str:
        """Hash of everything that decides what is measured: settings, cells and repetitions, in order.

        The published procedure leaves no trace in it: a study keeps the id that it had before there was another.
        """
        procedure = {} if self.procedure == Procedure() else {"procedure": asdict(self.procedure)}
        return digest(
            {
                **procedure,
                "device": self.device,
                "country": self.country,
                "region": self.region,
                "seed": self.seed,
                "idle_s": self.idle_s,
                "load_each_run": self.load_each_run,
                "meters": list(self.meters),
                "cells": [[planned.cell.cell_id, planned.repetitions] for planned in self.cells],
            }
        )
