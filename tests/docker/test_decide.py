"""Where `make reproduce` runs: the script itself, on a PATH of its own with stand-ins for nvidia-smi and Docker."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EIGHT_GPUS = "\n".join(f"echo 'GPU {number}: NVIDIA A100-SXM4-80GB (UUID: GPU-{number})'" for number in range(8))
DRIVER_FAILS = "echo 'NVIDIA-SMI has failed because it could not communicate with the driver'; exit 9"
WITH_NVIDIA = """echo '{"nvidia":{"path":"nvidia-container-runtime"},"runc":{"path":"runc"}}'"""
WITHOUT_NVIDIA = """echo '{"runc":{"path":"runc"}}'"""
NO_DAEMON = "echo 'Cannot connect to the Docker daemon' >&2; exit 1"


class Machine:
    """A PATH with what the script's own commands need, and the stand-ins that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for tool in ("bash", "grep", "env"):
            found = shutil.which(tool)
            assert found is not None
            (folder / tool).symlink_to(found)

    def add(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def decide(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "docker" / "decide"],
            env={"PATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "bin")


def test_a_machine_with_neither_gpu_nor_docker_runs_the_embedded_study_and_says_why(machine: Machine) -> None:
    answer = machine.decide()
    assert answer.stdout == "venv embedded\n"
    assert answer.stderr.startswith("in a virtual environment: nvidia-smi lists no GPU\nprofile embedded: ")


def test_docker_without_a_gpu_is_not_asked_for(machine: Machine) -> None:
    machine.add("docker", WITH_NVIDIA)
    assert machine.decide().stdout == "venv embedded\n"


def test_a_gpu_and_docker_with_nvidias_runtime_run_the_paper_in_the_container(machine: Machine) -> None:
    machine.add("nvidia-smi", EIGHT_GPUS)
    machine.add("docker", WITH_NVIDIA)
    answer = machine.decide()
    assert answer.stdout == "docker paper\n"
    assert answer.stderr.startswith("in the container: there are 8 GPUs, and Docker hands them over\nprofile paper: ")


def test_the_toolkits_hook_serves_where_no_runtime_is_registered(machine: Machine) -> None:
    machine.add("nvidia-smi", EIGHT_GPUS)
    machine.add("docker", WITHOUT_NVIDIA)
    machine.add("nvidia-container-runtime-hook", "exit 0")
    assert machine.decide().stdout == "docker paper\n"


@pytest.mark.parametrize(
    ("docker", "reason"),
    [
        (None, "docker is not installed"),
        (NO_DAEMON, "the Docker daemon does not answer"),
        (WITHOUT_NVIDIA, "nvidia-container-toolkit is missing"),
    ],
)
def test_a_gpu_without_a_docker_that_can_hand_it_over_falls_back_and_says_why(
    machine: Machine, docker: str | None, reason: str
) -> None:
    machine.add("nvidia-smi", EIGHT_GPUS)
    if docker is not None:
        machine.add("docker", docker)
    answer = machine.decide()
    assert answer.stdout == "venv embedded\n"
    assert reason in answer.stderr


def test_an_nvidia_smi_that_fails_is_no_gpu(machine: Machine) -> None:
    machine.add("nvidia-smi", DRIVER_FAILS)
    machine.add("docker", WITH_NVIDIA)
    assert machine.decide().stdout == "venv embedded\n"


def test_profile_and_runtime_force(machine: Machine) -> None:
    machine.add("nvidia-smi", EIGHT_GPUS)
    machine.add("docker", WITH_NVIDIA)
    assert machine.decide(PROFILE="smoke").stdout == "docker smoke\n"
    assert machine.decide(RUNTIME="venv", PROFILE="paper").stdout == "venv paper\n"
    assert machine.decide(RUNTIME="venv").stdout == "venv embedded\n"
    assert machine.decide(RUNTIME="docker", PROFILE="studies/mine.yaml").stdout == "docker studies/mine.yaml\n"


def test_empty_settings_force_nothing(machine: Machine) -> None:
    assert machine.decide(PROFILE="", RUNTIME="").stdout == "venv embedded\n"


def test_the_container_can_be_had_without_a_gpu(machine: Machine) -> None:
    machine.add("docker", WITHOUT_NVIDIA)
    assert machine.decide(RUNTIME="docker").stdout == "docker embedded\n"


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"RUNTIME": "podman"}, 2, "RUNTIME=podman is neither docker nor venv"),
        ({"RUNTIME": "docker"}, 5, "RUNTIME=docker, but docker is not installed"),
        ({"PROFILE": "paper"}, 5, "the profile paper needs a GPU"),
        ({"PROFILE": "my study.yaml"}, 2, "has a space in it"),
    ],
)
def test_what_cannot_be_is_refused_with_advice(
    machine: Machine, settings: dict[str, str], code: int, message: str
) -> None:
    answer = machine.decide(**settings)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert message in answer.stderr
    assert "advice: " in answer.stderr


def test_docker_that_cannot_hand_over_the_gpu_is_refused_where_it_is_forced(machine: Machine) -> None:
    machine.add("nvidia-smi", EIGHT_GPUS)
    machine.add("docker", WITHOUT_NVIDIA)
    answer = machine.decide(RUNTIME="docker")
    assert answer.returncode == 5
    assert "cannot hand over the GPU" in answer.stderr
