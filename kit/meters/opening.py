"""Making meters of their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kit.errors import MeasurementError
from kit.meters.interface import Meter, MeterSetting, Span

METERS: Final = ("nvml", "rapl", "replay", "codecarbon")
"""Names of the meters, outermost first: the order in which they are begun."""


def open_meters(names: Sequence[str], setting: MeterSetting) -> tuple[Meter, ...]:
    """The meters of some names, outermost first, not yet opened. They share one span: use them together.

    Raises:
        MeasurementError: if a name is none of `METERS`, or named twice.
    """
    unknown = [name for name in names if name not in METERS]
    if unknown or len(set(names)) < len(names):
        raise MeasurementError(
            f"meters: {', '.join(names)}: {unknown[0] if unknown else 'one name'} is "
            f"{'not a meter' if unknown else 'given twice'}",
            f"choose among {', '.join(METERS)}",
        )
    span = Span(setting.clock)
    return tuple(_make(name, setting, span) for name in METERS if name in names)


def _make(name: str, setting: MeterSetting, span: Span) -> Meter:
    match name:
        case "nvml":
            from kit.meters.nvml import NvmlMeter

            return NvmlMeter(setting, span)
        case "rapl":
            from kit.meters.rapl import RaplMeter

            return RaplMeter(setting, span)
        case "replay":
            from kit.meters.replay import ReplayMeter

            return ReplayMeter(setting, span)
        case _:
            from kit.meters.codecarbon import CodeCarbonMeter

            return CodeCarbonMeter(setting, span)
