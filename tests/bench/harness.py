"""What the harness adds to a window: the measured loop against the bare one, same model, same inputs, same process."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from kit.catalog import load_study
from kit.fetch import cache_folder, hub_folder
from kit.meters import MeterSetting, open_meters
from kit.model.runs import Phase
from kit.run.child import _infer
from kit.run.window import measure
from kit.workloads import Setting, open_workload

WINDOW_S = 5.0
PAIRS = 5


def main() -> None:
    """Print the ratio of windows to bare loops of about five seconds."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    planned = next(item for item in load_study("embedded").cells if item.cell.model.id == "distilbert-base-uncased")
    hub = hub_folder(cache_folder(os.environ), "embedded")
    workload = open_workload(planned.cell, Setting(device="cpu", hub=hub, offline=True, seed=1))
    workload.load()
    inputs = list(workload.inputs)
    started = time.perf_counter()
    for item in inputs:
        workload.call(item)
    count = max(1, round(WINDOW_S / ((time.perf_counter() - started) / len(inputs))))
    workload.inputs[:] = (inputs * (count // len(inputs) + 1))[:count]
    setting = MeterSetting(folder=Path(tempfile.mkdtemp()), device="cpu", country="USA", tracking_mode="process")
    meters = open_meters(("codecarbon",), setting)
    for meter in meters:
        meter.open()
    call = workload._pipeline
    ratios = []
    for _ in range(PAIRS):
        bare = time.perf_counter()
        for item in workload.inputs:
            call(item)
        bare = time.perf_counter() - bare
        whole = time.perf_counter()
        window = measure(Phase.QUERY, lambda: _infer(workload, workload.inputs), meters, workload)
        whole = time.perf_counter() - whole
        ratios.append((window.duration_s / bare, whole / bare))
    for meter in meters:
        meter.close()
    inside, outside = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(
        f"harness: {count} inferences, {window.duration_s:.2f} s; window / bare loop {inside:.4f} (median of {PAIRS});"
    )
    print(f"         window with opening and closing the meters / bare loop {outside:.4f}")
