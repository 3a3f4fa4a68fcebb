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
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NoReturn

from kit.errors import KitError, MeasurementError
from kit.meters import MeterSetting, open_meters
from kit.meters.interface import Meter
from kit.model.runs import Failed, Measured, Outcome, Phase, Run, Window
from kit.model.study import Cell
from kit.run.events import PhaseStarted
from kit.run.messages import Order, message_to_json, order_from_json
from kit.run.protocol import Course, Standing, goes_through_again, next_phase, unsteady_note, warms_up_further
from kit.run.window import idle, measure
from kit.workloads import Setting, Workload, open_workload

PR_SET_PDEATHSIG: Final = 1
STOPPED: Final = 128 + signal.SIGTERM
"""Exit code of a measuring process that was asked to end, and closed its meters first."""

Send = Callable[[PhaseStarted | Run], None]


def main() -> None:
    """Read the order, measure, report; the exit code is 0 also where runs failed, since they are reported."""
    order = order_from_json(sys.stdin.readline())
    _die_with_parent(order.parent)
    signal.signal(signal.SIGTERM, _stop)
    _bound_memory(order.memory_limit_bytes)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as pipe:

        def send(message: PhaseStarted | Run) -> None:
            pipe.write(message_to_json(message) + "\n")
            pipe.flush()

        measure_all(order, send)


def _stop(number: int, frame: object) -> NoReturn:
    """Leave by way of every `finally`: the meters write their files."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(STOPPED)


def measure_all(order: Order, send: Send) -> None:
    """Measure every pending run of the order; report each as soon as it is whole.

    Where a meter cannot be opened, every run is reported as failed, with the reason.
    """
    setting = MeterSetting(
        folder=Path(order.folder),
        device=order.device,
        country=order.country,
        region=order.region,
        tracking_mode="machine" if order.device == "cuda" else "process",
        forced=order.forced,
    )
    with ExitStack() as closing:
        try:
            meters = open_meters(order.meters, setting)
            for meter in meters:
                closing.callback(meter.close)
                meter.open()
        except Exception as error:  # noqa: BLE001 - a meter's library may break in any way; the runs are Failed
            for pending in order.pending:
                send(_run(order, pending.cell_id, pending.repetition, Failed(_reason(error))))
            return
        bench = _Bench(order, meters, send)
        for cell in order.cells:
            bench.measure_cell(cell)


def _run(order: Order, cell_id: str, repetition: int, outcome: Outcome) -> Run:
    return Run(f"{cell_id}-{repetition}-{os.getpid()}", cell_id, repetition, order.host_id, outcome)


def _reason(error: Exception) -> str:
    """One line, also where a library makes a page of it."""
    if isinstance(error, KitError):
        return error.message
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]


class _Bench:
    """The meters, and what lies under them: the workload of the present cell."""

    def __init__(self, order: Order, meters: tuple[Meter, ...], send: Send) -> None:
        self._order, self._meters, self._send = order, meters, send
        self._bare = True
        self._workload: Workload | None = None
        self._inputs: Sequence[Any] | None = None

    def measure_cell(self, cell: Cell) -> None:
        """Every pending run of a cell, after a rest where the study asks for one."""
        order = self._order
        self._workload = self._inputs = None
        idle(order.procedure.cool_down_s)
        course = Course(
            procedure=order.procedure,
            idle_s=order.idle_s,
            warm_up=cell.protocol.warm_up,
            inferences=cell.protocol.inferences,
        )
        for pending in order.pending:
            if pending.cell_id != cell.cell_id:
                continue
            outcome: Outcome
            try:
                outcome = Measured(self._windows(cell, course, pending.repetition))
            except Exception as error:  # noqa: BLE001 - a model may break in any way; its run is Failed, the others go on
                outcome, self._workload = Failed(_reason(error)), None
            self._send(_run(order, cell.cell_id, pending.repetition, outcome))

    def _windows(self, cell: Cell, course: Course, repetition: int) -> tuple[Window, ...]:
        """The windows of one run, in their order."""
        loaded = self._workload is not None and not self._order.load_each_run
        if self._workload is None or not loaded:
            self._workload = None
            gc.collect()  # pipelines hold themselves in circles; two models at once would break the memory limit
            self._workload = open_workload(cell, _workload_setting(self._order))
        workload, windows = self._workload, []
        standing = Standing(loaded=loaded, bare=self._bare)
        while (phase := next_phase(course, standing)) is not None:
            self._send(PhaseStarted(cell.cell_id, repetition, phase))
            windows.append(self._window(phase, workload, course))
            standing = replace(standing, done=(*standing.done, phase))
        return tuple(windows)

    def _window(self, phase: Phase, workload: Workload, course: Course) -> Window:
        durations_s: list[float] = []
        match phase:
            case Phase.LOAD:
                self._bare = False
                return measure(phase, workload.load, self._meters, workload)
            case Phase.IDLE_BEFORE:
                body = self._idle
            case Phase.CONTEXT_IDLE | Phase.IDLE_AFTER:
                self._prepared(workload, course)
                body = self._idle
            case Phase.WARM_UP:
                warm, query = self._prepared(workload, course)
                steadied = warm[0] if warm else query[0]

                def body() -> None:
                    _infer(workload, warm)
                    _steady(workload, steadied, course, durations_s)

            case _:
                _, query = self._prepared(workload, course)

                def body() -> None:
                    _passes(workload, query, course)

        window = measure(phase, body, self._meters, workload)
        note = unsteady_note(course.procedure, durations_s) if phase is Phase.WARM_UP else None
        return window if note is None else replace(window, notes=(*window.notes, note))

    def _prepared(self, workload: Workload, course: Course) -> tuple[Sequence[Any], Sequence[Any]]:
        """Inputs of the warm-up and of the window; read once for all runs of the cell, and outside of every window."""
        if self._inputs is None:
            self._inputs = workload.inputs
        needed = course.warm_up + course.inferences
        if len(self._inputs) < needed:
            raise MeasurementError(
                f"{workload.cell.dataset.key}: {len(self._inputs)} inputs where {needed} are needed",
                "choose a larger split or fewer inferences",
            )
        return self._inputs[: course.warm_up], self._inputs[course.warm_up : needed]

    def _idle(self) -> None:
        idle(self._order.idle_s)


def _workload_setting(order: Order) -> Setting:
    return Setting(device=order.device, hub=Path(order.hub), offline=True, seed=order.seed)


def _infer(workload: Workload, items: Sequence[Any]) -> None:
    """One input at a time, as the study did; the device is waited for before the window closes."""
    call = workload.call
    for item in items:
        call(item)
    workload.synchronize()


def _passes(workload: Workload, items: Sequence[Any], course: Course) -> None:
    """All the items, and all of them again while the window is too short for the meters."""
    opened_s = time.perf_counter()
    _infer(workload, items)
    while goes_through_again(course.procedure, time.perf_counter() - opened_s):
        _infer(workload, items)


def _steady(workload: Workload, item: Any, course: Course, durations_s: list[float]) -> None:
    """The same item until its durations are steady; one item, since others take longer for what they are."""
    while warms_up_further(course.procedure, durations_s):
        started_s = time.perf_counter()
        _infer(workload, (item,))
        durations_s.append(time.perf_counter() - started_s)


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
