"""Counting what inferences do, by hooks that cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.errors import MeasurementError
from kit.model.runs import Work
from kit.model.study import Generation


class Counter:
    """Counts of inferences, tokens, images and steps since the last `take`.

    Attributes:
        steps, output_tokens: None until something that can be counted is watched.
    """

    def __init__(self) -> None:
        self.inferences = 0
        self.images: int | None = None
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self.steps: int | None = None

    def take(self) -> Work:
        """The counts, which start anew."""
        work = Work(self.inferences, self.input_tokens, self.output_tokens, self.images, self.steps)
        self.inferences = 0
        for name in ("images", "input_tokens", "output_tokens", "steps"):
            if getattr(self, name) is not None:
                setattr(self, name, 0)
        return work

    def watch_tokens(self, model: Any) -> None:
        """Count the tokens that enter a model which does not generate."""
        self.input_tokens = 0

        def count(_module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            ids = kwargs.get("input_ids", args[0] if args else None)
            if ids is not None and self.input_tokens is not None:
                self.input_tokens += int(ids.numel())

        model.register_forward_pre_hook(count, with_kwargs=True)

    def watch_images(self) -> None:
        """Count an image for every inference."""
        self.images = 0

    def watch_generation(self, model: Any, *, input_is_text: bool, decoder_only: bool) -> None:
        """Count input tokens, output tokens and decoder steps of a model's `generate`.

        A step is one pass through the decoder, whatever the number of beams.
        Output tokens are those of the sequence that is returned, without the
        prompt and without the token that starts a decoder. BLIP-2 leaves all of
        it to a language model of its own, which may be of either kind.
        """
        self.output_tokens = self.steps = 0
        if input_is_text:
            self.input_tokens = 0
        speaker = model if input_is_text else getattr(model, "language_model", model)
        repeats_prompt = decoder_only or (speaker is not model and not speaker.config.is_encoder_decoder)
        generate: Callable[..., Any] = speaker.generate
        decoder = model if decoder_only else _decoder(speaker)

        def step(*_: Any) -> None:
            if self.steps is not None:
                self.steps += 1

        decoder.register_forward_pre_hook(step)

        def counted(*args: Any, **kwargs: Any) -> Any:
            output = generate(*args, **kwargs)
            ids = kwargs.get("input_ids", args[0] if args and input_is_text else None)
            prompt = int(ids.shape[-1]) if ids is not None else 0
            sequences = output if hasattr(output, "shape") else output.sequences
            produced = int(sequences.shape[-1]) - (prompt if repeats_prompt else 1)
            if self.output_tokens is not None:
                self.output_tokens += produced
            if self.input_tokens is not None:
                self.input_tokens += prompt
            return output

        speaker.generate = counted

    def watch_denoiser(self, denoiser: Any) -> None:
        """Count the evaluations of a diffusion pipeline's denoiser, and images made."""
        self.steps = self.images = 0

        def step(*_: Any) -> None:
            if self.steps is not None:
                self.steps += 1

        denoiser.register_forward_pre_hook(step)


def check_steps(work: Work, generation: Generation | None, what: str) -> None:
    """See that as many decoder steps were made as the protocol forces.

    Raises:
        MeasurementError: if not; the energy would be that of another workload.
    """
    if generation is None or work.steps is None or not work.inferences:
        return
    forced = generation.max_new_tokens
    if forced is None or forced != generation.min_new_tokens:
        return
    if work.steps != forced * work.inferences:
        raise MeasurementError(
            f"{what}: {work.steps} decoder steps in {work.inferences} inferences, "
            f"where {forced * work.inferences} are forced",
            "the generation settings did not reach the model; this is a fault of the kit, please report it",
        )


def _decoder(model: Any) -> Any:
    """The part of a generating model that makes one pass a step."""
    for name in ("decoder", "text_decoder"):
        found = getattr(model, name, None)
        if found is not None:
            return found
    inner = getattr(model, "model", None)
    return getattr(inner, "decoder", model) if inner is not None else model
