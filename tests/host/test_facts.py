"""The facts of a host are read of the system, and what cannot be read is unknown."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kit.host.facts import bytes_in, host_facts
from kit.model.machine import Docker


def program(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="ascii")
    (folder / name).chmod(0o755)


def test_this_machine_has_facts(tmp_path: Path) -> None:
    found = host_facts({}, tmp_path)
    assert found.python == sys.version_info[:3]
    assert found.packages["psutil"]
    assert found.disk_free_bytes is not None
    assert found.disk_free_bytes > 0
    assert found.ram_bytes is not None
    assert found.ram_bytes > 2**28
    assert found.now.year > 2024
    assert found.synchronised in (True, False, None)


def test_without_programs_there_is_no_smi_docker_or_toolkit(tmp_path: Path) -> None:
    found = host_facts({"PATH": str(tmp_path)}, tmp_path, tmp_path)
    assert (found.smi, found.docker, found.toolkit) == (None, Docker.ABSENT, False)
    assert (found.compat, found.in_container) == (None, False)


@pytest.mark.parametrize(("code", "docker"), [(0, Docker.RUNNING), (1, Docker.SILENT)])
def test_programs_are_asked(code: int, docker: Docker, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    program(programs, "nvidia-smi", f'[ "$1" = --help ] && exit {code}')
    program(programs, "docker", f'[ "$1" = version ] && exit {code}')
    program(programs, "nvidia-ctk", "exit 0")
    found = host_facts({"PATH": str(programs)}, tmp_path, tmp_path)
    assert (found.smi, found.docker, found.toolkit) == (code, docker, True)


def test_a_program_that_cannot_be_started_has_failed(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    program(programs, "nvidia-smi", "")
    (programs / "nvidia-smi").write_bytes(b"\x7fELF nothing")
    assert host_facts({"PATH": str(programs)}, tmp_path).smi == 126


def test_a_program_that_hangs_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.host.facts.PROGRAM_LIMIT_S", 0.2)
    program(tmp_path / "bin", "nvidia-smi", "exec /bin/sleep 30")
    assert host_facts({"PATH": str(tmp_path / "bin")}, tmp_path).smi == 124


def test_the_compatibility_library_and_a_container_are_known_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "usr/local/cuda/compat").mkdir(parents=True)
    (tmp_path / "usr/local/cuda/compat/libcuda.so.1").write_bytes(b"")
    (tmp_path / ".dockerenv").write_bytes(b"")
    found = host_facts({"PATH": ""}, tmp_path, tmp_path)
    assert found.compat == "/usr/local/cuda/compat/libcuda.so.1"
    assert found.in_container


def test_room_is_known_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    there, not_there = (host_facts({}, folder).disk_free_bytes for folder in (tmp_path, tmp_path / "a" / "b"))
    assert there is not None
    assert not_there == pytest.approx(there, rel=0.2)


def test_bytes_are_counted_once_whatever_links_to_them(tmp_path: Path) -> None:
    blobs = tmp_path / "model" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "a").write_bytes(b"12345")
    (tmp_path / "model" / "snapshot").symlink_to(blobs / "a")
    assert bytes_in([tmp_path / "model", tmp_path / "none"]) == 5


def test_what_cannot_be_read_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("kit.host.facts.shutil.disk_usage", fails)
    monkeypatch.setattr("kit.host.facts.os.sysconf", fails)
    monkeypatch.setattr("kit.host.facts.ctypes.CDLL", fails)
    monkeypatch.setattr("kit.host.facts.MEASURING", ("no-such-package-at-all",))
    found = host_facts({}, tmp_path)
    assert (found.disk_free_bytes, found.ram_bytes, found.synchronised) == (None, None, None)
    assert found.packages == {"no-such-package-at-all": None}


@pytest.mark.parametrize(("answer", "expected"), [(0, True), (5, False), (-1, None)])
def test_the_kernel_says_whether_the_clock_is_synchronised(
    answer: int, expected: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _name: SimpleNamespace(adjtimex=lambda _timex: answer))
    assert host_facts({}, tmp_path).synchronised is expected
