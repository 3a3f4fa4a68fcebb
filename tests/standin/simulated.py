"""The program that runs on the stand-in: real nvidia-ml-py, real CodeCarbon, the kit's meters, a virtual clock.

Reads a job from stdin and prints its result. A job has `devices` (the lines of the stand-in's file), `meters`,
`device`, `gpu`, `visible` (CUDA_VISIBLE_DEVICES), `order` (CUDA_DEVICE_ORDER), and `plan`: a list of ["wait", seconds]
and ["window", label, seconds, jump of the wall clock, [watts of GPU 0 in the window, and after it]], of which the last
two may be left out. The result has a list of windows with their readings and true energies, the files written, and an
error with its kind, message and advice if there was one.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kit.errors import KitError
from kit.meters import Clock, MeterSetting, open_meters
from kit.meters.interface import Meter

WALL_S = 1_700_000_000.0


class Device:
    """The stand-in, loaded where nvidia-ml-py will find it, and its clock."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libnvidia-ml.so.1")
        for name in ("standin_now", "standin_true_j"):
            getattr(self.library, name).restype = ctypes.c_double
        self._due: list[list[Any]] = []
        self.wall_shift_s = 0.0

    def load(self, lines: str) -> None:
        self._due = []
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(lines)
            file.flush()
            self.library.standin_load(file.name.encode())

    def now(self) -> float:
        return float(self.library.standin_now())

    def wall(self) -> float:
        return WALL_S + self.now() + self.wall_shift_s

    def true_j(self, gpu: int, from_s: float, to_s: float) -> float:
        return float(self.library.standin_true_j(gpu, ctypes.c_double(from_s), ctypes.c_double(to_s)))

    def set_power(self, gpu: int, power_w: float) -> None:
        self.library.standin_set_power(gpu, ctypes.c_double(power_w))

    def sleep(self, duration_s: float) -> None:
        """Let virtual time pass; what is to be called each so often is called when it is due."""
        end_s = self.now() + duration_s
        while self.now() < end_s:
            due_s = min([end_s, *(item[0] for item in self._due)])
            self.library.standin_advance(ctypes.c_double(max(0.0, due_s - self.now())))
            for item in self._due:
                if item[0] <= self.now():
                    item[0] += item[1]
                    item[2]()

    def every(self, period_s: float, function: Callable[[], None]) -> Callable[[], None]:
        item = [self.now() + period_s, period_s, function]
        self._due.append(item)
        return lambda: self._due.remove(item)

    def use_real_clock(self) -> None:
        """Let the meters and the plan go by the machine's own clock, as the stand-in does with `clock real`."""
        self.sleep = time.sleep  # type: ignore[method-assign]
        self.clock = Clock  # type: ignore[method-assign]

    def clock(self) -> Clock:
        return Clock(now=self.now, wall=self.wall, sleep=self.sleep, every=self.every)


def measure(device: Device, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Do what a job plans, on the devices that it describes."""
    device.load(job["devices"])
    if "clock real" in job["devices"]:
        device.use_real_clock()
    for name, value in (("CUDA_VISIBLE_DEVICES", job.get("visible")), ("CUDA_DEVICE_ORDER", job.get("order"))):
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    setting = MeterSetting(
        folder=folder,
        device=job.get("device", "cuda"),
        country="USA",
        gpu=job.get("gpu", 0),
        forced=job.get("forced", False),
        clock=device.clock(),
    )
    meters = open_meters(job["meters"], setting)
    done: dict[str, Any] = {"windows": []}
    try:
        for meter in meters:
            meter.open()
        for what, *arguments in job["plan"]:
            if what == "wait":
                device.sleep(arguments[0])
            else:
                done["windows"].append(window(device, meters, *arguments, gpus=job["devices"].count("gpu GPU-")))
    except KitError as error:
        done |= {"error": type(error).__name__, "message": error.message, "advice": error.advice}
    finally:
        for meter in reversed(meters):
            meter.abandon()
            meter.close()
    done["files"] = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return done


def states(device: Device, job: dict[str, Any]) -> dict[str, Any]:
    """What the host record says of the GPUs at present."""
    from kit.meters import gpu_conditions, gpu_identities

    device.load(job["devices"])
    return {"identities": gpu_identities(), "conditions": gpu_conditions()}


def calibration(device: Device, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The certificate of a device that idles at its power and takes `load_w` under load."""
    from kit.run.calibrate import Plan, calibrate

    device.load(job["devices"])

    def load(duration_s: float) -> None:
        device.set_power(0, job["load_w"])
        device.sleep(duration_s)
        device.set_power(0, job["idle_w"])

    setting = MeterSetting(folder=folder, device="cuda", country="USA", clock=device.clock())
    plan = Plan(meters=job["meters"], seconds=2.0, load=load, load_name="a step", host={})
    return calibrate(plan, setting, lambda text: None)


def window(
    device: Device,
    meters: tuple[Meter, ...],
    label: str,
    duration_s: float,
    shift_s: float = 0.0,
    powers_w: tuple[float, float] | None = None,
    *,
    gpus: int,
) -> dict[str, Any]:
    """One window, nested as the driver of a run nests it; its readings and the truth."""
    for meter in meters:
        meter.begin(label)
    opened_s = device.now()
    if powers_w is not None:
        device.set_power(0, powers_w[0])
    device.sleep(duration_s)
    closed_s = device.now()
    if powers_w is not None:
        device.set_power(0, powers_w[1])
    device.wall_shift_s += shift_s
    answers = [meter.end() for meter in reversed(meters)]
    readings = [reading for answer in answers for reading in answer.readings]
    return {
        "label": label,
        "notes": [note for answer in answers for note in answer.notes],
        "duration_s": closed_s - opened_s,
        "true_j": [device.true_j(place, opened_s, closed_s) for place in range(gpus)],
        "readings": [
            {
                "component": reading.component,
                "energy_j": reading.energy_j,
                "provenance": reading.provenance.value,
                "meter": reading.meter,
                "resolution_j": reading.resolution_j,
            }
            for reading in readings
        ],
    }


def facts(device: Device, job: dict[str, Any]) -> dict[str, Any]:
    """What is found of the driver and the GPUs before a study."""
    from kit.meters.present import nvml_facts

    device.load(job["devices"])
    return asdict(nvml_facts())


def answer(device: Device, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a job asks for: a calibration, facts, the state of the GPUs, or windows."""
    if job.get("facts"):
        return facts(device, job)
    if "load_w" in job:
        return calibration(device, job, folder)
    return measure(device, job, folder) if "plan" in job else states(device, job)


def main() -> None:
    """Answer the job, or each of a list of them."""
    job = json.load(sys.stdin)
    device = Device()
    os.environ.pop("NVML_STANDIN", None)
    jobs = job if isinstance(job, list) else [job]
    answers = []
    for item in jobs:
        with tempfile.TemporaryDirectory() as folder:
            answers.append(answer(device, item, Path(folder)))
    print(json.dumps(answers if isinstance(job, list) else answers[0]))


if __name__ == "__main__":
    main()
