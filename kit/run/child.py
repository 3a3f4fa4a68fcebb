"""The measuring process: one model, all its pending runs, every window read by every meter.

Started by the driver with an order on standard input and a pipe for its
messages; whatever libraries print goes to the log.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kit.errors import KitError, MeasurementError
from kit.meters import MeterSetting, open_meters
from kit.meters.interface import Meter
from kit.model.runs import Failed, Measured, Outcome, Phase, Run, Window
from kit.model.study import Cell
from kit.run.events import PhaseStarted
from kit.run.messages import Order, message_to_json, order_from_json
from kit.run.window import idle, measure
from kit.workloads import Setting, Workload, open_workload

PR_SET_PDEATHSIG: Final = 1

Send = Callable[[PhaseStarted | Run], None]


def main() -> None:
    """Read the order, measure, report; the exit code is 0 also where runs failed, since they are reported."""
    order = order_from_json(sys.stdin.readline())
    _die_with_parent(order.parent)
    _bound_memory(order.memory_limit_bytes)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as pipe:

        def send(message: PhaseStarted | Run) -> None:
            pipe.write(message_to_json(message) + "\n")
            pipe.flush()

        measure_all(order, send)


def measure_all(order: Order, send: Send) -> None:
    """Measure every pending run of the order; report each as soon as it is whole."""
    setting = MeterSetting(
        folder=Path(order.folder),
        device=order.device,
        country=order.country,
        region=order.region,
        tracking_mode="machine" if order.device == "cuda" else "process",
    )
    meters = open_meters(order.meters, setting)
    for meter in meters:
        meter.open()
    try:
        for cell in order.cells:
            _measure_cell(cell, order, meters, send)
    finally:
        for meter in reversed(meters):
            meter.close()


def _measure_cell(cell: Cell, order: Order, meters: tuple[Meter, ...], send: Send) -> None:
    workload: Workload | None = None
    for pending in order.pending:
        if pending.cell_id != cell.cell_id:
            continue

        def say(phase: Phase, repetition: int = pending.repetition) -> None:
            send(PhaseStarted(cell.cell_id, repetition, phase))

        outcome: Outcome
        try:
            if workload is None or order.load_each_run:
                workload = None
                gc.collect()  # pipelines hold themselves in circles; two models at once would break the memory limit
                workload = open_workload(cell, _workload_setting(order))
                outcome = Measured(_windows(workload, order, meters, say, load=True))
            else:
                outcome = Measured(_windows(workload, order, meters, say, load=False))
        except KitError as error:
            outcome, workload = Failed(error.message), None
        except Exception as error:  # noqa: BLE001 - a model may break in any way; its run is Failed, the others go on
            outcome, workload = Failed(f"{type(error).__name__}: {error}"[:500]), None
        run_id = f"{cell.cell_id}-{pending.repetition}-{os.getpid()}"
        send(Run(run_id, cell.cell_id, pending.repetition, order.host_id, outcome))


def _workload_setting(order: Order) -> Setting:
    return Setting(device=order.device, hub=Path(order.hub), offline=True, seed=order.seed)


def _windows(
    workload: Workload, order: Order, meters: tuple[Meter, ...], say: Callable[[Phase], None], *, load: bool
) -> tuple[Window, ...]:
    """The windows of one run, in their order."""
    windows: list[Window] = []
    protocol = workload.cell.protocol

    def window(phase: Phase, body: Callable[[], None]) -> None:
        say(phase)
        windows.append(measure(phase, body, meters, workload))

    if order.idle_s:
        window(Phase.IDLE_BEFORE, lambda: idle(order.idle_s))
    if load:
        window(Phase.LOAD, workload.load)
    inputs = workload.inputs
    needed = protocol.warm_up + protocol.inferences
    if len(inputs) < needed:
        raise MeasurementError(
            f"{workload.cell.dataset.key}: {len(inputs)} inputs where {needed} are needed",
            "choose a larger split or fewer inferences",
        )
    if protocol.warm_up:
        window(Phase.WARM_UP, lambda: _infer(workload, 0, protocol.warm_up))
    window(Phase.QUERY, lambda: _infer(workload, protocol.warm_up, protocol.inferences))
    if order.idle_s:
        window(Phase.IDLE_AFTER, lambda: idle(order.idle_s))
    return tuple(windows)


def _infer(workload: Workload, first: int, count: int) -> None:
    """One input at a time, as the study did; the device is waited for before the window closes."""
    call = workload.call
    for item in workload.inputs[first : first + count]:
        call(item)
    workload.synchronize()


def _die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the driver dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the driver is gone")


def _bound_memory(limit_bytes: int | None) -> None:
    if limit_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


if __name__ == "__main__":
    main()
