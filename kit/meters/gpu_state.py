"""What a GPU is and how it stands, for the record of the host: NVML's account, nothing guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kit.meters.gpus import Gpu, NoNvmlError, foreign_processes, known, list_gpus, nvml

SLOWDOWNS: Final[Mapping[int, str]] = {
    0x4: "power cap",
    0x8: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "power brake",
}
"""Bits of NVML's clock event reasons that hold a GPU back (nvml.h, nvmlClocksEventReasons)."""


def slowdowns(mask: int) -> tuple[str, ...]:
    """Names of the reasons that hold a GPU back, of NVML's mask."""
    return tuple(name for bit, name in SLOWDOWNS.items() if mask & bit)


def gpu_identities() -> list[dict[str, Any]]:
    """What does not change between runs: a list of JSON values for the host record, empty where there is no NVML.

    Raises:
        MeasurementError: if NVML starts and then fails.
    """

    def identity(binding: Any, handle: Any) -> dict[str, Any]:
        return {
            "driver": known(binding, binding.nvmlSystemGetDriverVersion),
            "cuda_driver": known(binding, binding.nvmlSystemGetCudaDriverVersion_v2),
            "memory_gb": known(binding, lambda: round(binding.nvmlDeviceGetMemoryInfo(handle).total / 2**30, 1)),
            "power_limit_w": known(binding, lambda: binding.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000),
            "persistence_mode": known(binding, lambda: bool(binding.nvmlDeviceGetPersistenceMode(handle))),
            "ecc": known(binding, lambda: bool(binding.nvmlDeviceGetEccMode(handle)[0])),
        }

    return _of_all(identity)


def gpu_conditions() -> list[dict[str, Any]]:
    """What does: clocks, temperature, what holds the GPU back, how many processes compute on it.

    Raises:
        MeasurementError: if NVML starts and then fails.
    """

    def condition(binding: Any, handle: Any) -> dict[str, Any]:
        reasons = known(binding, lambda: binding.nvmlDeviceGetCurrentClocksEventReasons(handle))
        return {
            "clock_sm_mhz": known(binding, lambda: binding.nvmlDeviceGetClockInfo(handle, binding.NVML_CLOCK_SM)),
            "clock_memory_mhz": known(binding, lambda: binding.nvmlDeviceGetClockInfo(handle, binding.NVML_CLOCK_MEM)),
            "temperature_c": known(
                binding, lambda: binding.nvmlDeviceGetTemperature(handle, binding.NVML_TEMPERATURE_GPU)
            ),
            "throttle_reasons": None if reasons is None else list(slowdowns(reasons)),
            "processes": known(binding, lambda: len(binding.nvmlDeviceGetComputeRunningProcesses(handle))),
        }

    return _of_all(condition)


def obstacles(gpus: Sequence[Gpu]) -> list[str]:
    """What stands against measuring on some GPUs, a clause each: MIG, and other processes that compute there.

    Raises:
        MeasurementError: if NVML fails.
    """
    found: list[str] = []
    with nvml() as binding:
        for gpu in gpus:
            if gpu.partitioned:
                found.append(f"GPU {gpu.index} is partitioned by MIG, and a partition has no energy counter")
            handle = binding.nvmlDeviceGetHandleByIndex(gpu.index)
            listed = [int(process.pid) for process in binding.nvmlDeviceGetComputeRunningProcesses(handle)]
            foreign = foreign_processes(listed)
            if foreign:
                found.append(f"other processes compute on GPU {gpu.index} ({', '.join(map(str, foreign))})")
    return found


def _of_all(describe: Callable[[Any, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        gpus = list_gpus()
    except NoNvmlError:
        return []
    with nvml() as binding:
        return [
            {"index": gpu.index, "uuid": gpu.uuid, "name": gpu.name, "partitioned": gpu.partitioned}
            | describe(binding, binding.nvmlDeviceGetHandleByIndex(gpu.index))
            for gpu in gpus
        ]
