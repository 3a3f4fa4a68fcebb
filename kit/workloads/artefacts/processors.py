"""Image processors of the published kinds, with the published sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def save_processor(kind: str, folder: Path, *, tiny: bool) -> None:
    """Put the files of an image processor into a model's folder.

    Args:
        kind: `vit`, `resnet`, `yolos`, `detr`, `blip` or `git`.
        tiny: whether detection works on small images, for tests.
    """
    import transformers

    edges = {"shortest_edge": 64, "longest_edge": 128} if tiny else {"shortest_edge": 800, "longest_edge": 1333}
    yolos = edges if tiny else {"shortest_edge": 512, "longest_edge": 1333}
    makers: dict[str, Callable[[], Any]] = {
        "vit": lambda: transformers.ViTImageProcessor(size={"height": 224, "width": 224}),
        "resnet": lambda: transformers.ConvNextImageProcessor(size={"shortest_edge": 224}, crop_pct=0.875),
        "yolos": lambda: transformers.YolosImageProcessor(size=yolos),
        "detr": lambda: transformers.DetrImageProcessor(size=edges),
        "blip": lambda: transformers.BlipProcessor(
            transformers.BlipImageProcessor(), transformers.AutoTokenizer.from_pretrained(folder)
        ),
        "git": lambda: transformers.GitProcessor(
            transformers.CLIPImageProcessor(), transformers.AutoTokenizer.from_pretrained(folder)
        ),
    }
    makers[kind]().save_pretrained(folder)
