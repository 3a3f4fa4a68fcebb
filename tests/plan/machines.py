"""A machine that is fit for anything, made up; tests spoil one thing of it at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kit.model.machine import Access, Docker, GpuFacts, HostFacts, HubFacts, Machine, NvmlFacts, Rapl
from kit.plan.checks import Demand, Repository

GPU = GpuFacts(
    index=0,
    uuid="GPU-0",
    name="NVIDIA A100-SXM4-80GB",
    memory_bytes=80 * 2**30,
    persistent=True,
    partitioned=False,
    counter=True,
)
NVML = NvmlFacts(driver="580.95.05", cuda=13000, gpus=(GPU,))
HOST = HostFacts(
    python=(3, 11, 7),
    packages={"torch": "2.14.1", "codecarbon": "3.3.2"},
    compat=None,
    smi=0,
    in_container=False,
    docker=Docker.RUNNING,
    toolkit=True,
    cache="/cache",
    disk_free_bytes=500 * 10**9,
    ram_bytes=1_000 * 2**30,
    now=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    synchronised=True,
)
HUB = HubFacts(
    endpoint="https://hub.example",
    offline=None,
    token=True,
    asked=True,
    fault=None,
    access={"org/gated": Access.GRANTED},
)
PAPER = Demand(
    study="paper",
    device="cuda",
    meters=("nvml", "rapl"),
    from_hub=True,
    gated=(Repository(kind="datasets", id="org/gated"),),
    disk_bytes=280 * 10**9,
    unknown_sizes=14,
    largest_bytes=41 * 2**30,
    largest="google/flan-t5-xxl",
)
EMBEDDED = Demand(
    study="embedded",
    device="cpu",
    meters=("codecarbon",),
    disk_bytes=6 * 10**9,
    largest_bytes=2 * 2**30,
    largest="bigscience/bloomz-560m",
)
NOTHING = Demand()


def host(**changes: Any) -> HostFacts:
    return replace(HOST, **changes)


def hub(**changes: Any) -> HubFacts:
    return replace(HUB, **changes)


def nvml(*gpus: GpuFacts, **changes: Any) -> NvmlFacts:
    return replace(NVML, gpus=gpus or (GPU,), **changes)


def gpu(**changes: Any) -> GpuFacts:
    return replace(GPU, **changes)


def machine(**changes: Any) -> Machine:
    whole = Machine(nvml=NVML, rapl=Rapl.READABLE, host=HOST, hub=HUB, renderer=None)
    return replace(whole, **changes)
