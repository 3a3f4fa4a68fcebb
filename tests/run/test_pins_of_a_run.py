"""A run keeps the pins that it began with; until it began, the latest ones count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.catalog.pins_file import NAME, pins_text, read_pins
from kit.errors import ResumeError, StudyError
from kit.fetch import pins_path
from kit.journal import JOURNAL_NAME
from kit.model.pins import Pins
from kit.run import keep_pins, settle_pins

PAPER = load_study("paper")
PINS = Pins(study="paper", endpoint="https://huggingface.co", as_of="2023-11-09", artefacts=())
LATER = replace(PINS, as_of="2024-11-09")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    cache = tmp_path / "cache"
    (cache / "pins").mkdir(parents=True)
    return cache


def locked(pins: Pins, path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(pins_text(pins))
    return path


def test_the_pins_of_the_lock_are_taken_and_kept_in_the_runs_folder(cache: Path, tmp_path: Path) -> None:
    locked(PINS, pins_path(cache, "paper"))
    settled = settle_pins(PAPER, tmp_path / "run", cache, None)
    assert settled == PINS
    keep_pins(settled, tmp_path / "run")
    assert read_pins(tmp_path / "run" / NAME) == PINS


def test_a_study_locked_anew_before_it_began_runs_with_the_new_pins(cache: Path, tmp_path: Path) -> None:
    locked(PINS, tmp_path / "run" / NAME)
    locked(LATER, pins_path(cache, "paper"))
    assert settle_pins(PAPER, tmp_path / "run", cache, None) == LATER


def test_a_run_that_began_keeps_its_pins_and_refuses_others(cache: Path, tmp_path: Path) -> None:
    locked(PINS, tmp_path / "run" / NAME)
    (tmp_path / "run" / JOURNAL_NAME).touch()
    given = locked(LATER, pins_path(cache, "paper"))
    assert settle_pins(PAPER, tmp_path / "run", cache, None) == PINS
    with pytest.raises(ResumeError, match="began with other pins"):
        settle_pins(PAPER, tmp_path / "run", cache, given)


def test_pins_put_into_the_folder_count_where_there_are_no_others(cache: Path, tmp_path: Path) -> None:
    locked(PINS, tmp_path / "run" / NAME)
    assert settle_pins(PAPER, tmp_path / "run", cache, None) == PINS


def test_no_pins_are_an_error_for_the_paper_and_none_are_needed_otherwise(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not pinned"):
        settle_pins(PAPER, tmp_path / "run", cache, None)
    assert settle_pins(load_study("smoke"), tmp_path / "run", cache, None) is None
    assert not (tmp_path / "run").exists()
