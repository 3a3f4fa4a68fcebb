"""The study's image generation: a diffusion pipeline with its own defaults, steps stated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from kit.model.runs import Work
from kit.model.study import Cell, Generation
from kit.workloads.counting import Counter
from kit.workloads.interface import Setting
from kit.workloads.libraries import load_error, quiet_libraries, synchronize, torch_dtype
from kit.workloads.preprocessing import inputs_of
from kit.workloads.rows import rows_of


class DiffusionWorkload:
    """A cell of a diffusion pipeline."""

    def __init__(self, cell: Cell, setting: Setting) -> None:
        self.cell = cell
        self._setting = setting
        self._counter = Counter()
        self._pipeline: Any = None
        generation = cell.protocol.generation or Generation()
        stated = {
            "num_inference_steps": generation.denoising_steps,
            "height": generation.height,
            "width": generation.width,
        }
        self._arguments = {name: value for name, value in stated.items() if value is not None}

    @cached_property
    def inputs(self) -> Sequence[Any]:
        """The prompts of warm-up and window."""
        count = self.cell.protocol.warm_up + self.cell.protocol.inferences
        return inputs_of(rows_of(self.cell, count, self._setting), self.cell, None)[:count]

    def load(self) -> None:
        """Build the pipeline on the device; made artefacts have no safety checker."""
        quiet_libraries()
        from diffusers import DiffusionPipeline

        model, own = self.cell.model, self.cell.protocol.artefacts != "hub"
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                model.id if own else model.current_id,
                revision=None if own else model.revision,
                cache_dir=str(self._setting.hub),
                local_files_only=self._setting.offline,
                torch_dtype=torch_dtype(self.cell.protocol.dtype),
                **({"safety_checker": None} if own else {}),
            )
        except (OSError, ValueError) as error:
            raise load_error(model, error) from error
        pipeline.set_progress_bar_config(disable=True)
        self._pipeline = pipeline.to(self._setting.device)
        self._counter.watch_denoiser(self._pipeline.unet)

    def call(self, item: Any) -> Any:
        """One image of one prompt."""
        self._counter.inferences += 1
        if self._counter.images is not None:
            self._counter.images += 1
        return self._pipeline(item, **self._arguments)

    def synchronize(self) -> None:
        """Wait until the device has done all that it was given."""
        synchronize(self._setting.device)

    def take_work(self) -> Work:
        """What was done since the last time; steps are evaluations of the denoiser."""
        return self._counter.take()
