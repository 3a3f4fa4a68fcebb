"""What is thought of the GPUs and their driver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from kit.model.machine import Check, GpuFacts, HostFacts, Level, NvmlFacts
from kit.plan.checks.demand import Demand

CUDA: Final = 13_000
"""CUDA 13.0, which the locked torch is built for, as NVML writes versions."""
DRIVER: Final = 580
"""Driver branch that brings CUDA 13.0."""
DATA_CENTRE: Final = re.compile(
    r"\b(Tesla|A2|A10G?|A16|A30|A40|A100|A800|B[123]00|G[BH][23]00|H20|H[128]00|L4|L40S?|P4|P40|P100|T4|V100)\b"
)
"""Names of the GPUs for data centres, which NVIDIA's forward compatibility covers."""
NEW_DRIVER: Final = f"sudo apt-get install -y nvidia-driver-{DRIVER}-server && sudo reboot"
IN_CONTAINER: Final = "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility (start the container so)"
GIB: Final = 2**30


def gpu_checks(nvml: NvmlFacts, host: HostFacts, demand: Demand) -> list[Check]:
    """Every check of GPUs; the first one alone where there is none."""
    present = _present(nvml, host, demand)
    if not nvml.gpus:
        return [present]
    return [
        present,
        _driver(nvml, host, demand),
        _smi(host, demand),
        _mig(nvml.gpus, demand),
        _persistence(nvml.gpus),
        _counter(nvml.gpus, demand),
        _memory(nvml.gpus, demand),
    ]


def _present(nvml: NvmlFacts, host: HostFacts, demand: Demand) -> Check:
    if nvml.gpus:
        names = ", ".join(f"{gpu.index}: {gpu.name}" for gpu in nvml.gpus)
        return Check("gpu", Level.OK, names)
    says = "no GPU" + (f" ({nvml.fault})" if nvml.fault else "")
    if not demand.on_gpu:
        what = f"{demand.study} runs on the processor" if demand.study else "studies on a processor can run"
        return Check("gpu", Level.OK, f"{says}; {what}")
    mend = IN_CONTAINER if host.in_container else NEW_DRIVER
    return Check("gpu", Level.ERROR, f"{says}; {demand.study} needs one", mend)


def _driver(nvml: NvmlFacts, host: HostFacts, demand: Demand) -> Check:
    named = f"driver {nvml.driver or 'of unknown version'}"
    branch = re.match(r"\d+", nvml.driver or "")
    if nvml.cuda is not None:
        named += f", CUDA {nvml.cuda // 1000}.{nvml.cuda % 1000 // 10}"
    fits = nvml.cuda >= CUDA if nvml.cuda is not None else branch is not None and int(branch.group()) >= DRIVER
    if fits:
        by_package = branch is not None and int(branch.group()) < DRIVER
        return Check("driver", Level.OK, named + (" by the forward-compatibility package" if by_package else ""))
    level = demand.level(hinders=demand.on_gpu)
    says = f"{named}: CUDA {CUDA // 1000}.0 wants driver {DRIVER} or newer"
    if all(DATA_CENTRE.search(gpu.name) for gpu in nvml.gpus):
        if host.compat is None:
            return Check("driver", level, says, f"{NEW_DRIVER}; or: sudo apt-get install -y cuda-compat-13-0")
        folder = host.compat.rpartition("/")[0]
        return Check(
            "driver", level, f"{says}, or the forward-compatibility package, which is there and not in use",
            f"export LD_LIBRARY_PATH={folder}:$LD_LIBRARY_PATH",
        )  # fmt: skip
    return Check("driver", level, says, NEW_DRIVER)


def _smi(host: HostFacts, demand: Demand) -> Check:
    if host.smi == 0:
        return Check("nvidia-smi", Level.OK, "works")
    what = "is not on the PATH" if host.smi is None else f"ends with code {host.smi}"
    mend = IN_CONTAINER if host.in_container else f"sudo apt-get install -y nvidia-utils-{DRIVER}-server"
    says = f"{what}; CodeCarbon would see no GPU and say nothing"
    return Check("nvidia-smi", demand.level(hinders=demand.on_gpu), says, mend)


def _mig(gpus: Sequence[GpuFacts], demand: Demand) -> Check:
    split = _indices(gpu for gpu in gpus if gpu.partitioned)
    if not split:
        return Check("mig", Level.OK, "off")
    return Check(
        "mig", demand.level(hinders=demand.on_gpu), f"on for GPU {split}; a partition has no energy counter",
        f"sudo nvidia-smi -i {split} -mig 0",
    )  # fmt: skip


def _persistence(gpus: Sequence[GpuFacts]) -> Check:
    off = _indices(gpu for gpu in gpus if gpu.persistent is False)
    if off:
        says = f"off for GPU {off}; the driver reloads between runs, and idle power moves"
        return Check("persistence", Level.WARNING, says, f"sudo nvidia-smi -i {off} -pm 1")
    unknown = any(gpu.persistent is None for gpu in gpus)
    return Check("persistence", Level.OK, "not told by the driver" if unknown else "on")


def _counter(gpus: Sequence[GpuFacts], demand: Demand) -> Check:
    without = _indices(gpu for gpu in gpus if not gpu.counter and not gpu.partitioned)
    if not without:
        return Check("energy-counter", Level.OK, "every GPU has one")
    return Check(
        "energy-counter", demand.level(hinders=demand.on_gpu), f"GPU {without} has none",
        "use a GPU of the Volta generation or later: export CUDA_VISIBLE_DEVICES=",
    )  # fmt: skip


def _memory(gpus: Sequence[GpuFacts], demand: Demand) -> Check:
    known = [gpu.memory_bytes for gpu in gpus if gpu.memory_bytes is not None]
    if not known:
        return Check("gpu-memory", Level.OK, "not told by the driver")
    least = min(known)
    says = f"{least / GIB:.0f} GiB"
    if not demand.on_gpu or demand.largest_bytes is None:
        return Check("gpu-memory", Level.OK, says)
    wanted = f"{demand.largest} takes {demand.largest_bytes / GIB:.0f} GiB"
    if least > demand.largest_bytes:
        return Check("gpu-memory", Level.OK, f"{says}; {wanted}")
    return Check(
        "gpu-memory", Level.ERROR, f"{says}, and {wanted} for its weights alone",
        "leave the model out of the study file, or use a larger GPU",
    )  # fmt: skip


def _indices(gpus: Iterable[GpuFacts]) -> str:
    return ",".join(str(gpu.index) for gpu in gpus)
