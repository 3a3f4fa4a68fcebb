"""Matrix products on the GPU: a load of known kind for calibrations."""

from __future__ import annotations

import time
from typing import Final

SIDE: Final = 8192


def matrix_products(duration_s: float) -> None:
    """Multiply two float32 matrices of `SIDE` x `SIDE` again and again on `cuda:0`, for some seconds.

    Raises:
        RuntimeError: if torch finds no such GPU.
    """
    import torch

    left = torch.rand(SIDE, SIDE, device="cuda")
    right = torch.rand(SIDE, SIDE, device="cuda")
    end_s = time.perf_counter() + duration_s
    while time.perf_counter() < end_s:
        torch.mm(left, right)
        torch.cuda.synchronize()
