"""What `make reproduce` does after the decision: the price confirmed, and the command that Docker gets."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.cli.costs import workplan_of

ROOT = Path(__file__).parents[2]
# The trap comes before the note, since whoever reads the note may send the signal at once.
DOCKER = f"""#!/bin/sh
[ -z "$DOCKER_WAITS" ] || trap 'echo stopped >> "$DOCKER_LOG"; exit 143' TERM
printf '%s\\n' "$*" >> "$DOCKER_LOG"
case $1 in
  info) echo '{{"nvidia":{{}}}}' ;;
  image) echo sha256:0123456789abcdef ;;
  run)
    case "$*" in
      *' plan '*) cd {shlex.quote(str(ROOT))} && exec {shlex.quote(sys.executable)} -m kit.cli plan paper --json ;;
      *)
        [ -n "$DOCKER_WAITS" ] || exit 0
        while sleep 0.1; do :; done ;;
    esac ;;
esac
"""
SETTINGS = ("PROFILE", "RUNTIME", "OUT", "YES", "PRICE", "BASE", "HF_TOKEN", "DOCKER_WAITS")
NVIDIA_SMI = "#!/bin/sh\necho 'GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-0)'\n"


class Node:
    """A node with one GPU and Docker, both stand-ins; Docker notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "docker.log"
        (folder / "bin").mkdir()
        for name, script in (("docker", DOCKER), ("nvidia-smi", NVIDIA_SMI)):
            path = folder / "bin" / name
            path.write_text(script, encoding="utf-8")
            path.chmod(0o755)

    def reproduce(
        self, *settings: str, stdin: int = subprocess.DEVNULL, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*settings, stdin=stdin, **environment)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *settings: str, stdin: int = subprocess.DEVNULL, **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        own = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DOCKER_LOG": str(self.log),
            "KIT_CACHE": str(self.folder / "cache"),
        }
        return subprocess.Popen(
            ["make", "--no-print-directory", "reproduce", f"OUT={self.folder / 'out'}", *settings],
            cwd=ROOT,
            env=kept | own | environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def last_run(self) -> list[str]:
        return shlex.split(self.log.read_text(encoding="utf-8").splitlines()[-1])


def price_line(price: float) -> str:
    hours = workplan_of(load_study("paper")).hours
    return f"paper takes about {hours:.0f} hours and {hours * price:.0f} USD at {price:g} USD an hour"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def test_with_nobody_to_confirm_the_price_nothing_is_built_or_run(node: Node) -> None:
    answer = node.reproduce()
    assert answer.returncode != 0
    assert answer.stderr.startswith("in the container: ")
    assert "nobody is there to confirm what paper costs" in answer.stderr
    assert "make reproduce YES=1 PROFILE=paper" in answer.stderr
    assert [line.split()[0] for line in node.log.read_text(encoding="utf-8").splitlines()] == ["info"]


@pytest.mark.parametrize(("reply", "ran"), [(b"n\n", False), (b"\n", False), (b"y\n", True)])
def test_the_price_is_told_before_anything_is_spent(node: Node, reply: bytes, ran: bool) -> None:
    ours, theirs = os.openpty()
    try:
        os.write(ours, reply)
        answer = node.reproduce(stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert price_line(27.45) in answer.stdout
    assert ("nothing was run" not in answer.stdout) == ran
    assert ("reproduce" in node.last_run()) == ran
    assert (answer.returncode == 0) == ran


def test_a_confirmed_paper_runs_in_the_container_as_the_caller_with_all_gpus(node: Node) -> None:
    answer = node.reproduce("YES=1", "PRICE=10", HF_TOKEN="hf_secret")
    assert answer.returncode == 0, answer.stderr
    assert price_line(10) in answer.stdout
    words = node.last_run()
    out = str(node.folder / "out")
    assert words[-4:] == ["reproduce", "paper", "--out", out]
    assert words[words.index("--user") + 1] == f"{os.getuid()}:{os.getgid()}"
    assert words[words.index("--gpus") + 1] == "all"
    assert "KIT_IMAGE_DIGEST=sha256:0123456789abcdef" in words
    assert f"{out}:{out}" in words
    assert "HF_TOKEN" in words
    assert "hf_secret" not in node.log.read_text(encoding="utf-8") + answer.stdout + answer.stderr


def test_a_study_file_is_mounted_and_a_small_profile_asks_for_no_price(node: Node) -> None:
    study = node.folder / "mine.yaml"
    study.write_text("title: mine\n", encoding="utf-8")
    assert node.reproduce(f"PROFILE={study}", "YES=1").returncode == 0
    words = node.last_run()
    assert f"{study}:/study/mine.yaml:ro" in words
    assert words[-3:-1] == ["/study/mine.yaml", "--out"]
    answer = node.reproduce("PROFILE=smoke")
    assert answer.returncode == 0
    assert "USD" not in answer.stdout
    assert node.last_run()[-3:-1] == ["smoke", "--out"]


def test_pins_of_ones_own_are_mounted_and_named(node: Node) -> None:
    pins = node.folder / "pins.json"
    pins.write_text("{}", encoding="utf-8")
    assert node.reproduce("YES=1", f"PINS={pins}").returncode == 0
    words = node.last_run()
    assert f"{pins}:/study/pins.json:ro" in words
    assert words[-2:] == ["--pins", "/study/pins.json"]


def test_the_image_is_built_with_version_and_revision(node: Node) -> None:
    node.reproduce("PROFILE=smoke")
    build = next(line for line in node.log.read_text(encoding="utf-8").splitlines() if line.startswith("build "))
    assert "--target measure" in build
    assert "--build-arg VERSION=0." in build
    assert "--build-arg REVISION=" in build


def test_a_term_signal_to_make_reaches_the_container(node: Node) -> None:
    started = node.start("PROFILE=smoke", DOCKER_WAITS="yes")
    try:
        while not (node.log.exists() and "reproduce smoke" in node.log.read_text(encoding="utf-8")):
            assert started.poll() is None
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
        started.communicate(timeout=30)
        # The node's unit tells by this a stop from an end.
        assert started.returncode == -signal.SIGTERM
    finally:
        started.kill()
    assert node.log.read_text(encoding="utf-8").splitlines()[-1] == "stopped"


def virtual_environment(folder: Path) -> Path:
    """A stand-in for a finished virtual environment, whose `kit` notes how it was called."""
    (folder / "bin").mkdir(parents=True)
    kit = folder / "bin" / "kit"
    kit.write_text(f'#!/bin/sh\necho kit "$@" >> {shlex.quote(str(folder / "kit.log"))}\n', encoding="utf-8")
    kit.chmod(0o755)
    for stamp in ("python-ready", "dev", "measure"):
        (folder / stamp).touch()
    return folder


def test_a_machine_without_a_gpu_runs_the_embedded_study_in_the_virtual_environment(node: Node) -> None:
    (node.folder / "bin" / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    venv = virtual_environment(node.folder / "venv")
    answer = node.reproduce(f"VENV={venv}")
    assert answer.returncode == 0, answer.stderr
    first, second = answer.stderr.splitlines()[:2]
    assert first == "in a virtual environment: nvidia-smi lists no GPU"
    assert second.startswith("profile embedded: ")
    out = node.folder / "out"
    assert (venv / "kit.log").read_text(encoding="utf-8") == f"kit reproduce embedded --out {out}\n"


def test_the_exit_code_of_the_kit_fails_the_target(node: Node) -> None:
    venv = virtual_environment(node.folder / "venv")
    (venv / "bin" / "kit").write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    answer = node.reproduce(f"VENV={venv}", "RUNTIME=venv")
    assert answer.returncode != 0
    assert "Error 9" in answer.stderr
