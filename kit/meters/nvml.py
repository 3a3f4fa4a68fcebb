"""NVML: the energy of the GPU at work by its counter, aligned to the counter's ticks.

The counter moves in steps of its update period (some 20 to 100 ms), so that
the plain difference over a short window is off by up to a step at each edge.
Here a tick is awaited before the window opens and after it closes, and what
the GPU took in the waiting, by its power, is taken away. Beside it the power is
sampled ten times a second, which gives a second account of the same energy and
notices a counter that jumps back inside the window.

Only the GPU that does the work is read: it is what the boundaries `device` and
`net` count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any, Final

from kit.errors import KitError, MeasurementError
from kit.files import make_folder
from kit.meters.gpus import Gpu, foreign_processes, list_gpus, nvml_failed, visible_gpus
from kit.meters.interface import Clock, MeterReading, MeterSetting, Span
from kit.meters.trace import SAMPLE_PERIOD_S, PowerIntegral, PowerTrace
from kit.model.readings import Provenance, Reading

LONGEST_WAIT_S: Final = 2.0
"""A counter that does not move for so long stands still: even an idle GPU takes power, and no driver updates slower."""
SENSOR_GAIN: Final = 0.05
"""Relative error of a power reading (Yang et al., SC'24, arXiv 2312.02741)."""
_TICKS_AT_OPENING: Final = 4


class NvmlDevice:
    """One GPU's counter, power and processes; its failures come out as the kit's errors."""

    def __init__(self, binding: Any, index: int, clock: Clock) -> None:
        self._binding = binding
        self._clock = clock
        self.index = index
        self._handle = self._call(binding.nvmlDeviceGetHandleByIndex, index)
        self.power_field = "instantaneous" if self._has_instant_power() else "as the driver states it"

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except self._binding.NVMLError_NotSupported as error:
            raise MeasurementError(
                f"GPU {self.index} has no energy counter, or does not state its power",
                "use a GPU of the Volta generation or later",
            ) from error
        except self._binding.NVMLError as error:
            raise nvml_failed(error) from error

    def _instant(self) -> Any:
        return self._call(
            self._binding.nvmlDeviceGetFieldValues, self._handle, [self._binding.NVML_FI_DEV_POWER_INSTANT]
        )[0]

    def _has_instant_power(self) -> bool:
        try:
            return bool(self._instant().nvmlReturn == self._binding.NVML_SUCCESS)
        except MeasurementError:
            return False

    def counter_mj(self) -> int:
        """Millijoules since the driver was loaded, as of the counter's last tick."""
        return int(self._call(self._binding.nvmlDeviceGetTotalEnergyConsumption, self._handle))

    def power_w(self) -> float:
        """Power now, or over the last second where the driver has nothing quicker."""
        if self.power_field == "instantaneous":
            return float(self._instant().value.uiVal) / 1000
        return float(self._call(self._binding.nvmlDeviceGetPowerUsage, self._handle)) / 1000

    def refuse_foreign(self) -> None:
        """Look for other processes that compute on the GPU.

        Raises:
            MeasurementError: if there are any.
        """
        listed = self._call(self._binding.nvmlDeviceGetComputeRunningProcesses, self._handle)
        found = foreign_processes([int(process.pid) for process in listed])
        if found:
            raise MeasurementError(
                f"GPU {self.index}: other processes compute on it ({', '.join(map(str, found))})",
                "end them, or wait until they are done; measuring beside them is possible, as a recorded deviation",
            )

    def wait_for_tick(self, since_s: float) -> Tick:
        """Poll until the counter moves.

        Args:
            since_s: steady time from which the energy of the waiting is counted.

        Raises:
            MeasurementError: if it stands still, goes backwards, or the GPU is lost.
        """
        before_mj, waited_j, last_s = self.counter_mj(), 0.0, since_s
        began_s = read_s = self._clock.now()
        power_w = self.power_w()
        while read_s - began_s <= LONGEST_WAIT_S:
            counter_mj = self.counter_mj()
            earlier_s, read_s = read_s, self._clock.now()
            if counter_mj < before_mj:
                raise backwards(self.index)
            moved = counter_mj > before_mj
            at_s = (earlier_s + read_s) / 2 if moved else read_s
            power_before_w, power_w = power_w, self.power_w()
            waited_j += (power_before_w + power_w) / 2 * (at_s - last_s)
            if moved:
                return Tick(at_s, counter_mj, power_w, waited_j, (read_s - earlier_s) / 2)
            last_s = at_s
        raise MeasurementError(
            f"the energy counter of GPU {self.index} has stood still for {LONGEST_WAIT_S:g} s",
            "look at `nvidia-smi -q -d POWER`; run `kit doctor`",
        )

    def update_period_s(self, ticks: int) -> float:
        """Median time between so many ticks of the counter."""
        times = [self.wait_for_tick(self._clock.now()).at_s for _ in range(ticks)]
        return median(late - early for early, late in pairwise(times))


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of the counter that was seen.

    Attributes:
        at_s: steady time, the middle between the two polls that enclose it.
        counter_mj: the counter from then on.
        power_w: the power right after.
        waited_j: energy from the time asked for to the tick, by the power polled.
        half_width_s: uncertainty of the time.
    """

    at_s: float
    counter_mj: int
    power_w: float
    waited_j: float
    half_width_s: float

    @property
    def uncertainty_j(self) -> float:
        """What the edge of a window at this tick is uncertain by: time of the tick, gain of the power, last digit."""
        return self.half_width_s * self.power_w + SENSOR_GAIN * abs(self.waited_j) + 0.001


def backwards(index: int) -> MeasurementError:
    """The kit's error for a counter that was reset or went backwards."""
    return MeasurementError(
        f"the energy counter of GPU {index} went backwards or was reset",
        "look for a reset of the GPU or a reload of its driver, then run again",
    )


class GpuEdges:
    """What happens at the edges of a window of a meter that reads counters without awaiting their ticks.

    Update period and power decide how far it is off; a foreign process spoils it.
    """

    def __init__(self, gpus: Sequence[Gpu], setting: MeterSetting) -> None:
        import pynvml

        pynvml.nvmlInit()
        self._binding = pynvml
        self._foreign_allowed = setting.foreign_allowed
        self._devices = tuple(NvmlDevice(pynvml, gpu.index, setting.clock) for gpu in gpus)
        self.update_period_s = self._devices[0].update_period_s(_TICKS_AT_OPENING)

    def look(self) -> float:
        """Power of all the GPUs now, in watts.

        Raises:
            MeasurementError: if a foreign process computes on one of them, or one is lost.
        """
        for device in self._devices:
            if not self._foreign_allowed:
                device.refuse_foreign()
        return sum(device.power_w() for device in self._devices)

    def close(self) -> None:
        """Let NVML go."""
        self._binding.nvmlShutdown()


class NvmlMeter:
    """Reads the GPU that does the work."""

    def __init__(self, setting: MeterSetting, span: Span) -> None:
        self._setting = setting
        self._span = span
        self._binding: Any = None
        self._device: NvmlDevice | None = None
        self._trace: PowerTrace | None = None
        self._stop_sampling: Callable[[], None] | None = None
        self._fault: KitError | None = None
        self._last_mj = 0
        self._version = ""
        self._component = ""
        self._edge: Tick | None = None
        self._label = ""
        self.update_period_s = 0.0

    @property
    def name(self) -> str:
        """`nvml` and the version of the driver, once it is open."""
        return f"nvml {self._version}".rstrip()

    @property
    def device(self) -> NvmlDevice:
        """The GPU that does the work.

        Raises:
            MeasurementError: if the meter is not open.
        """
        if self._device is None:
            raise MeasurementError("the NVML meter is not open", "this is a fault of the kit; report it")
        return self._device

    def open(self) -> None:
        """Find the GPU, see its counter tick, and start to sample its power.

        Raises:
            MeasurementError: if there is no such GPU or counter, or another process computes on it.
        """
        import pynvml

        gpus = list_gpus()
        visible = visible_gpus(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("CUDA_DEVICE_ORDER"))
        if len(visible) <= self._setting.gpu:
            raise MeasurementError(
                f"CUDA shows {len(visible)} of {len(gpus)} GPUs, and number {self._setting.gpu} is to be measured",
                "set CUDA_VISIBLE_DEVICES to the index or UUID of a GPU, or unset it; without a GPU, drop the meter",
            )
        gpu = visible[self._setting.gpu]
        pynvml.nvmlInit()
        self._binding = pynvml
        self._version = str(pynvml.nvmlSystemGetDriverVersion())
        self._component = f"gpu/{gpu.uuid}"
        self._device = NvmlDevice(pynvml, gpu.index, self._setting.clock)
        self._refuse_foreign()
        self.update_period_s = self._device.update_period_s(_TICKS_AT_OPENING)
        self._start_trace(gpu.uuid)

    def _start_trace(self, uuid: str) -> None:
        clock = self._setting.clock
        origin_s = clock.now()
        started = datetime.fromtimestamp(clock.wall(), UTC)
        header = {
            "component": self._component,
            "meter": self.name,
            "power_field": self.device.power_field,
            "started_at": started.isoformat(timespec="milliseconds"),
        }
        stem = f"nvml-{uuid.removeprefix('GPU-')[:8]}-{started:%Y%m%dT%H%M%S}-{os.getpid()}"
        self._trace = PowerTrace(make_folder(self._setting.folder / "traces"), stem, header, origin_s)
        self._last_mj = self.device.counter_mj()
        self._stop_sampling = clock.every(SAMPLE_PERIOD_S, self._sample)

    def _sample(self) -> None:
        """Called ten times a second by another thread; a fault is kept for the window that it falls into."""
        if self._fault is not None or self._trace is None:
            return
        try:
            counter_mj = self.device.counter_mj()
            if counter_mj < self._last_mj:
                self._last_mj = counter_mj
                raise backwards(self.device.index)
            self._last_mj = counter_mj
            self._trace.add(self._setting.clock.now(), self.device.power_w(), counter_mj)
        except KitError as error:
            self._fault = error

    def begin(self, label: str) -> None:
        """Await a tick and open a window at it."""
        self._fault = None
        self._label = label
        self._refuse_foreign()
        self._edge = self.device.wait_for_tick(self._setting.clock.now())
        self._span.ready()
        if self._trace is not None:
            self._trace.open_window(self._span.opened_s)

    def end(self) -> MeterReading:
        """Await the tick after the work and read the window.

        Raises:
            MeasurementError: if the counter failed, was reset or stood still, the GPU was lost, another process
                computed on it, or the clock jumped.
        """
        closed_s = self._span.asked()
        sampled = None if self._trace is None else self._trace.close_window(self._label, closed_s)
        opening, self._edge = self._edge, None
        if opening is None:
            raise MeasurementError("no window is open", "this is a fault of the kit; report it")
        closing = self.device.wait_for_tick(closed_s)
        if self._fault is not None:
            raise self._fault
        if closing.counter_mj < opening.counter_mj:
            raise backwards(self.device.index)
        self._refuse_foreign()
        before_j = opening.power_w * (self._span.opened_s - opening.at_s)
        energy_j = (closing.counter_mj - opening.counter_mj) / 1000 - before_j - closing.waited_j
        resolution_j = opening.uncertainty_j + closing.uncertainty_j + self._drift_j(opening, energy_j, sampled)
        if energy_j <= 0:
            raise MeasurementError(
                f"a window of {closed_s - self._span.opened_s:.4f} s is shorter than the counter can resolve",
                "make more inferences in the window; `kit calibrate` says how long it has to be",
            )
        readings = [Reading(self._component, energy_j, Provenance.COUNTER, self.name, resolution_j)]
        if sampled is not None:
            name = f"{self.name} trace"
            readings.append(
                Reading(self._component, sampled.energy_j, Provenance.POWER_INTEGRAL, name, sampled.uncertainty_j)
            )
        return MeterReading(tuple(readings))

    def _drift_j(self, opening: Tick, energy_j: float, sampled: PowerIntegral | None) -> float:
        """How far the power may have moved between the tick and the work, while other meters opened."""
        gap_s = self._span.opened_s - opening.at_s
        duration_s = self._span.asked() - self._span.opened_s
        powers = [opening.power_w, energy_j / duration_s if duration_s > 0 else opening.power_w]
        powers += [sampled.low_w, sampled.high_w] if sampled is not None else []
        return gap_s * (max(powers) - min(powers) + SENSOR_GAIN * opening.power_w)

    def _refuse_foreign(self) -> None:
        if not self._setting.foreign_allowed:
            self.device.refuse_foreign()

    def abandon(self) -> None:
        """Forget the window in progress."""
        self._edge = None

    def close(self) -> None:
        """Stop sampling and write the trace."""
        if self._stop_sampling is not None:
            self._stop_sampling()
            self._stop_sampling = None
        if self._trace is not None:
            self._trace.flush()
            self._trace = None
        if self._binding is not None:
            self._binding.nvmlShutdown()
            self._binding = None
        self._device = None
