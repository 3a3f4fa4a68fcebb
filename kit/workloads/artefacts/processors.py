"""Image processors of the published kinds, with the published sizes; those of detection also for little images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

LITTLE: Final = {"shortest_edge": 64, "longest_edge": 128}
"""What detection brings images to in tests; DETA needs 1,000 places in an image to choose from."""

SETTINGS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "vit": ("ViTImageProcessor", {"size": {"height": 224, "width": 224}}),
    "vit-384": ("ViTImageProcessor", {"size": {"height": 384, "width": 384}}),
    "beit": ("BeitImageProcessor", {"size": {"height": 224, "width": 224}, "do_center_crop": False}),
    "resnet": ("ConvNextImageProcessor", {"size": {"shortest_edge": 224}, "crop_pct": 0.875}),
    "convnext": ("ConvNextImageProcessor", {"size": {"shortest_edge": 224}, "crop_pct": 0.875}),
    "convnext-384": ("ConvNextImageProcessor", {"size": {"shortest_edge": 384}}),
    "mobilenet-192": (
        "MobileNetV1ImageProcessor",
        {"size": {"shortest_edge": 205}, "crop_size": {"height": 192, "width": 192}},
    ),
    "yolos": ("YolosImageProcessor", {"size": {"shortest_edge": 512, "longest_edge": 1333}}),
    "yolos-little": ("YolosImageProcessor", {"size": LITTLE}),
    "detr": ("DetrImageProcessor", {"size": {"shortest_edge": 800, "longest_edge": 1333}}),
    "detr-little": ("DetrImageProcessor", {"size": LITTLE}),
    "deformable-detr-little": ("DeformableDetrImageProcessor", {"size": LITTLE}),
    "deta-little": ("DetaImageProcessor", {"size": {"shortest_edge": 256, "longest_edge": 512}}),
}
"""Processors of images alone: class and what differs from its defaults."""


def save_processor(kind: str, folder: Path) -> None:
    """Put the files of an image processor into a model's folder.

    Args:
        kind: one of `SETTINGS`, or `blip`, `blip2`, `git` or `pix2struct`, which take in the folder's tokenizer.
    """
    import transformers

    if kind in SETTINGS:
        name, settings = SETTINGS[kind]
        getattr(transformers, name)(**settings).save_pretrained(folder)
        return
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    makers: dict[str, Callable[[], Any]] = {
        "blip": lambda: transformers.BlipProcessor(transformers.BlipImageProcessor(), tokenizer),
        "blip2": lambda: transformers.Blip2Processor(
            transformers.BlipImageProcessor(size={"height": 224, "width": 224}), tokenizer
        ),
        "git": lambda: transformers.GitProcessor(transformers.CLIPImageProcessor(), tokenizer),
        "pix2struct": lambda: transformers.Pix2StructProcessor(
            transformers.Pix2StructImageProcessor(max_patches=64), tokenizer
        ),
    }
    makers[kind]().save_pretrained(folder)
