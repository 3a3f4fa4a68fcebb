"""`kit lock`, `kit fetch` and `kit run` on a study of the Hub, from pins to measured runs, against the stand-in Hub."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from kit.catalog import load_catalog
from kit.cli.app import run_command_line
from kit.errors import InputError, NetworkError, ResumeError, StorageError, StudyError
from kit.fetch import hub_folder
from kit.journal import read_record
from tests.standin.hub import Commit, StandInHub, serving

MODEL = "distilbert-base-uncased-finetuned-sst-2-english"
CURRENT = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
STUDY = f"""
title: A study of the Hub
device: cpu
artefacts: hub
meters: [codecarbon]
cells:
  - {{task: text-classification, models: [{MODEL}], datasets: [sst2, imdb], inferences: 2, repetitions: 1}}
"""
ROWS = b"".join(b'{"sentence": "a fine film, number %d"}\n' % number for number in range(10))
DAY = date(2023, 10, 1)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """The stand-in, and an environment that knows no other Hub and no other cache."""
    pytest.importorskip("huggingface_hub", reason="huggingface_hub comes with the extra `measure`")
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serving() as hub:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
        yield hub


@pytest.fixture
def study(tmp_path: Path) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(STUDY)
    return str(path)


def put(hub: StandInHub, files: dict[str, bytes] | None = None) -> None:
    """The study's model at its known commit, under both its ids; one data set of its two, the other a script."""
    files = files or {"config.json": b"{}", "vocab.txt": b"a", "model.safetensors": bytes(2_000)}
    known = load_catalog().models[MODEL].revision
    assert known is not None
    hub.model(CURRENT, Commit(DAY, files, sha=known), card={"license": "apache-2.0"})
    hub.model(MODEL, moved_to=CURRENT)
    sst2 = load_catalog().datasets["sst2"].revision
    assert sst2 is not None
    hub.dataset("sst2", moved_to="stanfordnlp/sst2")
    hub.dataset(
        "stanfordnlp/sst2", Commit(DAY, {"data/test.jsonl": ROWS, "old/sst2.py": b"raise SystemExit"}, sha=sst2)
    )
    hub.dataset("imdb", Commit(DAY, {"imdb.py": b"raise SystemExit"}))


def test_lock_writes_pins_where_fetch_finds_them(
    hub: StandInHub, study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    assert run_command_line(["lock", study]) == 0
    said = capsys.readouterr()
    assert "2 artefacts pinned" in said.out
    assert "not to be had: imdb (imdb: no data of the split test that load without a script; stanfordnlp/" in said.out
    assert f"1 of 3: {MODEL}" in said.err
    assert run_command_line(["fetch", study, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fetched"] == [MODEL, "sst2"]
    assert run_command_line(["fetch", study]) == 0
    assert "0 artefacts fetched, 0 built" in capsys.readouterr().out


def test_lock_by_date_into_a_file_of_ones_own(
    hub: StandInHub, study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    out = tmp_path / "pins.json"
    assert run_command_line(["lock", study, "--as-of", "2023-11-09", "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["pins"] == json.loads(out.read_text())
    assert printed["pins"]["as_of"] == "2023-11-09"
    assert run_command_line(["lock", study, "--as-of", "2023-09-01", "--out", str(out)]) == 0
    assert "no commit on or before 2023-09-01" in capsys.readouterr().out
    assert run_command_line(["lock", study, "--as-of", "yesterday"]) == 2
    assert run_command_line(["lock", study, "--as-of", "9999-12-31"]) == InputError.exit_code
    assert "yet to come" in capsys.readouterr().err
    assert run_command_line(["fetch", study]) == StudyError.exit_code
    assert "kit lock" in capsys.readouterr().err


def test_a_closed_gate_stops_lock_or_is_left_out(
    hub: StandInHub, study: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    hub.repositories[CURRENT].gated = "auto"
    assert run_command_line(["lock", study]) == NetworkError.exit_code
    assert "--without-gated" in capsys.readouterr().err
    assert run_command_line(["lock", study, "--without-gated"]) == 0
    assert f"not to be had: {MODEL} ({MODEL}: its licence has to be accepted" in capsys.readouterr().out
    assert run_command_line(["fetch", study]) == StudyError.exit_code
    assert "no cell is left" in capsys.readouterr().err


def test_offline_is_said_and_whole_files_are_enough(
    hub: StandInHub, study: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    assert run_command_line(["lock", study]) == 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run_command_line(["lock", study]) == NetworkError.exit_code
    assert run_command_line(["fetch", study]) == NetworkError.exit_code
    said = capsys.readouterr().err
    assert "HF_HUB_OFFLINE is set" in said
    assert "--from-bundle" in said
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert run_command_line(["fetch", study]) == 0
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run_command_line(["fetch", study]) == 0


def test_a_place_that_cannot_be_written_is_refused_before_the_hub_is_asked(
    hub: StandInHub, study: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    assert run_command_line(["lock", study, "--out", str(tmp_path)]) == StorageError.exit_code
    assert run_command_line(["fetch", study, "--bundle", str(tmp_path)]) == StorageError.exit_code
    assert capsys.readouterr().err.count(f"error: {tmp_path}: Is a directory\n") == 2
    assert not hub.asked


def test_a_bundle_goes_to_a_machine_without_the_hub(
    hub: StandInHub, study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub)
    out = tmp_path / "carried.tar"
    assert run_command_line(["lock", study]) == 0
    assert run_command_line(["fetch", study, "--bundle", str(out)]) == 0
    assert f"{out}: 0.00 GB" in capsys.readouterr().out
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run_command_line(["fetch", study, "--from-bundle", str(out)]) == 0
    assert "2 artefacts fetched" in capsys.readouterr().out
    assert run_command_line(["fetch", study]) == 0
    assert run_command_line(["fetch", study, "--from-bundle", str(tmp_path / "none.tar")]) == InputError.exit_code


def arrived(cache: Path) -> list[int]:
    """Bytes of the weights' part; the other files, of some bytes, come and go while this looks."""
    sizes = []
    for path in cache.rglob("*.incomplete"):
        with suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return [size for size in sizes if size > 1_000]


def test_a_fetch_that_was_killed_leaves_nothing_unverified_and_is_gone_on_with(
    hub: StandInHub, study: str, tmp_path: Path
) -> None:
    weights = random.Random(3).randbytes(30 * 2**20)
    put(hub, {"config.json": b"{}", "model.safetensors": weights})
    assert run_command_line(["lock", study]) == 0
    release = hub.stall("model.safetensors")
    command = [sys.executable, "-m", "kit.cli", "fetch", study, "--quiet"]
    process = subprocess.Popen(command, env=dict(os.environ), stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not arrived(tmp_path / "cache"):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
        release.set()
    cache = hub_folder(tmp_path / "cache", "hub")
    assert not list(cache.rglob("*.safetensors"))
    (arrived_bytes,) = arrived(tmp_path / "cache")
    assert run_command_line(["fetch", study]) == 0
    (resumed,) = hub.ranges
    assert resumed.startswith(f"model.safetensors bytes={arrived_bytes}-")
    (found,) = cache.rglob("*.safetensors")
    assert found.read_bytes() == weights


def test_a_study_that_the_kit_builds_has_nothing_to_lock(hub: StandInHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["lock", "smoke"]) == StudyError.exit_code
    assert run_command_line(["fetch", "smoke", "--bundle", "x.tar"]) == StudyError.exit_code
    assert "built here" in capsys.readouterr().err
    assert hub.asked == []


def test_a_run_without_pins_says_how_to_make_them(
    hub: StandInHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["run", "paper", "--out", str(tmp_path / "run")]) == StudyError.exit_code
    said = capsys.readouterr().err
    assert "not pinned to commits" in said
    assert "kit lock" in said
    assert not (tmp_path / "run").exists()
    assert hub.asked == []


def tiny_model(tiny_cache: Path) -> dict[str, bytes]:
    folder = hub_folder(tiny_cache, "tiny") / f"models--{MODEL}" / "snapshots"
    (snapshot,) = folder.iterdir()
    return {path.relative_to(snapshot).as_posix(): path.read_bytes() for path in snapshot.rglob("*") if path.is_file()}


def test_a_study_of_the_hub_is_pinned_fetched_measured_offline_and_reported_by_one_command(
    hub: StandInHub, study: str, tmp_path: Path, tiny_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(hub, tiny_model(tiny_cache))
    folder = tmp_path / "run"
    done = subprocess.run(
        [sys.executable, "-m", "kit.cli", "reproduce", study, "--out", str(folder)],
        env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + (folder / "run.log").read_text()
    assert f"1 of 3: {MODEL}" in done.stderr
    assert f"fetching {MODEL}" in done.stderr
    assert (folder / "report.pdf").is_file()
    record = read_record(folder)
    assert record.complete
    (cell,) = record.cells.values()
    assert (cell.model.id, cell.model.current_id) == (MODEL, CURRENT)
    assert cell.dataset.files == ("data/test.jsonl",)
    assert any("imdb: could not be had" in text for text in record.deviations)
    pins = json.loads((folder / "pins.json").read_text())
    assert {pin["name"] for pin in pins["artefacts"]} == {MODEL, "sst2"}

    other = tmp_path / "other.json"
    other.write_text(json.dumps(pins | {"as_of": "2020-01-01"}))
    capsys.readouterr()
    command = ["run", study, "--out", str(folder), "--resume", "--pins", str(other)]
    assert run_command_line(command) == ResumeError.exit_code
    assert "began with other pins" in capsys.readouterr().err
