"""The Dockerfile, the compose file and the build context, as far as that can be read from the files."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")


def stage(name: str) -> str:
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


def test_the_base_is_an_argument_whose_default_is_pinned_by_digest() -> None:
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE}", "system", "system"]


@pytest.mark.parametrize("name", ["review", "measure"])
def test_a_stage_installs_by_hash_checks_and_does_not_run_as_root(name: str) -> None:
    text = stage(name)
    installs = re.findall(r"pip install(?:.*\\\n)*.*", text)
    assert len(installs) == 1
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(installs[0].split())
    assert "pip check" in text
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    assert users == ["10001"]
    assert "org.opencontainers.image.revision" in text


def test_only_the_measuring_stage_holds_torch_and_asks_for_the_driver_with_nvidia_smi() -> None:
    assert "requirements-measure.lock" not in stage("review")
    assert "NVIDIA_DRIVER_CAPABILITIES=compute,utility" in stage("measure")
    assert 'CMD ["kit", "doctor"]' in stage("measure")


def test_no_secret_is_an_argument_or_a_variable_of_the_image() -> None:
    settings = re.findall(r"^(?:ARG|ENV) (.*(?:\\\n.*)*)", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"token|secret|password|passphrase|_key", " ".join(settings), re.IGNORECASE)


def test_the_build_context_holds_what_the_image_copies_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        word.rstrip("/") for line in re.findall(r"^COPY (.*)", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]
    }
    assert allowed == copied
    assert all((ROOT / name).exists() for name in allowed)


def test_every_file_that_the_package_needs_lies_in_the_image_where_the_package_looks() -> None:
    assert "COPY kit /opt/kit/kit" in DOCKERFILE
    assert "COPY templates /opt/kit/templates" in DOCKERFILE


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed; `make lint` brings it")
    answer = subprocess.run(
        [hadolint, "--failure-threshold", "info", str(ROOT / "docker" / "Dockerfile")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, "")


def test_the_compose_file_names_the_stages_and_hands_over_the_gpus() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"review", "measure"}
    for name, service in services.items():
        assert service["build"]["target"] == name
        assert service["cap_drop"] == ["ALL"]
        assert (ROOT / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert services["review"]["network_mode"] == "none"
    (device,) = services["measure"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia"
    assert {"gpu", "utility", "compute"} == set(device["capabilities"])
    assert services["measure"]["healthcheck"] == {"disable": True}
    assert not any("=" in entry for entry in services["measure"]["environment"])


def test_a_check_without_root_or_without_an_image_name_says_so_and_fails(tmp_path: Path) -> None:
    check = [str(ROOT / "docker" / "check")]
    unknown = subprocess.run([*check, "nothing"], capture_output=True, text=True, timeout=30, check=False)
    assert unknown.returncode == 5
    assert "'nothing' is no image" in unknown.stderr
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n", encoding="utf-8")
    (tmp_path / "id").chmod(0o755)
    other = subprocess.run(
        [*check, "review"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert other.returncode == 5
    assert "need root" in other.stderr
