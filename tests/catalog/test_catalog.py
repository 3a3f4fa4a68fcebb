"""The catalogue is the published study, and a mistake in a study file is pointed at."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.catalog import load_catalog, load_study, profile_names
from kit.errors import StudyError
from kit.model.study import Architecture, Family, Status, Task

EXAMPLE = """
title: My study
device: cpu
artefacts: embedded
cells:
  - task: fill-mask
    models: [bert-base-uncased]
    datasets: [c4]
    inferences: 3
    repetitions: 2
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_paper_study_is_88_models_on_30_pairs_of_task_and_data_set() -> None:
    study = load_study("paper")
    assert len({planned.cell.model.id for planned in study.cells}) == 88
    specific = [item.cell for item in study.cells if item.cell.model.family is Family.TASK_SPECIFIC]
    assert len({cell.model.id for cell in specific}) == 80
    assert Counter(Counter((cell.task, cell.model.id) for cell in specific).values()) == {3: 80}
    assert len({(cell.task, cell.dataset.key) for cell in specific}) == 30
    assert {cell.task for cell in specific} == set(Task)
    assert all(planned.repetitions == 10 and planned.cell.protocol.inferences == 1000 for planned in study.cells)


def test_every_measured_model_is_in_the_release_and_the_other_way_round(paper_data: Path) -> None:
    released: set[str] = set()
    for path in (paper_data / "released" / "data" / "emissions" / "complete").glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            released |= {row["project_name"] for row in csv.DictReader(file)}
    models = load_catalog().models.values()
    in_release = {model.id for model in models if model.status in (Status.MEASURED, Status.RELEASE_ONLY)}
    assert in_release == released


def test_parameters_are_those_of_the_release(paper_data: Path) -> None:
    with (paper_data / "released" / "data" / "model_parameters.csv").open(encoding="utf-8") as file:
        stated = {row["model_name"]: int(float(row["num_parameters"])) for row in csv.DictReader(file)}
    for model in load_catalog().models.values():
        if model.id in stated:
            assert model.parameters == stated[model.id]


def test_models_that_only_table_6_names_are_marked_and_not_measured() -> None:
    only = [model.id for model in load_catalog().models.values() if model.status is Status.TABLE_6_ONLY]
    assert "obi/deid_roberta_i2b2" in only
    measured = {planned.cell.model.id for planned in load_study("paper").cells}
    assert not measured & set(only)


def test_the_embedded_study_covers_all_tasks_families_and_architectures() -> None:
    cells = [planned.cell for planned in load_study("embedded").cells]
    assert {cell.task for cell in cells} == set(Task)
    assert {cell.model.family for cell in cells} == {Family.TASK_SPECIFIC, Family.FLAN_T5, Family.BLOOMZ}
    assert {cell.model.architecture for cell in cells} == set(Architecture)
    assert len({cell.model.id for cell in cells}) >= 19
    sizes = {
        task: {c.model.parameters for c in cells if c.task is task and c.model.family is Family.TASK_SPECIFIC}
        for task in Task
    }
    assert sum(len(found) >= 2 for found in sizes.values()) >= 6


@pytest.mark.parametrize("profile", ["embedded", "smoke"])
def test_a_forced_length_never_keeps_a_length_that_counts_the_start(profile: str) -> None:
    for planned in load_study(profile).cells:
        generation = planned.cell.protocol.generation
        if generation is not None and generation.min_new_tokens is not None:
            assert generation.max_length is None
            assert generation.min_length is None
            assert generation.num_beams is not None


def test_beams_are_the_models_own_where_it_states_some() -> None:
    cells = {planned.cell.model.id: planned.cell for planned in load_study("paper").cells}
    generation = cells["google/pegasus-xsum"].protocol.generation
    assert generation is not None
    assert generation.num_beams == 8


def test_a_study_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    study = load_study(written(tmp_path, EXAMPLE))
    assert study.name == "mine"
    assert [planned.cell.dataset.key for planned in study.cells] == ["c4"]


def test_a_study_may_bring_models_and_data_sets_of_its_own(tmp_path: Path) -> None:
    text = EXAMPLE.replace("bert-base-uncased", "me/mine").replace("[c4]", "[notes]\n    preprocessing: cloze-20-words")
    text += """
models:
  - {id: me/mine, current_id: me/mine, tasks: [fill-mask], family: task-specific, architecture: encoder}
datasets:
  - {key: notes, id: me/notes, current_id: me/notes, tasks: [fill-mask], split: train, fields: [text]}
"""
    cell = load_study(written(tmp_path, text)).cells[0].cell
    assert cell.model.status is Status.ADDED
    assert cell.protocol.preprocessing == "cloze-20-words"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("inferences: 3", "inferences: many", r"mine.yaml, line 9, cells\[0\].inferences: .*integer.*'many'"),
        ("inferences: 3", "inferences: 0", r"line 9, cells\[0\].inferences: .*greater than 0"),
        ("inferences: 3", "inference: 3", r"line 9, cells\[0\].inference: "),
        ("fill-mask", "fill-mask-s", r"line 6, cells\[0\].task: "),
        ("bert-base-uncased", "bert-base-uncasde", r"line 7, cells\[0\].models\[0\]: .*bert-base-uncased is"),
        ("bert-base-uncased", "gpt2", r"line 7, .*gpt2 is not a model for fill-mask"),
        ("[c4]", "[imdb]", r"line 8, .*imdb is not a data set for fill-mask"),
        ("device: cpu", "device: tpu", r"line 3, device: "),
        ("title: My study", "title: My study\ntitle: Twice", r"line 3, title: the key stands twice"),
        ("title: My study", "colour: red\ntitle: My study", r"line 2, colour: "),
        ("inferences: 3", "inferences: [", r"line \d+: "),
        ("title: My study", "title: 2023-01-01", r"line 2.*quote it"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        load_study(written(tmp_path, EXAMPLE.replace(old, new)))


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(StudyError) as caught:
        load_study("embeded")
    assert "embedded" in caught.value.advice


@pytest.mark.parametrize("name", ["../x", "x/..", "a..b", ".x", "../../etc/passwd", "a b/c", "models--x/../y", "x/y/z", "https://example.org/x"])
def test_a_name_that_the_hub_could_not_have_is_refused(tmp_path: Path, name: str) -> None:
    rest = "current_id: a/b, tasks: [fill-mask], family: task-specific, architecture: encoder"
    entry = f"models:\n  - {{id: '{name}', {rest}}}\n"
    with pytest.raises(StudyError, match=r"line \d+, models\[0\]\.id: .* is not an id"):
        load_study(written(tmp_path, EXAMPLE + entry))


def test_a_missing_file_an_empty_one_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        load_study(str(tmp_path / "no.yaml"))
    with pytest.raises(StudyError, match="mapping"):
        load_study(written(tmp_path, ""))
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="UTF-8"):
        load_study(str(tmp_path / "bytes.yaml"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.integers(0, len(EXAMPLE) - 1), junk=st.text(max_size=6), cut=st.integers(0, 20))
def test_a_mutated_file_gives_a_study_or_a_clear_error(tmp_path: Path, position: int, junk: str, cut: int) -> None:
    text = EXAMPLE[:position] + junk.replace("\ud800", "") + EXAMPLE[position + cut :]
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode("utf-8", errors="ignore"))
    message = ""
    try:
        load_study(str(path))
    except StudyError as error:
        message = error.message
    assert "\n" not in message


def test_every_profile_loads() -> None:
    assert profile_names() == ("embedded", "paper", "smoke")
    ids = [load_study(name).study_id for name in profile_names()]
    assert len(set(ids)) == 3
