"""Each check is well on a fit machine, and names the command where one thing is not; how grave, the study decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from kit.catalog import load_study
from kit.model.machine import Access, Check, Docker, Fault, Level, Machine, NvmlFacts, Rapl
from kit.plan.checks import Demand, Repository, checks, demand_of, worst
from kit.plan.estimate import StudySize
from tests.plan.machines import EMBEDDED, NOTHING, PAPER, gpu, host, hub, machine, nvml

OK, WARNING, ERROR = Level.OK, Level.WARNING, Level.ERROR
NO_GPU = NvmlFacts(fault="NVML does not start")
SIZE = StudySize(download_bytes=1, disk_bytes=2, unknown_models=("a",), unknown_datasets=("b", "c"))


def found(of: Machine, demand: Demand, present_bytes: int = 0) -> Mapping[str, Check]:
    return {check.name: check for check in checks(of, demand, present_bytes)}


@pytest.mark.parametrize("demand", [PAPER, EMBEDDED, NOTHING], ids=["paper", "embedded", "nothing"])
def test_a_fit_machine_is_fit_for_everything(demand: Demand) -> None:
    every = checks(machine(), demand, 0)
    assert {check.level for check in every} == {OK}
    assert all(check.mend is None for check in every)


def test_a_laptop_without_gpu_hub_and_docker_is_fit_for_the_embedded_study() -> None:
    laptop = machine(
        nvml=NO_GPU,
        rapl=Rapl.ABSENT,
        host=host(smi=None, docker=Docker.ABSENT, toolkit=False, ram_bytes=8 * 2**30, synchronised=None),
        hub=hub(token=False, asked=False, access={}),
    )
    assert worst(checks(laptop, EMBEDDED, 0)) is OK
    assert worst(checks(laptop, NOTHING, 0)) is OK
    assert found(laptop, PAPER)["gpu"].level is ERROR


SPOILT = {
    "an old Python": (machine(host=host(python=(3, 9, 2))), "python", (ERROR, ERROR, ERROR), "python3.11"),
    "a new Python": (machine(host=host(python=(3, 13, 0))), "python", (ERROR, ERROR, ERROR), "python3.11"),
    "a Python without a lock": (machine(host=host(python=(3, 12, 1))), "python", (WARNING,) * 3, "python3.11"),
    "no torch": (
        machine(host=host(packages={"torch": None, "codecarbon": "3.3.2"})),
        "packages",
        (ERROR, ERROR, WARNING),
        "requirements-measure.lock",
    ),
    "torch without CUDA": (
        machine(host=host(packages={"torch": "2.14.1+cpu"})),
        "packages",
        (ERROR, OK, OK),
        "requirements-measure.lock",
    ),
    "no GPU": (machine(nvml=NO_GPU), "gpu", (ERROR, OK, OK), "nvidia-driver-580"),
    "no GPU in a container": (
        machine(nvml=NO_GPU, host=host(in_container=True)),
        "gpu",
        (ERROR, OK, OK),
        "docker run --gpus all",
    ),
    "an old driver": (
        machine(nvml=nvml(driver="535.183.01", cuda=12020)),
        "driver",
        (ERROR, OK, WARNING),
        "cuda-compat-13-0",
    ),
    "an old driver that tells no CUDA": (
        machine(nvml=nvml(driver="570.86", cuda=None)),
        "driver",
        (ERROR, OK, WARNING),
        "nvidia-driver-580",
    ),
    "an unknown driver": (machine(nvml=nvml(driver=None, cuda=None)), "driver", (ERROR, OK, WARNING), "nvidia-driver"),
    "an old driver with the package not in use": (
        machine(nvml=nvml(driver="535.183.01", cuda=12020), host=host(compat="/usr/local/cuda/compat/libcuda.so.1")),
        "driver",
        (ERROR, OK, WARNING),
        "export LD_LIBRARY_PATH=/usr/local/cuda/compat:",
    ),
    "an old driver of a GPU for games": (
        machine(
            nvml=nvml(gpu(name="NVIDIA GeForce RTX 4090"), driver="535.183.01", cuda=12020),
            host=host(compat="/usr/local/cuda/compat/libcuda.so.1"),
        ),
        "driver",
        (ERROR, OK, WARNING),
        "nvidia-driver-580",
    ),
    "no nvidia-smi": (machine(host=host(smi=None)), "nvidia-smi", (ERROR, OK, WARNING), "nvidia-utils-580"),
    "nvidia-smi that fails in a container": (
        machine(host=host(smi=9, in_container=True)),
        "nvidia-smi",
        (ERROR, OK, WARNING),
        "compute,utility",
    ),
    "a partitioned GPU": (
        machine(nvml=nvml(gpu(), gpu(index=1, partitioned=True))),
        "mig",
        (ERROR, OK, WARNING),
        "sudo nvidia-smi -i 1 -mig 0",
    ),
    "no persistence mode": (
        machine(nvml=nvml(gpu(persistent=False), gpu(index=3, persistent=False))),
        "persistence",
        (WARNING,) * 3,
        "sudo nvidia-smi -i 0,3 -pm 1",
    ),
    "no energy counter": (
        machine(nvml=nvml(gpu(counter=False))),
        "energy-counter",
        (ERROR, OK, WARNING),
        "Volta",
    ),
    "a small GPU": (machine(nvml=nvml(gpu(memory_bytes=24 * 2**30))), "gpu-memory", (ERROR, OK, OK), "larger GPU"),
    "counters of the processor that root alone reads": (
        machine(rapl=Rapl.FORBIDDEN),
        "rapl",
        (ERROR, WARNING, WARNING),
        "chmod a+r",
    ),
    "no counters of the processor": (machine(rapl=Rapl.ABSENT), "rapl", (ERROR, OK, OK), "take `rapl` out"),
    "a small disk": (
        machine(host=host(disk_free_bytes=7 * 10**9)),
        "disk",
        (ERROR, ERROR, OK),
        "export KIT_CACHE=",
    ),
    "a full disk": (machine(host=host(disk_free_bytes=10**9)), "disk", (ERROR, ERROR, WARNING), "export KIT_CACHE="),
    "a disk that tells nothing": (machine(host=host(disk_free_bytes=None)), "disk", (WARNING,) * 3, "df -h"),
    "little memory": (machine(host=host(ram_bytes=2 * 2**30)), "ram", (ERROR, ERROR, OK), "more memory"),
    "just enough memory": (machine(host=host(ram_bytes=42 * 2**30)), "ram", (WARNING, OK, OK), "more memory"),
    "memory that cannot be read": (machine(host=host(ram_bytes=None)), "ram", (WARNING,) * 3, "free -h"),
    "no network": (machine(hub=hub(fault="timed out")), "network", (ERROR, OK, OK), "curl -I https://hub.example"),
    "an offline variable": (
        machine(hub=hub(offline="HF_HUB_OFFLINE", asked=False)),
        "network",
        (WARNING, OK, OK),
        "unset HF_HUB_OFFLINE",
    ),
    "Docker that does not answer": (
        machine(host=host(docker=Docker.SILENT)),
        "container",
        (WARNING,) * 3,
        "systemctl start docker",
    ),
    "Docker without the toolkit": (machine(host=host(toolkit=False)), "container", (WARNING,) * 3, "nvidia-ctk"),
    "a clock of long ago": (
        machine(host=host(now=datetime(1970, 1, 1, tzinfo=UTC))),
        "clock",
        (ERROR,) * 3,
        "timedatectl set-ntp true",
    ),
    "a clock that nobody sets": (
        machine(host=host(synchronised=False)),
        "clock",
        (WARNING,) * 3,
        "timedatectl set-ntp true",
    ),
    "no pango": (
        machine(renderer=Fault("a system library is missing", "sudo apt-get install -y libpango-1.0-0")),
        "renderer",
        (ERROR,) * 3,
        "libpango-1.0-0",
    ),
}


@pytest.mark.parametrize("case", SPOILT.values(), ids=SPOILT)
def test_one_thing_that_is_not_well_is_named_with_what_mends_it(
    case: tuple[Machine, str, tuple[Level, Level, Level], str],
) -> None:
    spoilt, name, levels, mend = case
    for demand, level in zip((PAPER, EMBEDDED, NOTHING), levels, strict=True):
        every = found(spoilt, demand)
        assert every[name].level is level, demand.study
        if level is not OK:
            assert mend in (every[name].mend or "")
        others = {key: check.level for key, check in every.items() if key != name}
        assert set(others.values()) <= {OK}, others


def test_no_check_that_is_not_well_goes_without_advice_and_none_runs_over_a_line() -> None:
    for spoilt, *_ in SPOILT.values():
        for demand in (PAPER, EMBEDDED, NOTHING):
            for check in checks(spoilt, demand, 0):
                assert (check.mend is None) == (check.level is OK) or check.level is OK
                assert "\n" not in check.says + (check.mend or "")


def test_the_forward_compatibility_package_in_use_is_well_on_an_old_driver() -> None:
    check = found(machine(nvml=nvml(driver="535.183.01", cuda=13000)), PAPER)["driver"]
    assert check.level is OK
    assert check.says.endswith("by the forward-compatibility package")


def test_what_lies_in_the_cache_is_not_needed_again() -> None:
    small = machine(host=host(disk_free_bytes=7 * 10**9))
    assert found(small, EMBEDDED, present_bytes=5 * 10**9)["disk"].level is OK
    assert "0.0 GB are still needed" in found(small, EMBEDDED, present_bytes=9 * 10**9)["disk"].says


def test_sizes_that_are_not_known_are_said_to_be_so() -> None:
    assert "14 more of unknown size" in found(machine(), PAPER)["disk"].says


def test_without_a_token_gated_repositories_are_named() -> None:
    every = found(machine(hub=hub(token=False, access={})), PAPER)
    assert (every["token"].level, every["token"].mend) == (ERROR, "hf auth login")
    assert "org/gated" in every["token"].says
    assert "gated" not in every


def test_without_gated_repositories_no_token_is_needed() -> None:
    open_study = Demand(study="s", device="cuda", from_hub=True)
    every = found(machine(hub=hub(token=False, access={})), open_study)
    assert every["token"].level is OK
    assert "gated" not in every


@pytest.mark.parametrize(
    ("answer", "level", "mend"),
    [
        (Access.REFUSED, ERROR, "https://hub.example/datasets/org/gated"),
        (Access.NO_TOKEN, ERROR, "hf auth login"),
        (Access.UNKNOWN_REPOSITORY, ERROR, "https://hub.example/datasets/org/gated"),
        (Access.NO_ANSWER, WARNING, "try again"),
    ],
)
def test_access_that_is_not_granted_is_told(answer: Access, level: Level, mend: str) -> None:
    check = found(machine(hub=hub(access={"org/gated": answer})), PAPER)["gated"]
    assert check.level is level
    assert mend in (check.mend or "")
    assert answer.value in check.says


def test_the_demand_of_the_paper_is_a_gpu_the_hub_and_its_largest_model() -> None:
    demand = demand_of(load_study("paper"), SIZE)
    assert (demand.device, demand.from_hub, demand.largest) == ("cuda", True, "google/flan-t5-xxl")
    assert demand.gated == (Repository(kind="datasets", id="ILSVRC/imagenet-1k"),)
    assert (demand.disk_bytes, demand.unknown_sizes) == (2, 3)


def test_the_demand_of_the_embedded_study_is_a_processor() -> None:
    demand = demand_of(load_study("embedded"), SIZE)
    assert (demand.device, demand.from_hub, demand.gated) == ("cpu", False, ())
    assert demand.largest == "bigscience/bloomz-560m"
