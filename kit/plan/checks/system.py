"""What is thought of Python, packages, memory, disk, clock, counters, containers and the renderer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from kit.model.machine import Check, Docker, Fault, HostFacts, Level, Rapl
from kit.plan.checks.demand import Demand

OLDEST_PYTHON: Final = (3, 11)
NEWEST_PYTHON: Final = (3, 12)
LOCKED_PYTHON: Final = (3, 11)
BUILT: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time: the kit is younger."""
SPARE_BYTES: Final = 2 * 2**30
"""Left free on the disk, and taken in memory beside the weights."""
INSTALL: Final = "pip install --require-hashes --no-deps -r requirements-measure.lock"
SET_CLOCK: Final = "sudo timedatectl set-ntp true"
GB: Final = 1e9
GIB: Final = 2**30


def python_check(host: HostFacts) -> Check:
    """The interpreter."""
    version = ".".join(map(str, host.python))
    if not OLDEST_PYTHON <= host.python[:2] <= NEWEST_PYTHON:
        says, mend = f"{version}; the kit runs on 3.11 and 3.12", "make PYTHON=python3.11 reproduce"
        return Check("python", Level.ERROR, says, mend)
    if host.python[:2] != LOCKED_PYTHON:
        says, mend = f"{version}; the locked packages were tried on 3.11", "make PYTHON=python3.11 reproduce"
        return Check("python", Level.WARNING, says, mend)
    return Check("python", Level.OK, version)


def packages_check(host: HostFacts, demand: Demand) -> Check:
    """What measuring needs, and reading and judging does not."""
    missing = sorted(name for name, version in host.packages.items() if version is None)
    if missing:
        return Check(
            "packages", demand.level(hinders=True), f"nothing can be measured without {', '.join(missing)}", INSTALL
        )
    torch = host.packages.get("torch") or ""
    if demand.on_gpu and "+cpu" in torch:
        return Check("packages", Level.ERROR, f"torch {torch} is built without CUDA", INSTALL)
    return Check("packages", Level.OK, f"torch {torch} and {len(host.packages) - 1} more")


def rapl_check(rapl: Rapl, demand: Demand) -> Check:
    """The processor's energy counters."""
    wanted = "rapl" in demand.meters
    if rapl is Rapl.READABLE:
        return Check("rapl", Level.OK, "the processor's energy counters are readable")
    if rapl is Rapl.FORBIDDEN:
        return Check(
            "rapl", Level.ERROR if wanted else Level.WARNING,
            "the processor's energy counters are there and not readable; its energy would be modelled",
            "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj /sys/class/powercap/intel-rapl:*:*/energy_uj",
        )  # fmt: skip
    if wanted:
        return Check(
            "rapl",
            Level.ERROR,
            "no RAPL counter here, and the study reads one",
            "take `rapl` out of the study's meters",
        )
    return Check(
        "rapl", Level.OK, "no RAPL counter here (virtual machines rarely have one); the processor's energy is modelled"
    )


def container_check(host: HostFacts, *, gpus: bool) -> Check:
    """Docker and the NVIDIA container toolkit; the kit runs without either."""
    if host.in_container:
        return Check("container", Level.OK, "this is one")
    if host.docker is Docker.ABSENT:
        return Check("container", Level.OK, "no Docker; the kit runs in a virtual environment")
    if host.docker is Docker.SILENT:
        return Check(
            "container", Level.WARNING, "Docker is installed, and its service does not answer to you",
            "sudo systemctl start docker && sudo usermod -aG docker $USER, then log in anew",
        )  # fmt: skip
    if gpus and not host.toolkit:
        return Check(
            "container", Level.WARNING, "Docker runs; without the NVIDIA container toolkit no container sees the GPU",
            "sudo apt-get install -y nvidia-container-toolkit && sudo nvidia-ctk runtime configure --runtime=docker "
            "&& sudo systemctl restart docker",
        )  # fmt: skip
    return Check("container", Level.OK, "Docker runs" + (", with the NVIDIA container toolkit" if host.toolkit else ""))


def disk_check(host: HostFacts, demand: Demand, present_bytes: int) -> Check:
    """Room for what the study still has to fetch or build.

    Args:
        present_bytes: of its models that lie in the cache folder already.
    """
    if host.disk_free_bytes is None:
        return Check("disk", Level.WARNING, f"{host.cache}: the free space cannot be read", f"df -h {host.cache}")
    missing = max(0, demand.disk_bytes - present_bytes)
    free = f"{host.disk_free_bytes / GB:.1f} GB free in {host.cache}"
    rest = f", {demand.unknown_sizes} more of unknown size" if demand.unknown_sizes else ""
    need = f"{missing / GB:.1f} GB are still needed{rest}" if demand.study else "no study is asked for"
    if host.disk_free_bytes < missing + SPARE_BYTES:
        level = demand.level(hinders=True)
        return Check("disk", level, f"{free}; {need}", "free some space, or export KIT_CACHE=/a/larger/disk")
    return Check("disk", Level.OK, f"{free}; {need}")


def ram_check(host: HostFacts, demand: Demand) -> Check:
    """Memory for the largest model; it is loaded there before it goes to a GPU."""
    if host.ram_bytes is None:
        return Check("ram", Level.WARNING, "the memory cannot be read", "free -h")
    has = f"{host.ram_bytes / GIB:.1f} GiB"
    if demand.largest_bytes is None:
        return Check("ram", Level.OK, has)
    wanted = f"{demand.largest} takes {demand.largest_bytes / GIB:.1f} GiB for its weights"
    mend = "leave the model out of the study file, or use a machine with more memory"
    if host.ram_bytes <= demand.largest_bytes:
        return Check("ram", Level.ERROR, f"{has}, and {wanted}", mend)
    if host.ram_bytes < demand.largest_bytes + SPARE_BYTES:
        return Check("ram", Level.WARNING, f"{has}; {wanted}, which leaves little beside", mend)
    return Check("ram", Level.OK, f"{has}; {wanted}")


def clock_check(host: HostFacts) -> Check:
    """The time, which certificates, results and signatures are dated by."""
    said = f"{host.now:%Y-%m-%d %H:%M} UTC"
    mend = SET_CLOCK + (" (on the machine that the container runs on)" if host.in_container else "")
    if host.now < BUILT:
        return Check("clock", Level.ERROR, f"{said} cannot be: the kit is younger", mend)
    if host.synchronised is False:
        says = f"{said}, not synchronised; a jump of the clock spoils a window"
        return Check("clock", Level.WARNING, says, mend)
    return Check("clock", Level.OK, said + (", synchronised" if host.synchronised else ""))


def renderer_check(fault: Fault | None) -> Check:
    """Fonts and the libraries that make the report's PDF."""
    if fault is None:
        return Check("renderer", Level.OK, "WeasyPrint loads, with pango and the bundled fonts")
    return Check("renderer", Level.ERROR, fault.says, fault.mend)


def worst(checks: Sequence[Check]) -> Level:
    """The gravest level of some checks."""
    return max((check.level for check in checks), key=list(Level).index, default=Level.OK)
