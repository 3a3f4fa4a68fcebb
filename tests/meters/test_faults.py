"""Everything that can go wrong with a GPU ends as an error with its reason; nothing is a zero."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.standin.build import Standin
from tests.standin.shapes import constant, device_lines, uuid

PLAN = [["wait", 3.0], ["window", "query", 2.0], ["wait", 1.0], ["window", "query", 4.0], ["window", "query", 1.0]]
"""With what the meters take to open, the second window spans second 8."""


FOREIGN = "process 0 999001 0 99\nprocess 0 999002 0 99\n"


def job(fault: str, meter: str, gpus: int = 2, **more: Any) -> dict[str, Any]:
    devices = device_lines([constant(60, 0)] * gpus, 0.1) + fault
    return {"devices": devices, "meters": [meter], "plan": PLAN, **more}


FAULTS = {
    "the counter is reset": ("reset 0 8.0\n", "went backwards"),
    "the counter goes backwards": ("backwards 0 8.0 9000000\n", "went backwards"),
    "NVML is lost in mid-run": ("lost 0 8.0\n", "GPU is lost|failed or went backwards"),
    "a foreign process appears": ("process 0 999001 8 99\nprocess 0 999002 8 99\n", "other processes compute on it"),
    "there is no energy counter": ("no-counter 0\n", "no energy counter"),
    "the counter stands still": ("still 0 4.0\n", "stood still|reports no energy"),
    "its power is no longer told": ("blind 0 8.0\n", "NVML failed"),
    "the GPU is partitioned": ("mig 0\n", "partitioned by MIG"),
    "the driver is not loaded": ("no-nvml\n", "Driver Not Loaded"),
}
METERS = ("nvml", "codecarbon")


@pytest.fixture(scope="module")
def broken(standin: Standin) -> dict[tuple[str, str], dict[str, Any]]:
    cases = [(name, meter) for name in FAULTS for meter in METERS]
    answers = standin.run([job(FAULTS[name][0], meter, 1) for name, meter in cases])
    return dict(zip(cases, answers, strict=True))


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_the_run_with_its_reason(name: str, meter: str, broken: Any) -> None:
    answer = broken[name, meter]
    assert answer["error"] in ("MeasurementError", "NoNvmlError", "UnresolvedError")
    assert re.search(FAULTS[name][1], answer["message"]), answer
    assert answer["advice"]
    assert len(answer["windows"]) < 3
    energies = [
        item["energy_j"] for window in answer["windows"] for item in window["readings"] if "gpu/" in item["component"]
    ]
    assert all(energy_j > 0 for energy_j in energies)


def test_one_counter_that_stands_still_is_seen_in_the_sum_of_several(standin: Standin) -> None:
    plan = [["wait", 3.0], ["window", "query", 2.5], ["wait", 1.0], ["window", "query", 2.5], ["window", "query", 2.5]]
    answer = standin.run(job("still 1 6.0\n", "codecarbon", 3) | {"plan": plan})
    assert "the energy counter of GPU 1 has stood still for 2.5 s" in answer["message"]
    assert len(answer["windows"]) < 3


def test_codecarbon_alone_says_it_too_when_the_driver_is_not_loaded(standin: Standin) -> None:
    answer = standin.run(job("no-nvml\n", "codecarbon"))
    assert answer["error"] == "NoNvmlError"


@pytest.mark.parametrize("meter", ["nvml", "codecarbon"])
def test_windows_before_the_fault_stand(meter: str, standin: Standin) -> None:
    answer = standin.run(job("lost 0 8.0\n", meter))
    assert [window["label"] for window in answer["windows"]] == ["query"]
    (energy_j,) = [
        item["energy_j"]
        for item in answer["windows"][0]["readings"]
        if item["component"].startswith("gpu/") and item["provenance"] == "counter"
    ]
    assert energy_j == pytest.approx(500 if meter == "nvml" else 1000, rel=0.06)


@pytest.mark.parametrize("meter", ["nvml", "codecarbon"])
def test_a_jump_of_the_clock_is_an_error(meter: str, standin: Standin) -> None:
    answer = standin.run(job("", meter) | {"plan": [["window", "query", 2.0, 3600.0]]})
    assert answer["error"] == "MeasurementError"
    assert "the clock jumped by +3600.00 s" in answer["message"]
    assert answer["windows"] == []


def test_a_counter_that_is_reset_and_catches_up_again_is_noticed(standin: Standin) -> None:
    # A driver that was loaded a moment ago has counted less than the window takes.
    answer = standin.run(job("backwards 0 8.0 200000\n", "nvml", 1))
    assert "went backwards" in answer["message"]


@pytest.mark.parametrize(("meter", "message"), [("nvml", None), ("codecarbon", "it needs to run `nvidia-smi`")])
def test_a_missing_nvidia_smi_blinds_codecarbon_and_it_is_said(
    meter: str, message: str | None, standin: Standin
) -> None:
    answer = standin.run(job("", meter), smi=False)
    if message is None:
        assert "error" not in answer
    else:
        assert message in answer["message"]


def test_without_nvidia_smi_a_study_of_the_cpu_has_no_gpu_reading_and_no_zero(standin: Standin) -> None:
    answer = standin.run(job("", "codecarbon", device="cpu"), smi=False)
    assert {item["component"] for window in answer["windows"] for item in window["readings"]} == {"cpu", "ram"}


@pytest.mark.parametrize("meter", ["nvml", "codecarbon"])
def test_a_foreign_process_may_be_put_up_with_on_demand(meter: str, standin: Standin) -> None:
    assert "999001, 999002" in standin.run(job(FOREIGN, meter))["message"]
    assert len(standin.run(job(FOREIGN, meter, forced=True))["windows"]) == 3


SELECTIONS: dict[str, tuple[str | None, list[int]]] = {
    "unset": (None, [0, 1, 2, 3]),
    "by index": ("2", [2]),
    "by indices in another order": ("3,1", [3, 1]),
    "by UUID": (uuid(2), [2]),
    "by the beginning of a UUID": (uuid(3)[:12], [3]),
    "up to the first entry that is none": ("1,9,2", [1]),
}


@pytest.fixture(scope="module")
def selections(standin: Standin) -> dict[str, dict[str, Any]]:
    powers = [[(0.0, 100.0 * (place + 1))] for place in range(4)]
    plan = [["wait", 1.0], ["window", "query", 5.0]]
    base = {"devices": device_lines(powers, 0.02), "meters": ["nvml", "codecarbon"], "plan": plan}
    answers = standin.run([base | {"visible": visible} for visible, _ in SELECTIONS.values()])
    return dict(zip(SELECTIONS, answers, strict=True))


@pytest.mark.parametrize("name", SELECTIONS)
def test_the_gpu_at_work_and_the_visible_ones_are_counted(name: str, selections: dict[str, dict[str, Any]]) -> None:
    _, chosen = SELECTIONS[name]
    assert "error" not in selections[name]
    (window,) = selections[name]["windows"]
    found = {(item["meter"].split()[0], item["provenance"]): item for item in window["readings"]}
    device = found["nvml", "counter"]
    assert device["component"] == f"gpu/{uuid(chosen[0])}"
    assert device["energy_j"] == pytest.approx(500.0 * (chosen[0] + 1), rel=0.001)
    counted = found["codecarbon", "counter"]
    assert counted["energy_j"] == pytest.approx(sum(500.0 * (place + 1) for place in chosen), rel=0.01)


def test_with_no_gpu_visible_cuda_is_refused(standin: Standin) -> None:
    for visible in ("", "-1"):
        for meter in ("nvml", "codecarbon"):
            answer = standin.run(job("", meter, visible=visible))
            assert "CUDA shows 0 of 2 GPUs" in answer["message"]


def test_where_the_cpu_does_the_work_gpus_are_neither_counted_nor_in_the_way(standin: Standin) -> None:
    """As on a workstation whose old GPU has no counter, or runs the desktop."""
    answer = standin.run(job("no-counter 0\nmig 1\n" + FOREIGN, "codecarbon", device="cpu"))
    assert {item["component"] for window in answer["windows"] for item in window["readings"]} == {"cpu", "ram"}


def test_the_second_visible_gpu_can_do_the_work(standin: Standin) -> None:
    answer = standin.run(job("", "nvml", 4, visible="0,3", gpu=1))
    assert answer["windows"][0]["readings"][0]["component"] == f"gpu/{uuid(3)}"


def test_a_trace_and_codecarbons_files_are_written(standin: Standin) -> None:
    answer = standin.run(job("", "nvml") | {"meters": ["nvml", "codecarbon"]})
    assert [name.split("/")[0] for name in answer["files"]] == ["codecarbon", "codecarbon", "traces"]


def test_gpus_of_different_kinds_need_one_order(standin: Standin) -> None:
    devices = device_lines([constant(9, 0)] * 2, 0.1, names=["A100", "H100"])
    mixed = {"devices": devices, "meters": ["nvml"], "plan": [["window", "query", 1.0]]}
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in standin.run(mixed)["advice"]
    assert len(standin.run(mixed | {"order": "PCI_BUS_ID"})["windows"]) == 1


def test_a_gpu_that_is_held_back_is_noted_in_its_window(standin: Standin) -> None:
    answer = standin.run(job("throttle 0 6.6 6.9 64\nthrottle 1 0 99 8\n", "nvml"))
    assert [window["notes"] for window in answer["windows"]] == [
        [],
        ["GPU 0 was held back in the window `query`: hardware thermal slowdown."],
        [],
    ]


def test_the_state_of_the_gpus_is_recorded_and_what_is_not_known_is_null(standin: Standin) -> None:
    devices = device_lines([constant(9, 0)] * 2, 0.1) + "throttle 1 0 99 68\nprocess 1 4242 0 99\n"
    found = standin.run({"devices": devices})
    assert found["identities"][0] == {
        "index": 0,
        "uuid": uuid(0),
        "name": "Standin-80GB",
        "partitioned": False,
        "driver": "580.0-standin",
        "cuda_driver": None,
        "memory_gb": 80.0,
        "power_limit_w": 400.0,
        "persistence_mode": None,
        "ecc": None,
    }
    assert found["conditions"][1] == {
        "index": 1,
        "uuid": uuid(1),
        "name": "Standin-80GB",
        "partitioned": False,
        "clock_sm_mhz": None,
        "clock_memory_mhz": None,
        "temperature_c": 40,
        "throttle_reasons": ["power cap", "hardware thermal slowdown"],
        "processes": 1,
    }


def test_what_one_may_not_ask_is_not_known_and_stops_nothing(standin: Standin) -> None:
    devices = device_lines([constant(9, 0)] * 2, 0.1) + "persistence 0 2\npersistence 1 1\n"
    found = standin.run({"devices": devices})
    assert [gpu["persistence_mode"] for gpu in found["identities"]] == [None, True]


def test_without_nvml_there_are_no_gpus_to_describe(standin: Standin) -> None:
    assert standin.run({"devices": "no-nvml\n"}) == {"identities": [], "conditions": []}
