"""What the system tells of itself before a study: Python, packages, programs, memory, disk, clock."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Final

from kit.model.machine import Docker, HostFacts

MEASURING: Final = (
    "torch", "torchvision", "transformers", "diffusers", "datasets", "codecarbon", "timm", "accelerate",
    "sentencepiece", "psutil", "nvidia-ml-py",
)  # fmt: skip
"""Packages without which nothing can be measured."""

COMPAT: Final = ("usr/local/cuda/compat/libcuda.so.1", "usr/local/cuda-13.0/compat/libcuda.so.1")
"""Where NVIDIA's packages put the forward-compatibility library."""
CONTAINER_MARKS: Final = (".dockerenv", "run/.containerenv")
PROGRAM_LIMIT_S: Final = 20.0
TIME_ERROR: Final = 5
"""What adjtimex(2) returns while the clock is not synchronised."""


def host_facts(environment: Mapping[str, str], cache: Path, root: Path = Path("/")) -> HostFacts:
    """The facts of this machine and process.

    Args:
        environment: with PATH, by which programs are found.
        cache: folder of artefacts; it need not be there yet.
        root: of the file system; tests give it one of their own.
    """
    path = environment.get("PATH")
    return HostFacts(
        python=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        packages={name: _version(name) for name in MEASURING},
        compat=next((f"/{place}" for place in COMPAT if (root / place).exists()), None),
        smi=_exit_code(["nvidia-smi", "--help"], path),
        in_container=any((root / mark).exists() for mark in CONTAINER_MARKS),
        docker=_docker(path),
        toolkit=shutil.which("nvidia-ctk", path=path) is not None,
        cache=str(cache),
        disk_free_bytes=_free_bytes(cache),
        ram_bytes=_ram_bytes(),
        now=datetime.now(UTC),
        synchronised=_synchronised(),
    )


def bytes_in(folders: Iterable[Path]) -> int:
    """Bytes of all files in some folders; a folder that is not there has none."""
    return sum(
        path.stat().st_size
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _exit_code(command: Sequence[str], path: str | None) -> int | None:
    """How a program ends; None where it is not there. One that hangs ends as `timeout` has it."""
    program = shutil.which(command[0], path=path)
    if program is None:
        return None
    try:
        return subprocess.run(
            [program, *command[1:]], capture_output=True, check=False, timeout=PROGRAM_LIMIT_S
        ).returncode
    except OSError:
        return 126
    except subprocess.TimeoutExpired:
        return 124


def _docker(path: str | None) -> Docker:
    code = _exit_code(["docker", "version", "--format", "{{.Server.Version}}"], path)
    if code is None:
        return Docker.ABSENT
    return Docker.RUNNING if code == 0 else Docker.SILENT


def _free_bytes(folder: Path) -> int | None:
    """Free space for a folder, or for what of its path is there."""
    present = next((place for place in (folder, *folder.parents) if place.exists()), None)
    try:
        return None if present is None else shutil.disk_usage(present).free
    except OSError:
        return None


def _ram_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _synchronised() -> bool | None:
    """Whether the kernel holds the clock for synchronised; nothing is changed by asking."""
    asked = ctypes.create_string_buffer(512)  # a struct timex with modes = 0, and room to spare
    try:
        state = int(ctypes.CDLL(None).adjtimex(asked))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR
