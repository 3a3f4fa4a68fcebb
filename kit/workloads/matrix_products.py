"""Matrix products on the GPU: a load of known kind for calibrations."""

from __future__ import annotations

import time
from typing import Final

SIDE: Final = 8192


def matrix_products(duration_s: float, device: str = "cuda", side: int = SIDE) -> int:
    """Multiply two float32 matrices again and again, for some seconds; at least once.

    Args:
        duration_s: seconds.
        device: torch's name of it.
        side: rows and columns of the matrices.

    Returns:
        How many products were made.

    Raises:
        RuntimeError, AssertionError: if torch finds no such device, or was built without it.
    """
    import torch

    left, right = torch.rand(side, side, device=device), torch.rand(side, side, device=device)
    end_s = time.perf_counter() + duration_s
    made = 0
    while made == 0 or time.perf_counter() < end_s:
        float(torch.mm(left, right)[0, 0])
        made += 1
    return made
