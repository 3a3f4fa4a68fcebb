"""Units of the study. Names carry them; numbers are converted only here."""

from __future__ import annotations

from typing import Final

J_PER_KWH: Final = 3_600_000.0
INFERENCES_PER_FIGURE: Final = 1_000
"""The paper states every energy for 1,000 inferences."""


def kwh_from_j(energy_j: float) -> float:
    """Energy in kilowatt-hours of an energy in joules."""
    return energy_j / J_PER_KWH


def j_from_kwh(energy_kwh: float) -> float:
    """Energy in joules of an energy in kilowatt-hours."""
    return energy_kwh * J_PER_KWH


def per_1000(amount: float, inferences: int) -> float:
    """Scale an amount measured over `inferences` inferences to 1,000 of them.

    Raises:
        ValueError: if no inference was made.
    """
    if inferences <= 0:
        raise ValueError("no inference to scale from")
    return amount * INFERENCES_PER_FIGURE / inferences


def carbon_g(energy_kwh: float, intensity_g_per_kwh: float) -> float:
    """Grams of CO2 equivalent of an energy at a carbon intensity."""
    return energy_kwh * intensity_g_per_kwh
