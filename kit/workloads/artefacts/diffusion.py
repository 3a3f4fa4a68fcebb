"""Stable Diffusion pipelines: UNet, autoencoder and text encoders with seeded weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from kit.workloads.artefacts.tokenizers import CLIP_SIZE, save_tokenizer

UNET: Final[Mapping[str, Any]] = {
    "sample_size": 64,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3,
    "up_block_types": ("CrossAttnUpBlock2D",) * 3,
    "mid_block_type": None,
    "layers_per_block": 1,
    "attention_head_dim": 8,
}
"""Of the small pipelines; larger ones state their own."""

VAE: Final[Mapping[str, Any]] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 512,
}
SCHEDULE: Final[Mapping[str, Any]] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
}
SCHEDULERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "PNDMScheduler": {**SCHEDULE, "skip_prk_steps": True, "set_alpha_to_one": False},
    "DDIMScheduler": {**SCHEDULE, "clip_sample": False, "set_alpha_to_one": False},
    "EulerDiscreteScheduler": SCHEDULE,
}


def save_diffusion(
    pipeline: str, parts: Mapping[str, Any], folder: Path, *, seed: int, fill: Callable[[Any, int], None]
) -> None:
    """Build a pipeline and put its files into a folder.

    Args:
        pipeline: name of the Diffusers class.
        parts: `unet`, `vae` and `text` with the values that differ between models, `text_2` where there is a second
            text encoder, `scheduler` and `scheduler_config` where it is not the PNDM one.
        fill: gives a module its seeded weights.
    """
    import diffusers
    from transformers import CLIPTextModel, CLIPTextModelWithProjection
    from transformers.modeling_utils import no_init_weights

    with no_init_weights():
        modules = {
            "unet": diffusers.UNet2DConditionModel(**{**UNET, **_tuples(parts["unet"])}),
            "vae": diffusers.AutoencoderKL(**{**VAE, **_tuples(parts["vae"])}),
            "text_encoder": CLIPTextModel(_text_config(parts["text"])),
        }
        if "text_2" in parts:
            modules["text_encoder_2"] = CLIPTextModelWithProjection(_text_config(parts["text_2"]))
    for module in modules.values():
        fill(module, seed)
    name = parts.get("scheduler", "PNDMScheduler")
    scheduler = getattr(diffusers, name)(**SCHEDULERS[name], **parts.get("scheduler_config", {}))
    words = _tokenizer(folder)
    others = {"tokenizer_2": words} if "text_2" in parts else {"safety_checker": None, "requires_safety_checker": False}
    getattr(diffusers, pipeline)(
        **{part: module.half() for part, module in modules.items()},
        tokenizer=words,
        scheduler=scheduler,
        feature_extractor=None,
        **others,
    ).save_pretrained(folder, safe_serialization=True)


def _text_config(values: Mapping[str, Any]) -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(**{"vocab_size": CLIP_SIZE, "projection_dim": 768, **values})


def _tokenizer(folder: Path) -> Any:
    """CLIP's tokenizer; the pipeline saves it where it belongs."""
    from transformers import CLIPTokenizer

    words = folder / "words"
    words.mkdir()
    save_tokenizer("clip", CLIP_SIZE, words)
    tokenizer = CLIPTokenizer.from_pretrained(words)
    for path in words.iterdir():
        path.unlink()
    words.rmdir()
    return tokenizer


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
