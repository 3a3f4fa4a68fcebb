from __future__ import annotations

import pytest

from kit.analyse.counted import counted_for
from kit.model.readings import Provenance, Reading
from kit.model.results import Boundary
from kit.model.runs import Phase, Window

CARBON = "codecarbon 3.3.2"
SUM = Reading("gpu/sum-of-8", 900.0, Provenance.COUNTER, CARBON)
ONE = Reading("gpu/GPU-1", 401.0, Provenance.COUNTER, CARBON)
NVML = Reading("gpu/GPU-1", 400.0, Provenance.COUNTER, "nvml 580")
TRACE = Reading("gpu/GPU-1", 395.0, Provenance.POWER_INTEGRAL, "nvml 580 trace")
CPU = Reading("cpu", 40.0, Provenance.MODEL, CARBON)
CONSTANT_CPU = Reading("cpu", 42.5, Provenance.CONSTANT, CARBON)
RAPL = Reading("cpu", 50.0, Provenance.COUNTER, "rapl")
RAM = Reading("ram", 100.0, Provenance.CONSTANT, CARBON)


@pytest.mark.parametrize(
    ("device", "boundary", "readings", "found"),
    [
        ("cuda", Boundary.PUBLISHED, (NVML, TRACE, SUM, CPU, RAM), (SUM, CPU, RAM)),
        ("cuda", Boundary.PUBLISHED, (NVML, TRACE), None),
        ("cuda", Boundary.DEVICE, (TRACE, ONE, NVML, CPU), (NVML,)),
        ("cuda", Boundary.NET, (TRACE, SUM, CPU), (TRACE,)),
        ("cuda", Boundary.DEVICE, (ONE, CPU, RAM), (ONE,)),
        ("cuda", Boundary.DEVICE, (SUM, CPU, RAM), None),
        ("cpu", Boundary.DEVICE, (ONE, CPU, RAM), (CPU,)),
        ("cpu", Boundary.DEVICE, (CPU, RAPL, RAM), (RAPL,)),
        ("cpu", Boundary.DEVICE, (CONSTANT_CPU, RAM), None),
        ("cpu", Boundary.NET, (), None),
    ],
)
def test_readings_are_counted_by_boundary_and_device(
    device: str, boundary: Boundary, readings: tuple[Reading, ...], found: tuple[Reading, ...] | None
) -> None:
    assert counted_for(device)(Window(Phase.QUERY, "", 1.0, readings), boundary) == found
