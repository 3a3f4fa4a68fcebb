"""One GPU through NVML: its counter and the counter's ticks, its power, its processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from kit.errors import MeasurementError
from kit.meters.gpus import Gpu, foreign_processes, nvml_failed
from kit.meters.interface import Clock, MeterSetting

LONGEST_WAIT_S: Final = 2.0
"""A counter that does not move for so long stands still: even an idle GPU takes power, and no driver updates slower."""
SENSOR_GAIN: Final = 0.05
"""Relative error of a power reading (Yang et al., SC'24, arXiv 2312.02741)."""
TICKS_AT_OPENING: Final = 4
"""Ticks that the update period is taken from when a meter opens."""


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
            found = self._instant()
            # The call succeeds where the field does not, and its value is then a zero.
            if found.nvmlReturn != self._binding.NVML_SUCCESS:
                raise nvml_failed(self._binding.NVMLError(found.nvmlReturn))
            return float(found.value.uiVal) / 1000
        return float(self._call(self._binding.nvmlDeviceGetPowerUsage, self._handle)) / 1000

    def slowdowns(self) -> int:
        """NVML's mask of what holds the clocks back at present; 0 where the driver does not say."""
        try:
            return int(self._binding.nvmlDeviceGetCurrentClocksEventReasons(self._handle))
        except (self._binding.NVMLError_NotSupported, self._binding.NVMLError_FunctionNotFound):
            return 0
        except self._binding.NVMLError as error:
            raise nvml_failed(error) from error

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
                "end them, or wait until they are done; `--force` measures beside them, as a recorded deviation",
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
        raise stood_still(self.index, LONGEST_WAIT_S)

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
        """What the counter's energy at this tick is uncertain by: the time of the tick, and its last digit."""
        return self.half_width_s * self.power_w + 0.001


def backwards(index: int) -> MeasurementError:
    """The kit's error for a counter that was reset or went backwards."""
    return MeasurementError(
        f"the energy counter of GPU {index} went backwards or was reset",
        "look for a reset of the GPU or a reload of its driver, then run again",
    )


def stood_still(index: int, duration_s: float) -> MeasurementError:
    """The kit's error for a counter that did not move for so long."""
    return MeasurementError(
        f"the energy counter of GPU {index} has stood still for {duration_s:.1f} s",
        "look at `nvidia-smi -q -d POWER`; run `kit doctor`",
    )


class GpuEdges:
    """What happens at the edges of a window of a meter that reads counters without awaiting their ticks.

    Update period and power decide how far it is off; a foreign process spoils it; and one counter that stands still is
    not seen in the sum of several.
    """

    def __init__(self, gpus: Sequence[Gpu], setting: MeterSetting) -> None:
        import pynvml

        pynvml.nvmlInit()
        self._binding = pynvml
        self._forced = setting.forced
        self._devices = tuple(NvmlDevice(pynvml, gpu.index, setting.clock) for gpu in gpus)
        self.update_period_s = self._devices[0].update_period_s(TICKS_AT_OPENING)
        self._seen_mj = self._counters_mj()

    def power_w(self) -> float:
        """Power of all the GPUs now, in watts.

        Raises:
            MeasurementError: if a foreign process computes on one of them, or one is lost.
        """
        for device in self._devices:
            if not self._forced:
                device.refuse_foreign()
        return sum(device.power_w() for device in self._devices)

    def after(self, duration_s: float) -> float:
        """Power of all the GPUs after a window of so many seconds, in watts.

        Raises:
            MeasurementError: as `power_w`; or if a counter has not moved since the last long window.
        """
        power_w = self.power_w()
        if duration_s > LONGEST_WAIT_S:
            seen_mj = self._counters_mj()
            for device, before_mj, now_mj in zip(self._devices, self._seen_mj, seen_mj, strict=True):
                if now_mj == before_mj:
                    raise stood_still(device.index, duration_s)
            self._seen_mj = seen_mj
        return power_w

    def _counters_mj(self) -> tuple[int, ...]:
        return tuple(device.counter_mj() for device in self._devices)

    def close(self) -> None:
        """Let NVML go."""
        self._binding.nvmlShutdown()
