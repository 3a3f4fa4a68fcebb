"""What decides a measurement besides the study: processor, memory, system, packages."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import kit
from kit.model.canonical import digest

PACKAGES: Final = (
    "torch", "torchvision", "transformers", "tokenizers", "diffusers", "datasets", "codecarbon", "timm", "accelerate",
    "huggingface-hub", "numpy", "scipy", "nvidia-ml-py",
)  # fmt: skip
"""Packages whose version can change an energy."""

THREAD_VARIABLES: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMP_SPINCOUNT", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True, slots=True)
class HostRecord:
    """A host as JSON values, and its id: the hash of them. Two runs with one id are comparable."""

    host_id: str
    values: Mapping[str, Any]


def host_record(environment: Mapping[str, str], gpus: Sequence[Mapping[str, Any]] = ()) -> HostRecord:
    """The record of this machine and process. What cannot be read is None, never a guess.

    Args:
        environment: of the process; the container image states its own digest in KIT_IMAGE_DIGEST.
        gpus: what the meters know of each GPU that does not change between runs.
    """
    values: dict[str, Any] = {
        "kit": kit.__version__,
        "commit": _commit(),
        "image": environment.get("KIT_IMAGE_DIGEST"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "architecture": platform.machine(),
        "cpu": _cpu_model(),
        "cpu_count": os.cpu_count(),
        "ram_gb": _ram_gb(),
        "gpus": [dict(gpu) for gpu in gpus],
        "packages": {name: _version(name) for name in PACKAGES},
        "installed": _installed(),
        "environment": {name: environment.get(name) for name in THREAD_VARIABLES},
    }
    return HostRecord(digest(values)[:16], values)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _installed() -> dict[str, str]:
    """Every package of this environment with its version."""
    found = {item.name: item.version for item in metadata.distributions() if item.name}
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _commit() -> str | None:
    checkout = Path(kit.__file__).parents[1]
    if not (checkout / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _distribution() -> str | None:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def _cpu_model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or None
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else None


def _ram_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError):
        return None
