"""What the meters would find is told without an error: of the stand-in for NVML, and of a made-up powercap folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.meters.present import rapl_state
from kit.model.machine import GpuFacts, NvmlFacts, Rapl
from tests.standin.build import Standin
from tests.standin.shapes import device_lines, uuid

TWO = device_lines([[(0.0, 60.0)], [(0.0, 60.0)]], 0.1, names=["NVIDIA-A100", "NVIDIA-A100"])


def facts(standin: Standin, lines: str) -> NvmlFacts:
    found = standin.run({"devices": TWO + lines, "facts": True})
    return NvmlFacts(**{**found, "gpus": tuple(GpuFacts(**gpu) for gpu in found["gpus"])})


def test_driver_and_gpus_are_told(standin: Standin) -> None:
    found = facts(standin, "driver 580.95.05 13000\npersistence 0 1\npersistence 1 0\n")
    assert (found.fault, found.driver, found.cuda) == (None, "580.95.05", 13000)
    assert found.gpus[0] == GpuFacts(
        index=0,
        uuid=uuid(0),
        name="NVIDIA-A100",
        memory_bytes=80 * 2**30,
        persistent=True,
        partitioned=False,
        counter=True,
    )
    assert [gpu.persistent for gpu in found.gpus] == [True, False]


def test_an_old_driver_is_told_with_the_cuda_that_it_runs(standin: Standin) -> None:
    found = facts(standin, "driver 535.183.01 12020\n")
    assert (found.driver, found.cuda) == ("535.183.01", 12020)


def test_what_the_driver_does_not_tell_is_unknown(standin: Standin) -> None:
    found = facts(standin, "")
    assert found.cuda is None
    assert [gpu.persistent for gpu in found.gpus] == [None, None]


def test_partitions_and_missing_counters_are_told_and_not_refused(standin: Standin) -> None:
    found = facts(standin, "mig 1\nno-counter 0\n")
    assert [gpu.partitioned for gpu in found.gpus] == [False, True]
    assert [gpu.counter for gpu in found.gpus] == [False, True]


def test_without_nvml_there_is_a_reason_and_no_gpu(standin: Standin) -> None:
    found = facts(standin, "no-nvml\n")
    assert found.gpus == ()
    assert found.fault is not None
    assert "NVML does not start" in found.fault


def test_a_lost_gpu_is_a_reason(standin: Standin) -> None:
    found = facts(standin, "lost 0 0\n")
    assert found.fault is not None
    assert "GPU is lost" in found.fault


def counter(powercap: Path, mode: int) -> None:
    folder = powercap / "intel-rapl:0"
    folder.mkdir(parents=True)
    (folder / "energy_uj").write_text("1\n", encoding="ascii")
    (folder / "energy_uj").chmod(mode)


def test_counters_of_the_processor_are_absent_or_readable(tmp_path: Path) -> None:
    assert rapl_state(tmp_path / "none") is Rapl.ABSENT
    counter(tmp_path, 0o444)
    assert rapl_state(tmp_path) is Rapl.READABLE


def test_counters_that_may_not_be_read_are_told_from_absent_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter(tmp_path, 0o400)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).stat().st_mode & 0o004 != 0)
    assert rapl_state(tmp_path) is Rapl.FORBIDDEN
