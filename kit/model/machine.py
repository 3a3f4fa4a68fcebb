"""What a machine is found to be before anything is measured on it, and what is thought of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuFacts:
    """A GPU as NVML tells of it. What the driver does not tell is None.

    Attributes:
        persistent: whether the driver stays loaded while nothing runs.
        partitioned: whether MIG is on.
        counter: whether it has an energy counter.
    """

    index: int
    uuid: str
    name: str
    memory_bytes: int | None
    persistent: bool | None
    partitioned: bool
    counter: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NvmlFacts:
    """What NVML tells.

    Attributes:
        fault: why it does not start or failed; the rest is empty then.
        driver: its version. cuda: the newest CUDA that it runs, as 13000 for 13.0, forward compatibility included.
    """

    fault: str | None = None
    driver: str | None = None
    cuda: int | None = None
    gpus: tuple[GpuFacts, ...] = ()


class Rapl(StrEnum):
    """Whether the processor's energy counters can be read."""

    READABLE = "readable"
    FORBIDDEN = "there, and not readable"
    ABSENT = "absent"


class Docker(StrEnum):
    """Whether containers can be started here."""

    RUNNING = "running"
    SILENT = "installed, and its service does not answer"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFacts:
    """What the system tells. What cannot be read is None.

    Attributes:
        python: major, minor and micro version.
        packages: of measuring, with their versions.
        compat: path of CUDA's forward-compatibility library, where it is installed.
        smi: exit code of `nvidia-smi --help`; None where there is no such program.
        in_container: whether this process runs in one.
        toolkit: whether the NVIDIA container toolkit is installed.
        cache: folder of artefacts, and what is free on its disk.
        now: by the machine's clock. synchronised: whether the kernel holds the clock for right.
    """

    python: tuple[int, int, int]
    packages: Mapping[str, str | None]
    compat: str | None
    smi: int | None
    in_container: bool
    docker: Docker
    toolkit: bool
    cache: str
    disk_free_bytes: int | None
    ram_bytes: int | None
    now: datetime
    synchronised: bool | None


class Access(StrEnum):
    """What the Hub answers to the question whether a repository may be read."""

    GRANTED = "granted"
    NO_TOKEN = "the token is missing or not valid"
    REFUSED = "its conditions are not accepted"
    UNKNOWN_REPOSITORY = "there is no such repository, or it may not be seen"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """How the Hub stands to this machine.

    Attributes:
        offline: the variable that forbids to ask it, where one is set.
        token: whether there is one; never which.
        fault: why the Hub could not be reached; None where it was, or was not asked.
        asked: whether it was asked at all.
        access: of the gated repositories that were asked for.
    """

    endpoint: str
    offline: str | None
    token: bool
    asked: bool
    fault: str | None
    access: Mapping[str, Access]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and the command that mends it."""

    says: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Everything that is found.

    Attributes:
        renderer: what keeps the report from being rendered; None where nothing does.
    """

    nvml: NvmlFacts
    rapl: Rapl
    host: HostFacts
    hub: HubFacts
    renderer: Fault | None


class Level(StrEnum):
    """What a check comes to, in the order of gravity."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: one word.
        says: what was found, one line.
        mend: the command or step that mends it; None where it is well.
    """

    name: str
    level: Level
    says: str
    mend: str | None = None
