from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from kit.errors import InputError, SchemaError
from kit.meters.trace import SAMPLES_A_FILE, PowerTrace, read_trace

HEADER = {
    "component": "gpu/GPU-1",
    "meter": "nvml 580",
    "power_field": "instantaneous",
    "started_at": "2026-01-01T00:00:00.000+00:00",
}


def trace(folder: Path) -> PowerTrace:
    return PowerTrace(folder, "nvml", HEADER, origin_s=100.0)


def test_the_integral_holds_the_first_and_last_sample_to_the_edges(tmp_path: Path) -> None:
    recorded = trace(tmp_path)
    recorded.add(100.0, 999.0, 0)
    recorded.open_window(100.5)
    for place in range(6):
        recorded.add(101.0 + place, 100.0 + 10 * place, 1000 * place)
    found = recorded.close_window("query", 106.25)
    assert found is not None
    # 0.5 s at 100 W, five seconds from 100 to 150 W, 0.25 s at 150 W.
    assert found.energy_j == pytest.approx(50 + 625 + 37.5)
    assert (found.samples, found.low_w, found.high_w) == (6, 100, 150)
    assert found.uncertainty_j == pytest.approx(25 * 0.1 * 6**0.5)


def test_few_samples_give_no_integral(tmp_path: Path) -> None:
    recorded = trace(tmp_path)
    assert recorded.close_window("query", 101.0) is None
    recorded.open_window(100.0)
    recorded.add(100.1, 100.0, 1)
    assert recorded.close_window("query", 100.2) is None


def test_a_trace_is_written_and_read_again(tmp_path: Path) -> None:
    recorded = trace(tmp_path)
    recorded.open_window(100.0)
    for place in range(10):
        recorded.add(100.1 + place / 10, 60.0 + place, 5_000_000 + 6_000 * place)
    recorded.close_window("query", 101.0)
    recorded.flush()
    recorded.flush()
    (path,) = tmp_path.iterdir()
    found = read_trace(path)
    assert found.component == "gpu/GPU-1"
    assert found.time_s == pytest.approx([0.1 + place / 10 for place in range(10)])
    assert found.power_w == pytest.approx([60.0 + place for place in range(10)])
    assert found.counter_j == pytest.approx([6.0 * place for place in range(10)])
    assert found.windows == (("query", 0.0, 1.0),)


def test_an_hour_of_trace_takes_less_than_two_megabytes(tmp_path: Path) -> None:
    recorded = trace(tmp_path)
    recorded.open_window(100.0)
    tracemalloc.start()
    for place in range(36_000):
        recorded.add(100.0 + place / 10, 60.0 + place % 300, 5_000_000 + 6_000 * place)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
    assert peak < 2_000_000
    assert len(list(tmp_path.iterdir())) == 36_000 // SAMPLES_A_FILE
    found = recorded.close_window("query", 100.0 + 3_600)
    assert found is not None
    assert found.samples == 36_000


def written(folder: Path, **changes: Any) -> Path:
    content = HEADER | {
        "schema_version": 1,
        "time_s": [0.0, 0.1, 0.2],
        "power_w": [1.0, 2.0, 3.0],
        "counter_j": [0.0, 0.1, 0.3],
        "windows": [],
    }
    path = folder / "trace.json.gz"
    path.write_bytes(gzip.compress(json.dumps(content | changes).encode()))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time_s": [0.0, 0.2, 0.1]}, "time runs back"),
        ({"power_w": [1.0]}, "columns do not fit"),
        ({"time_s": "now"}, "not a power trace"),
        ({"power_w": [1.0, 2.0, 1e300]}, "not a power trace"),
        ({"schema_version": None}, "not a power trace"),
    ],
)
def test_a_broken_trace_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_trace(written(tmp_path, **changes))


def test_a_trace_of_a_newer_kit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="schema version 2"):
        read_trace(written(tmp_path, schema_version=2))


@pytest.mark.parametrize("content", [b"", b"not gzip", gzip.compress(b"{", mtime=0)])
def test_what_is_no_trace_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "trace.json.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a power trace"):
        read_trace(path)
    with pytest.raises(InputError, match="not a power trace"):
        read_trace(tmp_path / "absent")
