"""Powers over time, as piecewise constant steps, and the lines that tell the stand-in of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

IDLE_W = 60.0
LIMIT_W = 400.0

Steps = list[tuple[float, float]]
"""(from second, watts), ascending."""


def constant(length_s: float, seed: int) -> Steps:
    return [(0.0, 250.0)]


def step(length_s: float, seed: int) -> Steps:
    """A load that comes and goes each 0.7 s."""
    return [(0.7 * place, 350.0 if place % 2 else 150.0) for place in range(int(length_s / 0.7) + 1)]


def ramp(length_s: float, seed: int) -> Steps:
    """From 100 to 380 W in two seconds, again and again, in steps of 1 ms."""
    return [(place / 1000, 100 + 280 * (place % 2000) / 2000) for place in range(int(length_s * 1000) + 1)]


def spiky(length_s: float, seed: int) -> Steps:
    """Idle and full power in turn, for random times of 30 ms in the mean."""
    dice = random.Random(seed)
    steps, at_s, high = [], 0.0, False
    while at_s < length_s:
        steps.append((at_s, LIMIT_W if high else IDLE_W))
        at_s, high = at_s + dice.expovariate(1 / 0.03), not high
    return steps


SHAPES: dict[str, Callable[[float, int], Steps]] = {
    "constant": constant, "step": step, "ramp": ramp, "spiky": spiky,
}  # fmt: skip


def after_idle(idle_s: float, steps: Steps) -> Steps:
    """The same power, after some seconds of idling."""
    return [(0.0, IDLE_W), *((idle_s + at_s, power_w) for at_s, power_w in steps)]


def uuid(place: int) -> str:
    """A UUID as NVML gives them; GPU 0 and GPU 1 begin alike."""
    return f"GPU-{'abcdef00' if place < 2 else f'{place:08x}'}-1111-2222-3333-{place:012x}"


def device_lines(powers: Sequence[Steps], period_s: float, *, names: Sequence[str] = ()) -> str:
    """Lines for GPUs with these powers; each counter ticks at a phase of its own."""
    lines: list[str] = []
    for place, steps in enumerate(powers):
        name = names[place] if names else "Standin-80GB"
        lines.append(f"gpu {uuid(place)} {name} {period_s} {period_s * (0.37 * place % 1):.6f} {LIMIT_W}")
        lines += [f"power {place} {at_s:.9f} {power_w}" for at_s, power_w in steps]
    return "\n".join(lines) + "\n"
