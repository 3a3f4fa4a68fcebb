"""The power trace that a meter records beside its counter, within a bounded memory, and its file."""

from __future__ import annotations

import gzip
import json
import math
import threading
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from kit.errors import InputError, SchemaError
from kit.files import write_bytes
from kit.model.canonical import canonical_json

SCHEMA: Final = 1
SAMPLE_PERIOD_S: Final = 0.1
SAMPLES_A_FILE: Final = 3_000
"""Five minutes at 10 Hz, of 20 bytes each in memory; then they are written and forgotten."""
LARGEST_FILE: Final = 64 * 2**20
FEWEST_SAMPLES: Final = 5
"""Under so many samples in a window their integral is not worth stating."""

Finite = Annotated[float, Ge(-1e12), Le(1e12)]


@dataclass(frozen=True, slots=True)
class PowerIntegral:
    """Sampled power over one window.

    Attributes:
        energy_j: by the trapezoidal rule, the first and last sample held to the edges of the window.
        samples: how many there were.
        low_w, high_w: the least and the greatest of them.
    """

    energy_j: float
    samples: int
    low_w: float
    high_w: float

    @property
    def uncertainty_j(self) -> float:
        """Of a power that changes faster than it is sampled: the greatest standard error that its range allows."""
        return (self.high_w - self.low_w) / 2 * SAMPLE_PERIOD_S * math.sqrt(self.samples)


@validated(frozen=True, slots=True)
class TraceFile:
    """A recorded trace, as it lies in `traces/`.

    Attributes:
        component: `gpu/<UUID>`.
        meter, power_field: what read it, and which of the device's power readings it was.
        started_at: UTC, ISO 8601, of second 0.
        time_s, power_w, counter_j: one entry a sample; the counter's from its value at the first sample.
        windows: label, opening and closing of the windows that closed in its time.
    """

    schema_version: int
    component: str
    meter: str
    power_field: str
    started_at: str
    time_s: tuple[Finite, ...]
    power_w: tuple[Finite, ...]
    counter_j: tuple[Finite, ...]
    windows: tuple[tuple[str, Finite, Finite], ...] = ()


class PowerTrace:
    """Samples of one device's power. One thread adds, another asks.

    Args:
        folder: where the files go; it exists.
        stem: of their names.
        header: `component`, `meter`, `power_field` and `started_at` of the files.
        origin_s: steady time of second 0.
    """

    def __init__(self, folder: Path, stem: str, header: dict[str, Any], origin_s: float) -> None:
        self._folder, self._stem, self._header, self._origin_s = folder, stem, header, origin_s
        self._lock = threading.Lock()
        self._parts = 0
        self._clear()
        self._windows: list[tuple[str, float, float]] = []
        self._opened_s: float | None = None
        self._window = PowerIntegral(0.0, 0, 0.0, 0.0)
        self._last = (0.0, 0.0)

    def _clear(self) -> None:
        self._time_s, self._power_w, self._counter_mj = array("d"), array("f"), array("Q")

    def add(self, time_s: float, power_w: float, counter_mj: int) -> None:
        """Add a sample, at a steady time."""
        with self._lock:
            self._time_s.append(time_s)
            self._power_w.append(power_w)
            self._counter_mj.append(counter_mj)
            if self._opened_s is not None:
                self._extend_window(time_s, power_w)
            if len(self._time_s) >= SAMPLES_A_FILE:
                self._write()

    def _extend_window(self, time_s: float, power_w: float) -> None:
        before, window = self._last, self._window
        if window.samples == 0:
            before = (self._opened_s or 0.0, power_w)
        energy_j = window.energy_j + (before[1] + power_w) / 2 * (time_s - before[0])
        low_w = power_w if window.samples == 0 else min(window.low_w, power_w)
        self._window = PowerIntegral(energy_j, window.samples + 1, low_w, max(window.high_w, power_w))
        self._last = (time_s, power_w)

    def open_window(self, opened_s: float) -> None:
        """A window opened at a steady time; what was open before is forgotten."""
        with self._lock:
            self._opened_s, self._window = opened_s, PowerIntegral(0.0, 0, 0.0, 0.0)

    def close_window(self, label: str, closed_s: float) -> PowerIntegral | None:
        """The window's integral, or None where too few samples fell into it."""
        with self._lock:
            window, opened_s = self._window, self._opened_s
            if opened_s is None:
                return None
            self._opened_s = None
            self._windows.append((label, opened_s - self._origin_s, closed_s - self._origin_s))
            if window.samples < FEWEST_SAMPLES:
                return None
            tail_j = self._last[1] * (closed_s - self._last[0])
            return PowerIntegral(window.energy_j + tail_j, window.samples, window.low_w, window.high_w)

    def flush(self) -> None:
        """Write what is not yet in a file."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        if not self._time_s:
            return
        base_mj = self._counter_mj[0]
        content = {
            **self._header,
            "schema_version": SCHEMA,
            "time_s": [round(time_s - self._origin_s, 6) for time_s in self._time_s],
            "power_w": [round(power_w, 3) for power_w in self._power_w],
            "counter_j": [(counter_mj - base_mj) / 1000 for counter_mj in self._counter_mj],
            "windows": self._windows,
        }
        path = self._folder / f"{self._stem}-{self._parts:03d}.json.gz"
        write_bytes(path, gzip.compress(canonical_json(content).encode(), mtime=0))
        self._parts += 1
        self._windows = []
        self._clear()


def read_trace(path: Path) -> TraceFile:
    """A recorded trace.

    Raises:
        InputError: if the file is none, too large, or its columns do not fit together.
        SchemaError: if a newer kit wrote it.
    """
    advice = "give a file of a run's `traces` folder"
    try:
        with gzip.open(path) as file:
            content = file.read(LARGEST_FILE + 1)
        value = json.loads(content[:LARGEST_FILE])
        version = value["schema_version"]
        if version > SCHEMA:
            raise SchemaError(
                f"{path}: a trace of schema version {version}", "use the version of the kit that wrote it"
            )
        trace: TraceFile = TypeAdapter(TraceFile).validate_python(value)
    except (OSError, EOFError, ValueError, KeyError, TypeError, ValidationError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: not a power trace ({reason})", advice) from error
    lengths = {len(trace.time_s), len(trace.power_w), len(trace.counter_j)}
    ascending = all(early < late for early, late in zip(trace.time_s, trace.time_s[1:], strict=False))
    if len(lengths) > 1 or len(trace.time_s) < 2 or not ascending:
        raise InputError(f"{path}: a trace whose columns do not fit together, or whose time runs back", advice)
    return trace
