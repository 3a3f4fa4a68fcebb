"""`kit replay` as it is typed: what it prints, its exit codes, and that it leaves a whole run or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kit.cli.app import run_command_line
from kit.journal import Journal, read_record
from kit.model.record import Origin
from tests.replay.small import copy_small, edit, first_base


@pytest.fixture
def small(paper_data: Path, tmp_path: Path) -> Path:
    return copy_small(paper_data, tmp_path)


def replay(small: Path, out: Path, *options: str) -> int:
    return run_command_line(["replay", str(small), "--out", str(out), *options])


def test_a_release_becomes_a_run(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs" / "one"
    assert replay(small, out) == 0
    assert f"{out}: 120 runs, of which no published table uses 0" in capsys.readouterr().out
    record = read_record(out)
    assert (record.origin, record.study.name, len(record.runs)) == (Origin.REPLAYED, "release", 120)
    assert [path.name for path in out.parent.iterdir()] == ["one"]


def test_json_says_the_same_to_programs(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(first_base(small), "gpu_energy", "much")
    assert replay(small, tmp_path / "run", "--quarantine", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["runs"], said["unused"], len(said["quarantined"])) == (119, 0, 1)


def test_bad_input_ends_with_code_2_and_leaves_nothing(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(first_base(small), "gpu_energy", "much")
    out = tmp_path / "runs" / "one"
    assert replay(small, out) == 2
    said = capsys.readouterr().err
    assert "column gpu_energy: 'much' is not a number" in said
    assert "advice: " in said
    assert not out.parent.exists()


def test_files_set_aside_are_listed_counted_and_kept_as_deviations(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(first_base(small), "gpu_energy", "much")
    assert replay(small, tmp_path / "run", "--quarantine") == 0
    said = capsys.readouterr().out
    assert "1 file set aside" in said
    assert f"set aside: {first_base(small).name}" in said
    record = read_record(tmp_path / "run")
    assert [text for text in record.deviations if text.startswith("Set aside: ")]
    assert record.source is not None
    assert record.source["files_set_aside"] == 1


def test_an_existing_run_is_not_overwritten(small: Path, tmp_path: Path) -> None:
    assert replay(small, tmp_path) == 6
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert replay(small, tmp_path / "link") == 6


def test_a_place_that_cannot_be_written_is_told(small: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert replay(small, tmp_path / "file" / "run") == 4


def test_an_interruption_while_writing_leaves_nothing(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "add_quality", interrupted)
    out = tmp_path / "runs" / "one"
    assert replay(small, out) == 130
    assert list(out.parent.iterdir()) == []


def test_what_files_say_against_each_other_is_printed(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(small / "data" / "emissions" / "complete" / "text_classif_sst2.csv", "project_name", "lvwerra/distilbert-imdb")
    assert replay(small, tmp_path / "run") == 0
    assert "contradiction: text_classif_sst2.csv publishes 1 run as lvwerra/distilbert-imdb" in capsys.readouterr().out
