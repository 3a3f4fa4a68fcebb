"""What a meter reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Provenance(StrEnum):
    """Where an energy comes from. Never mixed without being said."""

    COUNTER = "counter"
    """The difference of a hardware energy counter."""
    POWER_INTEGRAL = "power-integral"
    """Sampled power, integrated over time."""
    MODEL = "model"
    """Computed from load and a nominal power: not a measurement."""
    CONSTANT = "constant"
    """A constant power times the duration: not a measurement."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The energy of one component over one window. A component that was not measured has no reading.

    Attributes:
        component: `gpu/<UUID>`, `gpu/sum-of-<n>`, `cpu` or `ram`.
        energy_j: joules, not negative.
        provenance: how it came about.
        meter: the meter that read it, with its version, as `codecarbon 3.3.2`.
        resolution_j: the smallest step of the meter over this window, where known.
    """

    component: str
    energy_j: float
    provenance: Provenance
    meter: str
    resolution_j: float | None = None
