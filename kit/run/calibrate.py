"""Calibration: what the meters of this machine can resolve, what they cost, and what they say of a known load.

The certificate is a file that travels with the results. It states raw values
beside each summary, so that a reader can judge them. What the meters cost
within a window is the CPU time that the process uses in one in which it sleeps.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any, Final

import kit
from kit.errors import InputError
from kit.files import make_folder, write_text
from kit.meters import Meter, MeterReading, MeterSetting, open_meters
from kit.meters.interface import UnresolvedError
from kit.model.canonical import canonical_json, digest

SCHEMA: Final = 1
CERTIFICATE: Final = "calibration.json"
EDGE_SHARE: Final = 0.01
"""The certificate states how long a window has to be for its edges to matter by less than this."""
_EMPTY_WINDOWS: Final = 12
_IDLE_WINDOWS: Final = 3

Load = Callable[[float], None]
"""Keeps the device busy for so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do.

    Attributes:
        meters: names.
        seconds: length of the idle windows and of the load.
        load: the known load, and what it is in words.
        load_name: as `matrix products of 8192 x 8192 on cuda:0`.
        host: record of this machine.
    """

    meters: Sequence[str]
    seconds: float
    load: Load
    load_name: str
    host: Mapping[str, Any]


def calibrate(plan: Plan, setting: MeterSetting, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure and write the certificate into the setting's folder.

    Args:
        plan: what to do.
        setting: of the meters; its folder gets `calibration.json` and the meters' own files.
        say: told, in a few words, what is being measured.

    Returns:
        The certificate, as it was written.

    Raises:
        MeasurementError: if a meter cannot measure here.
    """
    make_folder(setting.folder)
    clock = setting.clock
    meters = open_meters(plan.meters, setting)
    with ExitStack() as closing:
        for meter in meters:
            closing.callback(meter.close)
            meter.open()
        say("what opening and closing a window costs")
        costs = [_window_costs(meter, setting) for meter in meters]
        say("idle power")
        idle = [_measure(meters, setting, "idle", clock.sleep, plan.seconds) for _ in range(_IDLE_WINDOWS)]
        say(f"a known load: {plan.load_name}")
        loaded = _measure(meters, setting, "load", plan.load, plan.seconds)
        say("idle power again")
        after = _measure(meters, setting, "idle again", clock.sleep, plan.seconds)
        periods = {meter.name: period for meter in meters if (period := getattr(meter, "update_period_s", None))}
    content: dict[str, Any] = {
        "schema_version": SCHEMA,
        "kit": kit.__version__,
        "made_at": datetime.fromtimestamp(clock.wall(), UTC).isoformat(timespec="seconds"),
        "host": dict(plan.host),
        "device": setting.device,
        "tracking_mode": setting.tracking_mode,
        "meters": costs,
        "update_period_s": periods,
        "shortest_window_s": {name: period / EDGE_SHARE for name, period in periods.items()},
        "meters_cpu_share": [window.cpu_s / window.duration_s for window in idle],
        "idle_power_w": _idle_summary(idle),
        "load_step": _load_summary(plan.load_name, loaded, idle, after),
    }
    certificate = {**content, "sha256": digest(content)}
    write_text(setting.folder / CERTIFICATE, canonical_json(certificate) + "\n")
    return certificate


@dataclass(frozen=True, slots=True)
class _Measured:
    duration_s: float
    cpu_s: float
    readings: tuple[MeterReading, ...]

    def powers_w(self) -> dict[str, float]:
        """Mean power by component, meter and provenance."""
        return {
            f"{item.component} by {item.meter} ({item.provenance.value})": item.energy_j / self.duration_s
            for reading in self.readings
            for item in reading.readings
        }


def _measure(meters: Sequence[Meter], setting: MeterSetting, label: str, body: Load, duration_s: float) -> _Measured:
    with ExitStack() as giving_up:
        for meter in meters:
            meter.begin(label)
            giving_up.callback(meter.abandon)
        opened_s, cpu_before_s = setting.clock.now(), time.process_time()
        body(duration_s)
        lasted_s, cpu_s = setting.clock.now() - opened_s, time.process_time() - cpu_before_s
        readings = tuple(meter.end() for meter in reversed(meters))
        giving_up.pop_all()
    return _Measured(lasted_s, cpu_s, readings[::-1])


def _window_costs(meter: Meter, setting: MeterSetting) -> dict[str, Any]:
    """Seconds that beginning and ending a window of the meter takes, over windows of a tenth of a second."""
    clock = setting.clock
    begin_s, end_s = [], []
    for _ in range(_EMPTY_WINDOWS):
        started_s = clock.now()
        meter.begin("empty")
        begun_s = clock.now()
        clock.sleep(0.1)
        closing_s = clock.now()
        with suppress(UnresolvedError):  # the window may lie between two steps of a counter: its cost is the same
            meter.end()
        begin_s.append(begun_s - started_s)
        end_s.append(clock.now() - closing_s)
    return {
        "meter": meter.name,
        "begin_s": {"median": median(begin_s), "greatest": max(begin_s)},
        "end_s": {"median": median(end_s), "greatest": max(end_s)},
        "windows": _EMPTY_WINDOWS,
    }


def _idle_summary(idle: Sequence[_Measured]) -> dict[str, Any]:
    powers = [window.powers_w() for window in idle]
    summary = {}
    for name in powers[0]:
        values = [window[name] for window in powers if name in window]
        summary[name] = {
            "mean": mean(values),
            "standard_deviation": stdev(values) if len(values) > 1 else None,
            "windows": values,
        }
    return summary


def _load_summary(name: str, loaded: _Measured, idle: Sequence[_Measured], after: _Measured) -> dict[str, Any]:
    before_w = _idle_summary(idle)
    power_w, after_w = loaded.powers_w(), after.powers_w()
    return {
        "load": name,
        "duration_s": loaded.duration_s,
        "power_w": power_w,
        "above_idle_w": {key: value - before_w[key]["mean"] for key, value in power_w.items() if key in before_w},
        "idle_power_after_w": after_w,
    }


def read_certificate(path: Path) -> dict[str, Any]:
    """A certificate, checked against its digest.

    Raises:
        InputError: if the file is none, or was changed.
    """
    advice = "make a new one with `kit calibrate`"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        stated = content.pop("sha256")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"{path}: not a certificate of `kit calibrate` ({error})", advice) from error
    if digest(content) != stated:
        raise InputError(f"{path}: the certificate was changed after it was made", advice)
    return {**content, "sha256": stated}
