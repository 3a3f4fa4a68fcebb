"""What a meter is, and what the meters of one process share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from kit.errors import MeasurementError
from kit.model.readings import Reading
from kit.model.runs import Grid

CLOCK_JUMP_S: Final = 0.1
CLOCK_JUMP_SHARE: Final = 0.002
"""How far the wall clock may drift from the steady one in a window: slewing by NTP stays far below, a jump does not."""


class UnresolvedError(MeasurementError):
    """A window is too short for the steps of a meter's counter: its energy is not known, and it is not zero."""


def call_every(period_s: float, function: Callable[[], None]) -> Callable[[], None]:
    """Call a function each `period_s` seconds in a thread, until the returned function is called.

    A call that comes too late is made at once, and the missed ones are left out.
    """
    done = threading.Event()

    def run() -> None:
        due_s = time.perf_counter() + period_s
        while not done.wait(max(0.0, due_s - time.perf_counter())):
            function()
            due_s = max(due_s + period_s, time.perf_counter())

    thread = threading.Thread(target=run, name="meter", daemon=True)
    thread.start()

    def stop() -> None:
        done.set()
        thread.join()

    return stop


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks that a meter uses; tests give it those of a simulated device.

    Attributes:
        now: steady seconds, from any start.
        wall: seconds since 1970.
        sleep: waits for so many seconds.
        every: calls a function each so many seconds, beside what else is done, until what it returns is called.
    """

    now: Callable[[], float] = time.perf_counter
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    every: Callable[[float, Callable[[], None]], Callable[[], None]] = call_every


class Span:
    """The innermost edges of the window in progress, shared by the meters of one process.

    Meters open one after another. Each says when it is ready and when it is
    asked to end; the last one ready and the first one asked mark the span of
    the work itself, which a meter that waits for its counter needs to know.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.opened_s = clock.now()
        self._opened_wall_s = clock.wall()
        self._closed_s: float | None = None
        self._closed_wall_s = 0.0

    def ready(self) -> None:
        """A meter has opened: the work may begin now."""
        self._closed_s = None
        self.opened_s = self._clock.now()
        self._opened_wall_s = self._clock.wall()

    def asked(self) -> float:
        """A meter is asked to end: the work is over. Returns the steady time of the first who was asked.

        Raises:
            MeasurementError: if the wall clock jumped, or the machine slept, in the window.
        """
        if self._closed_s is None:
            self._closed_s = self._clock.now()
            self._closed_wall_s = self._clock.wall()
        duration_s = self._closed_s - self.opened_s
        jump_s = (self._closed_wall_s - self._opened_wall_s) - duration_s
        if abs(jump_s) > CLOCK_JUMP_S + CLOCK_JUMP_SHARE * duration_s:
            raise MeasurementError(
                f"the clock jumped by {jump_s:+.2f} s within a window of {duration_s:.2f} s",
                "keep the machine from sleeping and its clock from being set while it measures, then run again",
            )
        return self._closed_s


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What one meter says of one window.

    Attributes:
        readings: one a component that was measured; what was not measured is absent.
        grid: where the meter believed it was, and the emissions that it reports itself, if it does.
        notes: what a reader of the run has to know, each one sentence (that the GPU was slowed down, say).
    """

    readings: tuple[Reading, ...]
    grid: Grid | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSetting:
    """What meters need to know about the run.

    Attributes:
        folder: of the run; meters write into `codecarbon/` and `traces/` in it.
        device: `cuda` or `cpu`: what does the work.
        country: ISO 3166-1 alpha-3.
        region: state or province, where CodeCarbon knows it.
        tracking_mode: CodeCarbon's `machine` (the whole node, as the paper) or `process` (this one's share of the CPU).
        gpu: which of the visible GPUs does the work, as CUDA counts them.
        forced: whether other processes on the GPU in use, and its being partitioned, are put up with (the caller
            records the deviation).
        replayed: for the meter `replay`, the recorded trace.
        clock: the clocks.
    """

    folder: Path
    device: str
    country: str
    region: str | None = None
    tracking_mode: str = "machine"
    gpu: int = 0
    forced: bool = False
    replayed: Path | None = None
    clock: Clock = field(default_factory=Clock)


class Meter(Protocol):
    """Reads energy over windows: `open`, then `begin` and `end` (or `abandon`) for each window, then `close`.

    Meters are begun in the order in which `open_meters` gives them and ended in
    the reverse: those that wait for their counter are outermost.
    """

    @property
    def name(self) -> str:
        """The meter and its version, as `codecarbon 3.3.2`."""

    def open(self) -> None:
        """Probe the machine and warm up; may take seconds.

        Raises:
            MeasurementError: if the meter cannot measure here.
        """

    def begin(self, label: str) -> None:
        """Open a window; may wait for a tick of a counter, and returns right after it.

        Raises:
            MeasurementError: if the device is lost.
        """

    def end(self) -> MeterReading:
        """Close the window and read it.

        Raises:
            UnresolvedError: if the window is too short for the meter; it is closed all the same.
            MeasurementError: if the energy of a component that the meter answers for is not known. Nothing is a zero.
        """

    def abandon(self) -> None:
        """Give up the window in progress, if there is one; never raises."""

    def close(self) -> None:
        """Release everything and write the meter's own files.

        Raises:
            MeasurementError: if the meter did not write what it should.
        """
