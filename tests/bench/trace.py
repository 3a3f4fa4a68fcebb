"""What an hour of a meter's power trace keeps in memory."""

from __future__ import annotations

import tempfile
import tracemalloc
from pathlib import Path

from kit.meters.trace import SAMPLE_PERIOD_S, PowerTrace

SAMPLES = round(3_600 / SAMPLE_PERIOD_S)


def main() -> None:
    """Print the greatest memory over an hour of samples."""
    header = {"component": "gpu/GPU-1", "meter": "nvml", "power_field": "instantaneous", "started_at": "2026"}
    with tempfile.TemporaryDirectory() as folder:
        trace = PowerTrace(Path(folder), "nvml", header, 0.0)
        trace.open_window(0.0)
        tracemalloc.start()
        for place in range(SAMPLES):
            trace.add(place * SAMPLE_PERIOD_S, 60.0 + place % 300, 6_000 * place)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    print(
        f"trace: an hour at {1 / SAMPLE_PERIOD_S:.0f} Hz, {peak / 1e6:.2f} MB of memory, {size / 1e6:.2f} MB of files"
    )


if __name__ == "__main__":
    main()
