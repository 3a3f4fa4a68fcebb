"""The known load of a calibration: one that anyone can repeat, on the device of the study."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from kit.errors import MeasurementError, StudyError
from kit.meters.gpus import NoNvmlError, list_gpus, visible_gpus


def present_device(wanted: str | None) -> str:
    """The device to calibrate: as wanted, or `cuda` where a GPU is visible and `cpu` elsewhere.

    Raises:
        StudyError: if what is wanted is neither.
    """
    if wanted is not None:
        if wanted not in ("cuda", "cpu"):
            raise StudyError(f"{wanted}: no device of the kit", "choose cuda or cpu")
        return wanted
    try:
        gpus = list_gpus()
    except NoNvmlError:
        return "cpu"
    visible = visible_gpus(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("CUDA_DEVICE_ORDER"))
    return "cuda" if visible else "cpu"


def default_meters(device: str) -> list[str]:
    """CodeCarbon, and on a GPU its own counter beside it."""
    return ["nvml", "codecarbon"] if device == "cuda" else ["codecarbon"]


def known_load(device: str) -> tuple[Callable[[float], None], str]:
    """A function that keeps the device busy for some seconds, and what it does, in words.

    Raises:
        MeasurementError: if the GPU cannot be used.
    """
    if device == "cpu":
        return _busy_core, "one core busy with integer additions"
    from kit.workloads.matrix_products import SIDE, matrix_products

    def load(duration_s: float) -> None:
        try:
            matrix_products(duration_s)
        except (RuntimeError, AssertionError) as error:
            raise MeasurementError(
                f"the GPU cannot be used: {error}", "run `kit doctor`, or calibrate with --device cpu"
            ) from error

    return load, f"float32 matrix products of {SIDE} x {SIDE} on cuda:0"


def _busy_core(duration_s: float) -> None:
    end_s = time.perf_counter() + duration_s
    total = 0
    while time.perf_counter() < end_s:
        for number in range(10_000):
            total += number & 7
