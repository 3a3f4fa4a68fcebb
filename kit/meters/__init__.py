"""Meters: what reads energy. The only layer that knows CodeCarbon and NVML, and it imports them when a meter opens."""

from kit.meters.gpu_state import gpu_conditions, gpu_identities
from kit.meters.interface import Clock, Meter, MeterReading, MeterSetting
from kit.meters.opening import METERS, open_meters

__all__ = [
    "METERS",
    "Clock",
    "Meter",
    "MeterReading",
    "MeterSetting",
    "gpu_conditions",
    "gpu_identities",
    "open_meters",
]
