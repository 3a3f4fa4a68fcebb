"""Before anything is measured: whether the GPUs are the study's own, and how the host stands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kit.errors import MeasurementError
from kit.meters import gpu_conditions
from kit.meters.gpu_state import obstacles
from kit.meters.gpus import list_gpus, visible_gpus
from kit.model.record import HostState


def preflight(device: str, environment: Mapping[str, str], *, forced: bool) -> tuple[str, ...]:
    """Look at the GPUs that the study may use.

    Args:
        device: `cuda` or `cpu`.
        environment: of the process, for what CUDA shows.
        forced: whether to measure in spite of what is found.

    Returns:
        What is to be recorded as a deviation; nothing where nothing was forced.

    Raises:
        MeasurementError: if other processes compute on one of them or MIG splits it, and nothing is forced; or if the
            study needs a GPU and NVML does not start.
    """
    if device != "cuda":
        return ()
    gpus = visible_gpus(list_gpus(), environment.get("CUDA_VISIBLE_DEVICES"), environment.get("CUDA_DEVICE_ORDER"))
    found = obstacles(gpus)
    if found and not forced:
        raise MeasurementError(
            "; ".join(found),
            "end those processes, or switch MIG off, or choose other GPUs by CUDA_VISIBLE_DEVICES; `--force` measures "
            "in spite of it, as a recorded deviation",
        )
    if not forced:
        return ()
    said = "; ".join(found) if found else "there was neither when it began"
    return (f"The run was forced: other processes on the GPU and MIG would not have stopped it ({said}).",)


def host_state(host_id: str, moment: str, model: str) -> HostState:
    """How the host stands now. A GPU that is lost in mid-run leaves its reason, and no figure."""
    values: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    try:
        values["gpus"] = gpu_conditions()
    except MeasurementError as error:
        values["fault"] = error.message
    taken_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return HostState(host_id=host_id, moment=moment, taken_at=taken_at, model=model, values=values)
