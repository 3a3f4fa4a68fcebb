"""RAPL: the energy counters of the processor packages and their memory, where the kernel lets one read them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import MeasurementError
from kit.meters.interface import MeterReading, MeterSetting, Span, UnresolvedError
from kit.model.readings import Provenance, Reading

POWERCAP: Final = Path("/sys/class/powercap")
COLLECT_PERIOD_S: Final = 30.0
"""How often the counters are looked at within a window: they wrap, at a kilowatt not sooner than after a minute."""
UPDATE_PERIOD_S: Final = 0.001
"""RAPL's own update period (Intel's Software Developer's Manual, volume 3B, 15.10)."""


@dataclass(slots=True)
class _Domain:
    """One counter: which component it belongs to, and what it has counted since the window opened."""

    folder: Path
    component: str
    range_uj: int
    last_uj: int = 0
    counted_uj: int = 0

    def read(self) -> int:
        return _number(self.folder / "energy_uj")

    def collect(self) -> None:
        now_uj = self.read()
        self.counted_uj += now_uj - self.last_uj if now_uj >= self.last_uj else now_uj + self.range_uj - self.last_uj
        self.last_uj = now_uj


def _number(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except PermissionError as error:
        raise MeasurementError(
            f"{path}: not readable", "let root run `chmod a+r` on the energy_uj files, or drop the meter `rapl`"
        ) from error
    except (OSError, ValueError) as error:
        raise MeasurementError(f"{path}: {error}", "drop the meter `rapl`") from error


def _name(folder: Path) -> str:
    try:
        return (folder / "name").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


class RaplMeter:
    """Reads `cpu` (all packages) and, where there is a counter of its own, `ram`.

    Args:
        powercap: the kernel's folder; tests give it one of their own.
    """

    name = "rapl"

    def __init__(self, setting: MeterSetting, span: Span, powercap: Path = POWERCAP) -> None:
        self._clock = setting.clock
        self._span = span
        self._powercap = powercap
        self._domains: tuple[_Domain, ...] = ()
        self._lock = threading.Lock()
        self._stop_collecting: Callable[[], None] | None = None
        self._fault: MeasurementError | None = None
        self._open = False

    def open(self) -> None:
        """Find the counters.

        Raises:
            MeasurementError: if there is none, or they may not be read.
        """
        found: list[_Domain] = []
        for folder in sorted(self._powercap.glob("intel-rapl:*")):
            name = _name(folder)
            component = "cpu" if name.startswith("package") else "ram" if name == "dram" else None
            if component is not None:
                domain = _Domain(folder, component, _number(folder / "max_energy_range_uj"))
                domain.read()
                found.append(domain)
        if not any(domain.component == "cpu" for domain in found):
            raise MeasurementError(
                f"{self._powercap}: no RAPL counter here (virtual machines rarely have one)", "drop the meter `rapl`"
            )
        self._domains = tuple(found)
        self._stop_collecting = self._clock.every(COLLECT_PERIOD_S, self._collect)

    def _collect(self) -> None:
        with self._lock:
            if not self._open or self._fault is not None:
                return
            try:
                for domain in self._domains:
                    domain.collect()
            except MeasurementError as error:
                self._fault = error

    def begin(self, label: str) -> None:
        """Read every counter; the label is not used."""
        with self._lock:
            self._fault = None
            for domain in self._domains:
                domain.last_uj, domain.counted_uj = domain.read(), 0
            self._open = True
        self._span.ready()

    def end(self) -> MeterReading:
        """Read every counter again.

        Raises:
            UnresolvedError: if that of a package has not moved: the others say nothing of it.
            MeasurementError: if one cannot be read any more.
        """
        closed_s = self._span.asked()
        self._collect()
        with self._lock:
            self._open = False
            if self._fault is not None:
                raise self._fault
        duration_s = closed_s - self._span.opened_s
        readings = []
        for component in ("cpu", "ram"):
            domains = [domain for domain in self._domains if domain.component == component]
            still = [domain.folder.name for domain in domains if domain.counted_uj <= 0]
            if still and component == "cpu":
                raise UnresolvedError(
                    f"the RAPL counter {still[0]} did not move in {duration_s:.4f} s",
                    "make more inferences in the window, or drop the meter `rapl`",
                )
            if domains and not still:
                energy_j = sum(domain.counted_uj for domain in domains) / 1e6
                step_j = energy_j * UPDATE_PERIOD_S / duration_s
                readings.append(Reading(component, energy_j, Provenance.COUNTER, self.name, step_j))
        return MeterReading(tuple(readings))

    def abandon(self) -> None:
        """Forget the window in progress."""
        with self._lock:
            self._open = False

    def close(self) -> None:
        """Stop looking at the counters."""
        if self._stop_collecting is not None:
            self._stop_collecting()
            self._stop_collecting = None
