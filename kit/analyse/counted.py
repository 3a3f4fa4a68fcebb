"""Which readings of a window make its energy within a boundary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kit.model.readings import Provenance, Reading
from kit.model.results import Boundary
from kit.model.runs import Window

Counted = Callable[[Window, Boundary], tuple[Reading, ...] | None]
"""The readings of a window that are counted within a boundary, or None where it is not available. For `net` they are
the device's, gross: the idle power is taken away by the caller."""

PUBLISHED_METER: Final = "codecarbon"
_BEST_FIRST: Final = (Provenance.COUNTER, Provenance.POWER_INTEGRAL, Provenance.MODEL)


def counted_for(device: str) -> Counted:
    """The rule for a study whose work is done by `cuda` or by `cpu`."""
    prefix = "gpu/" if device == "cuda" else "cpu"

    def counted(window: Window, boundary: Boundary) -> tuple[Reading, ...] | None:
        if boundary is Boundary.PUBLISHED:
            return tuple(reading for reading in window.readings if reading.meter.startswith(PUBLISHED_METER)) or None
        best = _best([reading for reading in window.readings if reading.component.startswith(prefix)])
        return None if best is None else (best,)

    return counted


def _best(readings: list[Reading]) -> Reading | None:
    """One reading of the device alone: counter before sampled power before model, another meter before CodeCarbon.

    A sum over several GPUs does not tell what the one at work took, and a constant says nothing of the work.
    """
    usable = [
        reading
        for reading in readings
        if reading.provenance in _BEST_FIRST and not reading.component.startswith("gpu/sum-of-")
    ]
    return min(
        usable,
        key=lambda reading: (_BEST_FIRST.index(reading.provenance), reading.meter.startswith(PUBLISHED_METER)),
        default=None,
    )
