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
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from kit.errors import KitError, MeasurementError
from kit.files import make_folder
from kit.meters.gpu_state import slowdowns
from kit.meters.gpus import list_gpus, refuse_partitioned, visible_gpus
from kit.meters.interface import MeterReading, MeterSetting, Span, UnresolvedError
from kit.meters.nvml_device import SENSOR_GAIN, TICKS_AT_OPENING, NvmlDevice, Tick, backwards
from kit.meters.trace import SAMPLE_PERIOD_S, PowerIntegral, PowerTrace
from kit.model.readings import Provenance, Reading

_SAMPLES_A_LOOK: Final = 5
"""At every fifth sample it is asked what holds the clocks back."""


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
        self._samples = self._held_back = 0
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
        if not self._setting.forced:
            refuse_partitioned([gpu])
        pynvml.nvmlInit()
        self._binding = pynvml
        self._version = str(pynvml.nvmlSystemGetDriverVersion())
        self._component = f"gpu/{gpu.uuid}"
        self._device = NvmlDevice(pynvml, gpu.index, self._setting.clock)
        self._refuse_foreign()
        self.update_period_s = self._device.update_period_s(TICKS_AT_OPENING)
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
            if self._samples % _SAMPLES_A_LOOK == 0:
                self._held_back |= self.device.slowdowns()
            self._samples += 1
        except KitError as error:
            self._fault = error

    def begin(self, label: str) -> None:
        """Await a tick and open a window at it."""
        self._fault = None
        self._samples = self._held_back = 0
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
        polled_j = before_j + closing.waited_j
        energy_j = (closing.counter_mj - opening.counter_mj) / 1000 - polled_j
        duration_s = closed_s - self._span.opened_s
        if energy_j <= 0 or duration_s <= 0:
            raise UnresolvedError(
                f"a window of {duration_s:.4f} s is shorter than the counter can resolve",
                "make more inferences in the window; `kit calibrate` says how long it has to be",
            )
        swing_w = self._swing_w(opening, closing, energy_j / duration_s, sampled)
        outside_s = self._span.opened_s - opening.at_s + closing.at_s - closed_s
        resolution_j = opening.uncertainty_j + closing.uncertainty_j + SENSOR_GAIN * polled_j + swing_w * outside_s
        readings = [Reading(self._component, energy_j, Provenance.COUNTER, self.name, resolution_j)]
        if sampled is not None:
            name = f"{self.name} trace"
            readings.append(
                Reading(self._component, sampled.energy_j, Provenance.POWER_INTEGRAL, name, sampled.uncertainty_j)
            )
        names = slowdowns(self._held_back)
        note = f"GPU {self.device.index} was held back in the window `{self._label}`: {', '.join(names)}."
        return MeterReading(tuple(readings), notes=(note,) if names else ())

    @staticmethod
    def _swing_w(opening: Tick, closing: Tick, mean_w: float, sampled: PowerIntegral | None) -> float:
        """How far the power between a tick and the work may be from the one that was polled there.

        Other meters open and close in that time, and a sensor shows what it last saw, be it of the work or of the rest.
        """
        powers_w = [opening.power_w, closing.power_w, mean_w]
        powers_w += [sampled.low_w, sampled.high_w] if sampled is not None else []
        return max(powers_w) - min(powers_w)

    def _refuse_foreign(self) -> None:
        if not self._setting.forced:
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
