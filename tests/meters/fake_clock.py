"""A clock that a test moves."""

from __future__ import annotations

from collections.abc import Callable

from kit.meters import Clock


class FakeClock:
    """Seconds that pass when told to; `calls` holds what asked to be called each so often."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.calls: list[Callable[[], None]] = []

    def every(self, period_s: float, function: Callable[[], None]) -> Callable[[], None]:
        self.calls.append(function)
        return lambda: self.calls.remove(function)

    def pass_by(self, duration_s: float) -> None:
        self.now_s += duration_s

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now_s, wall=lambda: 1e9 + self.now_s, sleep=self.pass_by, every=self.every)
