"""Every line of the locks is one version by hash, and nothing else: no address, no option, no range."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.glob("requirements-*.lock"))
HASH = r"--hash=sha256:[0-9a-f]{64}"
LINE = re.compile(rf'[A-Za-z0-9][\w.-]*(\[[\w,-]+\])?==[\w.!+]+( ; [\w "\'.<>=!()]+)?( {HASH})+')


def faults(lock: str) -> list[str]:
    """The requirements of a lock that are anything but a pinned version with its hashes."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in lock.replace("\\\n", " ").splitlines())
    return [line for line in lines if line and not line.startswith("#") and not LINE.fullmatch(line)]


def names(lock: Path) -> set[str]:
    return set(re.findall(r"^([\w.-]+).*==", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_there_are_three_locks() -> None:
    assert [path.name for path in LOCKS] == [f"requirements-{name}.lock" for name in ("core", "dev", "measure")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_pinned_and_hashed(lock: Path) -> None:
    assert faults(lock.read_text(encoding="utf-8")) == []
    assert len(names(lock)) > 50


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.4.6",
        f"numpy>=2.4 {HASH}".replace("[0-9a-f]{64}", "0" * 64),
        f"numpy==2.* --hash=sha256:{'0' * 64}",
        f"numpy --hash=sha256:{'0' * 64}",
        f"numpy==2.4.6 --hash=sha256:{'0' * 63}",
        f"numpy==2.4.6 --hash=md5:{'0' * 32}",
        f"numpy @ https://example.org/numpy.whl --hash=sha256:{'0' * 64}",
        "--extra-index-url https://example.org/simple",
        "--find-links wheels",
        "-e .",
        "numpy==2.4.6 \\\n    --hash=sha256:short",
    ],
)
def test_an_unpinned_or_unhashed_line_or_an_address_is_found(line: str) -> None:
    good = f"scipy==1.17.1 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    assert faults(good) == []
    assert len(faults(good + line + "\n" + good)) == 1


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_no_address(lock: Path) -> None:
    assert re.search(r"://|file:/|index-url|find-links|trusted-host", lock.read_text(encoding="utf-8")) is None


def test_the_lock_for_reviewers_has_neither_torch_nor_what_measures() -> None:
    heavy = {"torch", "transformers", "diffusers", "codecarbon", "datasets", "triton"}
    assert names(ROOT / "requirements-core.lock") & heavy == set()
    assert heavy <= names(ROOT / "requirements-measure.lock")


def test_a_larger_lock_holds_a_smaller_one_version_by_version() -> None:
    pins = [set(re.findall(r"^[\w.-]+==\S+", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in LOCKS]
    core, dev, measure = pins
    assert core <= measure <= dev


def test_pip_refuses_a_lock_with_a_line_without_a_hash(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    lock = tmp_path / "broken.lock"
    lock.write_text("demo==1.0\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--find-links", str(tmp_path)]
    command += ["--no-deps", "--requirement", str(lock)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    answer = subprocess.run([*command, "--require-hashes"], capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode != 0
    assert "Hashes are required" in answer.stderr
