"""Progress in plain lines, as JSON and in a terminal: it counts, estimates, and is never silent for long."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kit.cli import progress
from kit.fetch.published import Arriving, Checking
from kit.model.record import Record
from kit.model.runs import Failed, Phase, Run
from kit.run.events import (
    Building,
    Event,
    ModelStarted,
    PhaseStarted,
    RunRecorded,
    Started,
    Tick,
)
from tests import builders


def events(record: Record) -> Iterator[Event]:
    """What a run of the small study tells, with one failure."""
    yield Checking("org/other", 1, 2)
    yield Arriving("org/other", 0, 4_000_000_000)
    yield Arriving("org/other", 1_500_000_000, 4_000_000_000)
    yield Building("distilgpt2", "missing", 1, 2)
    yield Started(record.study, 3, 24)
    yield ModelStarted("distilgpt2", 1, 6)
    for run in record.runs[3:6]:
        yield PhaseStarted(run.cell_id, run.repetition, Phase.QUERY)
        yield Tick()
        yield RunRecorded(run)
    broken = Run("x", record.runs[6].cell_id, 1, "h", Failed("out of memory"))
    yield RunRecorded(broken)


def test_plain_lines_count_and_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(quiet=False, as_json=False) as listen:
        for event in events(builders.record()):
            listen(event)
    said = capsys.readouterr().err
    assert said.count("fetching org/other") == 1
    assert "fetching org/other (0.0 GB of 4.0 GB)" in said
    assert "building distilgpt2 (1 of 2; it was missing)" in said
    assert "24 runs of 8 cells, 3 done before" in said
    assert "[4/24] distilbert-base-uncased-finetuned-sst-2-english on imdb, repetition 1" in said
    assert "kJ in the windows so far" in said
    assert "left" in said
    assert "failed: out of memory" in said


def test_a_long_wait_is_not_silent(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_AFTER_S", -1.0)
    record = builders.record()
    with progress.shown(quiet=False, as_json=False) as listen:
        listen(Tick())
        listen(Checking("org/other", 1, 2))
        listen(Arriving("org/other", 0, 4_000_000_000))
        listen(Arriving("org/other", 1_500_000_000, 4_000_000_000))
        listen(Started(record.study, 0, 24))
        listen(PhaseStarted(record.runs[0].cell_id, 1, Phase.LOAD))
    said = capsys.readouterr().err
    assert "still at work" in said
    assert "still at checking org/other (1 of 2)" in said
    assert "still at fetching org/other, 1.5 GB of 4.0 GB" in said
    assert "still at distilbert-base-uncased-finetuned-sst-2-english on sst2, repetition 1: load" in said


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(quiet=False, as_json=True) as listen:
        for event in events(builders.record()):
            listen(event)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["building", "started", "model", "run", "run", "run", "run"]
    assert lines[-1]["reason"] == "out of memory"


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown(quiet=True, as_json=False) as listen:
        for event in events(builders.record()):
            listen(event)
    assert capsys.readouterr().err == ""


def test_the_live_bar_shows_cell_time_and_energy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress.shown(quiet=False, as_json=False) as listen:
        for event in events(builders.record()):
            listen(event)
    said = capsys.readouterr().err
    assert "out of memory" in said
    assert "/24" in said
