"""Which GPUs there are, and which of them a process may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.errors import MeasurementError


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU as NVML knows it: its index there, its UUID, its name, and whether MIG splits it."""

    index: int
    uuid: str
    name: str
    partitioned: bool = False


class NoNvmlError(MeasurementError):
    """There is no NVML on this machine, or it does not start."""


@contextmanager
def nvml() -> Iterator[Any]:
    """The NVML binding, initialised. Calls of it that fail come out as the kit's error.

    Raises:
        NoNvmlError: if NVML is not here or does not start.
        MeasurementError: if a call fails.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise NoNvmlError(
            f"NVML does not start: {error}",
            "install the NVIDIA driver; in a container, give it the `utility` driver capability",
        ) from error
    try:
        yield pynvml
    except pynvml.NVMLError as error:
        raise nvml_failed(error) from error
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def nvml_failed(error: Exception) -> MeasurementError:
    """The kit's error for a call of NVML that failed."""
    return MeasurementError(
        f"NVML failed: {error}", "look at `dmesg` and `nvidia-smi` for a fault of the GPU or its driver"
    )


def known(binding: Any, call: Callable[[], Any]) -> Any:
    """The answer of a call, or None where the GPU, the driver, a library beside it or one's rights have none."""
    try:
        return call()
    except (
        binding.NVMLError_NotSupported,
        binding.NVMLError_FunctionNotFound,
        binding.NVMLError_LibraryNotFound,
        binding.NVMLError_NoPermission,
    ):
        return None


def list_gpus() -> tuple[Gpu, ...]:
    """All GPUs that NVML lists, in its order.

    Raises:
        NoNvmlError: if NVML is not here or does not start.
        MeasurementError: if it fails later.
    """
    with nvml() as binding:
        return tuple(_identify(binding, index) for index in range(binding.nvmlDeviceGetCount()))


def refuse_partitioned(gpus: Sequence[Gpu]) -> None:
    """Look for GPUs split by MIG: a partition has no energy of its own, and what is read is the whole GPU's.

    Raises:
        MeasurementError: if there is one.
    """
    for gpu in gpus:
        if gpu.partitioned:
            raise MeasurementError(
                f"GPU {gpu.index} ({gpu.uuid}) is partitioned by MIG, and a partition has no energy counter",
                "switch MIG off (`nvidia-smi -mig 0`), or use another GPU; `--force` counts the whole of it",
            )


def _identify(binding: Any, index: int) -> Gpu:
    handle = binding.nvmlDeviceGetHandleByIndex(index)
    return Gpu(
        index,
        _text(binding.nvmlDeviceGetUUID(handle)),
        _text(binding.nvmlDeviceGetName(handle)),
        bool(known(binding, lambda: binding.nvmlDeviceGetMigMode(handle)[0])),
    )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def visible_gpus(gpus: Sequence[Gpu], visible: str | None, order: str | None) -> tuple[Gpu, ...]:
    """The GPUs that CUDA shows to a process, in CUDA's order: element 0 is what PyTorch calls `cuda:0`.

    Args:
        gpus: all of them, in NVML's order (by PCI bus).
        visible: value of CUDA_VISIBLE_DEVICES, or None where it is not set. Indices and UUIDs (or unambiguous
            beginnings of them) are understood; as in CUDA, the list ends at the first entry that is none, and one that
            names a GPU twice shows none at all (as `torch.cuda` reads it).
        order: value of CUDA_DEVICE_ORDER, or None.

    Raises:
        MeasurementError: if an entry is ambiguous or names a MIG partition, or if CUDA may count different GPUs
            in another order than NVML.
    """
    if visible is None:
        entries = [str(gpu.index) for gpu in gpus]
    else:
        entries = [entry.strip() for entry in visible.split(",")] if visible.strip() else []
    chosen: list[Gpu] = []
    for entry in entries:
        if _is_index(entry):
            _require_order(gpus, order)
        found = _find(gpus, entry)
        if found is None:
            break
        if found in chosen:
            return ()
        chosen.append(found)
    return tuple(chosen)


def _is_index(entry: str) -> bool:
    return entry.isascii() and entry.isdigit()


def _find(gpus: Sequence[Gpu], entry: str) -> Gpu | None:
    if _is_index(entry):
        return next((gpu for gpu in gpus if gpu.index == int(entry)), None)
    if entry.startswith("MIG-"):
        raise MeasurementError(
            f"CUDA_VISIBLE_DEVICES names the MIG partition {entry}, which has no energy counter",
            "name a whole GPU by its index or UUID",
        )
    matching = [gpu for gpu in gpus if entry and gpu.uuid.startswith(entry)]
    if len(matching) > 1:
        raise MeasurementError(
            f"CUDA_VISIBLE_DEVICES: {entry} is the beginning of {len(matching)} UUIDs", "give the whole UUID"
        )
    return matching[0] if matching else None


def _require_order(gpus: Sequence[Gpu], order: str | None) -> None:
    if order != "PCI_BUS_ID" and len({gpu.name for gpu in gpus}) > 1:
        raise MeasurementError(
            "this machine has GPUs of different kinds, which CUDA counts by speed and NVML by PCI bus",
            "set CUDA_DEVICE_ORDER=PCI_BUS_ID, so that both count alike",
        )


INITIAL_NAMESPACE: Final = 0xEFFFFFFC
"""Inode of the process namespace that the kernel starts with (include/linux/proc_ns.h)."""


def foreign_processes(listed: Sequence[int]) -> tuple[int, ...]:
    """Processes that NVML lists for a GPU and that are neither this one nor made by it."""
    import psutil

    own = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    try:
        initial = Path("/proc/self/ns/pid").stat().st_ino == INITIAL_NAMESPACE
    except OSError:
        initial = False
    return foreign_among(listed, own, initial_namespace=initial)


def foreign_among(listed: Sequence[int], own: set[int], *, initial_namespace: bool) -> tuple[int, ...]:
    """The listed processes that are not the own ones.

    NVML lists ids of the host. In a container the own ids differ from those,
    so that one unknown process may be this one, and is allowed for.
    """
    unknown = tuple(sorted(set(listed) - own))
    allowed = 0 if initial_namespace or set(listed) & own else 1
    return unknown if len(unknown) > allowed else ()
