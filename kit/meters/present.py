"""What the meters would find on this machine, told without an error: for a look at it before a study."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kit.errors import MeasurementError
from kit.meters.gpus import known, nvml
from kit.meters.rapl import POWERCAP
from kit.model.machine import GpuFacts, NvmlFacts, Rapl


def nvml_facts() -> NvmlFacts:
    """Driver and GPUs by NVML's account; partitioned ones too, which no meter would read."""
    try:
        with nvml() as binding:
            return NvmlFacts(
                driver=known(binding, lambda: str(binding.nvmlSystemGetDriverVersion())),
                cuda=known(binding, binding.nvmlSystemGetCudaDriverVersion_v2),
                gpus=tuple(_gpu(binding, index) for index in range(binding.nvmlDeviceGetCount())),
            )
    except ImportError:
        return NvmlFacts(fault="nvidia-ml-py is not installed")
    except MeasurementError as error:
        return NvmlFacts(fault=error.message)


def _gpu(binding: Any, index: int) -> GpuFacts:
    handle = binding.nvmlDeviceGetHandleByIndex(index)
    return GpuFacts(
        index=index,
        uuid=str(binding.nvmlDeviceGetUUID(handle)),
        name=str(binding.nvmlDeviceGetName(handle)),
        memory_bytes=known(binding, lambda: int(binding.nvmlDeviceGetMemoryInfo(handle).total)),
        persistent=known(binding, lambda: bool(binding.nvmlDeviceGetPersistenceMode(handle))),
        partitioned=bool(known(binding, lambda: binding.nvmlDeviceGetMigMode(handle)[0])),
        counter=known(binding, lambda: binding.nvmlDeviceGetTotalEnergyConsumption(handle)) is not None,
    )


def rapl_state(powercap: Path = POWERCAP) -> Rapl:
    """Whether the energy counters of the processor packages can be read."""
    counters = [
        folder / "energy_uj" for folder in sorted(powercap.glob("intel-rapl:*")) if (folder / "energy_uj").exists()
    ]
    if not counters:
        return Rapl.ABSENT
    return Rapl.READABLE if all(os.access(counter, os.R_OK) for counter in counters) else Rapl.FORBIDDEN
