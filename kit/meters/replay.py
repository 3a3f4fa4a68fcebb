"""A recorded power trace, played from the moment the meter opens, through the same interface as a real device."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from pathlib import Path

from kit.errors import MeasurementError
from kit.meters.interface import MeterReading, MeterSetting, Span
from kit.meters.trace import TraceFile, read_trace
from kit.model.readings import Provenance, Reading


class ReplayMeter:
    """Reads the component of the trace. Its second 0 is when the meter opens; past its end nothing is known."""

    def __init__(self, setting: MeterSetting, span: Span) -> None:
        self._setting = setting
        self._span = span
        self._trace: TraceFile | None = None
        self._origin_s = 0.0
        self._digest = ""

    @property
    def name(self) -> str:
        """`replay` and the beginning of the trace's SHA-256, once it is open."""
        return f"replay {self._digest}".rstrip()

    def open(self) -> None:
        """Read the trace and start to play it.

        Raises:
            MeasurementError: if no trace was given.
            InputError: if the file is none.
        """
        path = self._setting.replayed
        if path is None:
            raise MeasurementError("the meter `replay` has no trace to play", "name a file of a run's `traces` folder")
        self._trace = read_trace(path)
        self._digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
        self._origin_s = self._setting.clock.now()

    def begin(self, label: str) -> None:
        """Open a window; the label is not used."""
        self._span.ready()

    def end(self) -> MeterReading:
        """The trace's energy between the edges of the window.

        Raises:
            MeasurementError: if the trace was over before the window was.
        """
        closed_s = self._span.asked() - self._origin_s
        opened_s = self._span.opened_s - self._origin_s
        trace = self._trace
        if trace is None or closed_s > trace.time_s[-1] or opened_s < trace.time_s[0]:
            raise MeasurementError(
                f"the replayed trace does not cover the window from {opened_s:.2f} to {closed_s:.2f} s",
                "give a longer trace",
            )
        energy_j = energy_between(trace, opened_s, closed_s)
        step_j = energy_j / (closed_s - opened_s) * _widest_step_s(trace) if closed_s > opened_s else None
        return MeterReading((Reading(trace.component, energy_j, Provenance.POWER_INTEGRAL, self.name, step_j),))

    def abandon(self) -> None:
        """Nothing is kept of a window."""

    def close(self) -> None:
        """Put the trace away."""
        self._trace = None


def energy_between(trace: TraceFile, from_s: float, to_s: float) -> float:
    """Joules of a trace between two of its times, by the trapezoidal rule, its power linear between samples.

    Args:
        trace: one whose samples enclose both times.
        from_s, to_s: seconds of the trace.
    """
    first, last = bisect_left(trace.time_s, from_s), bisect_left(trace.time_s, to_s)
    times = [from_s, *trace.time_s[first:last], to_s]
    powers = [_power_at(trace, from_s), *trace.power_w[first:last], _power_at(trace, to_s)]
    return sum(
        (powers[place] + powers[place + 1]) / 2 * (times[place + 1] - times[place]) for place in range(len(times) - 1)
    )


def _power_at(trace: TraceFile, at_s: float) -> float:
    after = min(max(1, bisect_left(trace.time_s, at_s)), len(trace.time_s) - 1)
    early_s, late_s = trace.time_s[after - 1], trace.time_s[after]
    share = (at_s - early_s) / (late_s - early_s)
    return trace.power_w[after - 1] * (1 - share) + trace.power_w[after] * share


def _widest_step_s(trace: TraceFile) -> float:
    return max(late - early for early, late in zip(trace.time_s, trace.time_s[1:], strict=False))
