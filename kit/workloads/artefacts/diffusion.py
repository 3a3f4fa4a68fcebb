"""Stable Diffusion pipelines of the small kind: UNet, autoencoder and text encoder with seeded weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from kit.workloads.artefacts.tokenizers import CLIP_SIZE, save_tokenizer

DOWN: Final = ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D")
UP: Final = ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D")
ENCODER: Final = ("DownEncoderBlock2D",) * 4
DECODER: Final = ("UpDecoderBlock2D",) * 4


def save_diffusion(parts: Mapping[str, Any], folder: Path, *, seed: int, fill: Callable[[Any, int], None]) -> None:
    """Build a pipeline and put its files into a folder.

    Args:
        parts: `unet`, `vae` and `text` with the values that differ between sizes.
        fill: gives a module its seeded weights.
    """
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer
    from transformers.modeling_utils import no_init_weights

    words = folder / "words"
    words.mkdir()
    save_tokenizer("clip", CLIP_SIZE, words)
    with no_init_weights():
        unet = UNet2DConditionModel(
            sample_size=64,
            down_block_types=DOWN,
            up_block_types=UP,
            mid_block_type=None,
            layers_per_block=1,
            **{"attention_head_dim": 8, **_tuples(parts["unet"])},
        )
        vae = AutoencoderKL(
            down_block_types=ENCODER,
            up_block_types=DECODER,
            layers_per_block=2,
            latent_channels=4,
            sample_size=512,
            **_tuples(parts["vae"]),
        )
        text = CLIPTextModel(CLIPTextConfig(vocab_size=CLIP_SIZE, projection_dim=768, **parts["text"]))
    for module in (unet, vae, text):
        fill(module, seed)
    scheduler = PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    pipeline = StableDiffusionPipeline(
        vae=vae.half(),
        text_encoder=text.half(),
        tokenizer=CLIPTokenizer.from_pretrained(words),
        unet=unet.half(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    for path in words.iterdir():
        path.unlink()
    words.rmdir()
    pipeline.save_pretrained(folder, safe_serialization=True)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
