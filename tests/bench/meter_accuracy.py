"""The accuracy of the meters against the stand-in for NVML, as a table.

Real nvidia-ml-py and real CodeCarbon, on simulated GPUs whose true energy is
known. Errors are the greatest over windows of each length that open at random
times. Run it with `python -m tests.bench.meter_accuracy`.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

from tests.standin.build import Standin, build
from tests.standin.shapes import SHAPES, after_idle, device_lines

GPUS = (1, 4, 8)
PERIODS_S = (0.02, 0.1)
WINDOWS_S = (0.537, 2.17, 10.31, 61.7)
WINDOWS_OF_EACH = 3
IDLE_S = 5.0


def accuracy(standin: Standin) -> list[dict[str, Any]]:
    """One row a number of GPUs, shape of power and update period: greatest relative errors by meter and length."""
    cases = [(gpus, shape, period_s) for gpus in GPUS for shape in SHAPES for period_s in PERIODS_S]
    length_s = IDLE_S + WINDOWS_OF_EACH * (sum(WINDOWS_S) + 2 * len(WINDOWS_S))
    aligned, plain = (
        standin.run([_job(*case, length_s, meters) for case in cases]) for meters in (["nvml"], ["codecarbon"])
    )
    return [
        {"gpus": gpus, "power": shape, "period_s": period_s, **_errors(nvml, "nvml"), **_errors(carbon, "codecarbon")}
        for (gpus, shape, period_s), nvml, carbon in zip(cases, aligned, plain, strict=True)
    ]


def _job(gpus: int, shape: str, period_s: float, length_s: float, meters: list[str]) -> dict[str, Any]:
    powers = [after_idle(IDLE_S, SHAPES[shape](length_s, place)) for place in range(gpus)]
    dice = random.Random(f"{gpus} {shape} {period_s}")
    plan: list[list[Any]] = [["window", "idle-before", 3.5], ["wait", 2 + dice.random()]]
    for duration_s in WINDOWS_S * WINDOWS_OF_EACH:
        plan += [["window", "query", duration_s], ["wait", dice.random()]]
    return {"devices": device_lines(powers, period_s), "meters": meters, "plan": plan}


def _errors(answer: dict[str, Any], meter: str) -> dict[str, float]:
    idle, *queries = answer["windows"]
    errors: dict[str, float] = {}

    def note(name: str, error: float) -> None:
        errors[name] = max(errors.get(name, 0.0), error)

    for window in queries:
        energy_j, resolution_j = _counted(window)
        truth_j = window["true_j"][0] if meter == "nvml" else sum(window["true_j"])
        length_s = min(WINDOWS_S, key=lambda length: abs(length - window["duration_s"]))
        note(f"{meter} {length_s:g} s", abs(energy_j / truth_j - 1))
        note(f"{meter} error over stated", abs(energy_j - truth_j) / resolution_j)
        if meter == "nvml":
            idle_w, true_idle_w = (value / idle["duration_s"] for value in (_counted(idle)[0], idle["true_j"][0]))
            net_j, true_net_j = (
                gross_j - power_w * window["duration_s"]
                for gross_j, power_w in ((energy_j, idle_w), (truth_j, true_idle_w))
            )
            note("net", abs(net_j / true_net_j - 1))
    return errors


def _counted(window: dict[str, Any]) -> tuple[float, float]:
    (found,) = [
        item for item in window["readings"] if item["component"].startswith("gpu/") and item["provenance"] == "counter"
    ]
    return found["energy_j"], found["resolution_j"]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = accuracy(build(Path(folder)))
    names = [f"{meter} {length_s:g} s" for meter in ("nvml", "codecarbon") for length_s in WINDOWS_S]
    names[len(WINDOWS_S) : len(WINDOWS_S)] = ["net"]
    stated = ["nvml error over stated", "codecarbon error over stated"]
    print("Greatest error of the meters against the true energy of simulated GPUs")
    print("  ".join(["GPUs", "power   ", "period", *names, *stated]))
    for row in rows:
        values = [f"{row[name]:.3%}".rjust(len(name)) for name in names]
        values += [f"{row[name]:.2f}".rjust(len(name)) for name in stated]
        print("  ".join([f"{row['gpus']:4d}", row["power"].ljust(8), f"{1000 * row['period_s']:3.0f} ms", *values]))


if __name__ == "__main__":
    main()
