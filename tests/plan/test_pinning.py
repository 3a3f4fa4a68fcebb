"""A pinned study reads its artefacts at their commits, leaves out what cannot be had, and says both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.catalog import load_study
from kit.errors import StudyError
from kit.model.pins import Algorithm, Choice, Pin, PinnedFile, Pins, RepoKind, Unavailable
from kit.model.study import Study
from kit.plan.pinning import pinned

PAPER = load_study("paper")
REVISION = "b" * 40


@pytest.fixture(scope="module")
def study() -> Study:
    """Two models on two data sets."""
    cells = [item for item in PAPER.cells if item.cell.model.id in ("gpt2", "distilgpt2")]
    return replace(PAPER, cells=tuple(item for item in cells if item.cell.dataset.key in ("wikitext", "oscar")))


def pin(kind: RepoKind, name: str, deviation: str | None = None) -> Pin:
    file = PinnedFile(path="data.parquet", size=1, algorithm=Algorithm.SHA256, digest="0" * 64)
    return Pin(
        kind=kind, name=name, published=name, id=f"new/{name}", revision=REVISION, choice=Choice.LAST,
        deviation=deviation, files=(file,),
    )  # fmt: skip


def pins(*entries: Pin | Unavailable) -> Pins:
    return Pins(
        study="paper", endpoint="e", as_of=None,
        artefacts=tuple(entry for entry in entries if isinstance(entry, Pin)),
        unavailable=tuple(entry for entry in entries if isinstance(entry, Unavailable)),
    )  # fmt: skip


MODELS = (pin(RepoKind.MODEL, "gpt2"), pin(RepoKind.MODEL, "distilgpt2", "distilgpt2: a copy."))
WIKITEXT = pin(RepoKind.DATASET, "wikitext")
NO_OSCAR = Unavailable(kind=RepoKind.DATASET, name="oscar", reason="a script")


def test_artefacts_are_at_their_commits_and_ids_follow(study: Study) -> None:
    result = pinned(study, pins(*MODELS, WIKITEXT, pin(RepoKind.DATASET, "oscar")))
    assert len(result.cells) == 4
    for before, after in zip(study.cells, result.cells, strict=True):
        assert after.cell.model.current_id == f"new/{before.cell.model.id}"
        assert after.cell.model.revision == after.cell.dataset.revision == REVISION
        assert after.cell.dataset.files == ("data.parquet",)
        assert after.cell.cell_id != before.cell.cell_id
        assert after.cell.key == before.cell.key
    assert result.deviations == (*study.deviations, "distilgpt2: a copy.")


def test_what_cannot_be_had_is_left_out_and_said(study: Study) -> None:
    result = pinned(study, pins(*MODELS, WIKITEXT, NO_OSCAR))
    assert {item.cell.dataset.key for item in result.cells} == {"wikitext"}
    assert result.deviations[-1] == "oscar: could not be had (a script); its 2 cells are left out."


def test_pins_of_another_study_are_refused(study: Study) -> None:
    with pytest.raises(StudyError, match="oscar: is not in the pins"):
        pinned(study, pins(*MODELS, WIKITEXT))
    with pytest.raises(StudyError, match="gpt2: is not in the pins"):
        pinned(study, pins(WIKITEXT, NO_OSCAR))


def test_a_study_of_which_nothing_is_left_is_refused(study: Study) -> None:
    lost = replace(NO_OSCAR, name="wikitext")
    with pytest.raises(StudyError, match="no cell is left"):
        pinned(study, pins(*MODELS, lost, NO_OSCAR))


def test_deviations_of_what_a_study_does_not_use_are_not_its_own(study: Study) -> None:
    other = pin(RepoKind.MODEL, "gpt2-xl", "gpt2-xl: a copy.")
    result = pinned(study, pins(*MODELS, other, WIKITEXT, NO_OSCAR))
    assert not any("gpt2-xl" in text for text in result.deviations)


def test_a_study_that_the_kit_builds_stays_as_it_is() -> None:
    smoke = load_study("smoke")
    assert pinned(smoke, pins()) == smoke
