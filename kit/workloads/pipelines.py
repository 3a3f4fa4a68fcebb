"""The study's Transformers pipelines: what each is called with, and how its work is counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from kit.errors import MeasurementError
from kit.model.runs import Work
from kit.model.study import Cell, Generation
from kit.workloads.counting import Counter, check_steps
from kit.workloads.interface import Setting
from kit.workloads.libraries import load_error, quiet_libraries, synchronize, torch_dtype
from kit.workloads.preprocessing import inputs_of
from kit.workloads.rows import rows_of


@dataclass(frozen=True, slots=True)
class PipelineKind:
    """What differs between pipelines.

    Attributes:
        arguments: of every call, from the cell's generation settings.
        generates: whether it calls the model's `generate`.
        reads_images: whether an input is an image.
        decoder_only: whether the returned sequence begins with the prompt.
    """

    arguments: Callable[[Generation], dict[str, Any]]
    generates: bool = False
    reads_images: bool = False
    decoder_only: bool = False


def new_tokens(generation: Generation) -> dict[str, int]:
    """Lengths in new tokens. A length that counts the decoder's start token is one more than what it lets through.

    `max_new_tokens` is always stated: the pipelines' own default of 256 would override a `max_length`.
    """
    lengths: dict[str, int] = {}
    for bound in ("max", "min"):
        new, whole = getattr(generation, f"{bound}_new_tokens"), getattr(generation, f"{bound}_length")
        if new is not None:
            lengths[f"{bound}_new_tokens"] = new
        elif whole is not None:
            lengths[f"{bound}_new_tokens"] = whole - 1
    return lengths


def _search(generation: Generation) -> dict[str, Any]:
    return {"num_beams": generation.num_beams or 1, "do_sample": bool(generation.do_sample)}


def _nothing(_generation: Generation) -> dict[str, Any]:
    return {}


def _generation(generation: Generation) -> dict[str, Any]:
    return {**new_tokens(generation), **_search(generation)}


def _truncated_generation(generation: Generation) -> dict[str, Any]:
    return {**_generation(generation), "truncation": True}


def _captioning(generation: Generation) -> dict[str, Any]:
    lengths = new_tokens(generation)
    longest = lengths.pop("max_new_tokens")
    return {"max_new_tokens": longest, "generate_kwargs": {**lengths, **_search(generation)}}


KINDS: Final[Mapping[str, PipelineKind]] = {
    "text-classification": PipelineKind(lambda _generation: {"truncation": True}),
    "token-classification": PipelineKind(_nothing),
    "question-answering": PipelineKind(_nothing),
    "fill-mask": PipelineKind(_nothing),
    "text-generation": PipelineKind(_generation, generates=True, decoder_only=True),
    "summarization": PipelineKind(_truncated_generation, generates=True),
    "text2text-generation": PipelineKind(_truncated_generation, generates=True),
    "image-classification": PipelineKind(_nothing, reads_images=True),
    "object-detection": PipelineKind(_nothing, reads_images=True),
    "image-to-text": PipelineKind(_captioning, generates=True, reads_images=True),
}


UNSTATED: Final = 10**9
"""A tokenizer whose files do not state the longest input has a number beyond all measure in its place."""


def state_longest_input(tokenizer: Any, model: Any) -> None:
    """Tell a tokenizer that does not know how long an input may be what its model's positions allow.

    Without it `truncation` cuts nothing, and a longer text breaks the model: on a GPU the whole process with it.
    Models of RoBERTa's kind count positions from the one after that of the padding.
    """
    if tokenizer is None or tokenizer.model_max_length < UNSTATED:
        return
    longest = getattr(model.config, "max_position_embeddings", None)
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            longest = module.num_embeddings - module.padding_idx - 1
    if longest is not None:
        tokenizer.model_max_length = longest


class PipelineWorkload:
    """A cell of a Transformers pipeline."""

    def __init__(self, cell: Cell, setting: Setting) -> None:
        self.cell = cell
        self._kind = KINDS[cell.protocol.pipeline]
        self._setting = setting
        self._counter = Counter()
        self._arguments = self._kind.arguments(cell.protocol.generation or Generation())
        self._pipeline: Any = None

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """The inputs of warm-up and window."""
        count = self.cell.protocol.warm_up + self.cell.protocol.inferences
        rows = rows_of(self.cell, count, self._setting)
        tokenizer = getattr(self._loaded(), "tokenizer", None)
        return inputs_of(rows, self.cell, getattr(tokenizer, "mask_token", None))[:count]

    def load(self) -> None:
        """Build the pipeline, on the device, in the protocol's precision."""
        quiet_libraries()
        from transformers import pipeline

        model, own = self.cell.model, self.cell.protocol.artefacts != "hub"
        name, revision = (model.id, None) if own else (model.current_id, model.revision)
        try:
            self._pipeline = pipeline(
                self.cell.protocol.pipeline,
                model=name,
                config=self._detector_config(name, revision),
                revision=revision,
                device=0 if self._setting.device == "cuda" else -1,
                dtype=torch_dtype(self.cell.protocol.dtype),
                trust_remote_code=False,
                model_kwargs={"cache_dir": str(self._setting.hub), "local_files_only": self._setting.offline},
            )
        except (OSError, ValueError) as error:
            raise load_error(model, error) from error
        state_longest_input(self._pipeline.tokenizer, self._pipeline.model)
        self._watch(self._pipeline.model)

    def _detector_config(self, name: str, revision: str | None) -> Any:
        """The configuration of an object detector without weights of its backbone alone; None for other models.

        timm would ask the Hub for them, only for the detector's own weights to replace them.
        """
        if self.cell.protocol.pipeline != "object-detection":
            return None
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(
            name,
            revision=revision,
            cache_dir=str(self._setting.hub),
            local_files_only=self._setting.offline,
            trust_remote_code=False,
        )
        if getattr(config, "use_pretrained_backbone", False):
            config.use_pretrained_backbone = False
        return config

    def call(self, item: Any) -> Any:
        """One inference of one input."""
        counter = self._counter
        counter.inferences += 1
        if counter.images is not None:
            counter.images += 1
        return self._pipeline(item, **self._arguments)

    def synchronize(self) -> None:
        """Wait until the device has done all that it was given."""
        synchronize(self._setting.device)

    def take_work(self) -> Work:
        """What was done since the last time."""
        work = self._counter.take()
        check_steps(work, self.cell.protocol.generation, f"{self.cell.model.id} on {self.cell.dataset.key}")
        return work

    def _loaded(self) -> Any:
        if self._pipeline is None:
            raise MeasurementError(f"{self.cell.model.id}: not loaded", "this is a fault of the kit, please report it")
        return self._pipeline

    def _watch(self, model: Any) -> None:
        if self._kind.reads_images:
            self._counter.watch_images()
        if self._kind.generates:
            self._counter.watch_generation(
                model, input_is_text=not self._kind.reads_images, decoder_only=self._kind.decoder_only
            )
        elif not self._kind.reads_images:
            self._counter.watch_tokens(model)
