"""The catalogue is the published study, and a mistake in a study file is pointed at."""

from __future__ import annotations

import csv
import re
import statistics
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.catalog import load_catalog, load_study, profile_names
from kit.catalog.loader import FOLDER, Pipeline, Rule
from kit.catalog.studies import Meter
from kit.errors import StudyError
from kit.model.study import Architecture, CellKey, Family, Kind, Status, Task

DOCUMENT = Path(__file__).parents[2] / "docs" / "catalogue.md"

RELEASED = {
    "text_classif": (Task.TEXT_CLASSIFICATION, {"imdb": "imdb", "sst2": "sst2", "tomatoes": "rotten_tomatoes"}),
    "qa": (Task.QUESTION_ANSWERING, {"sciq": "sciq", "squad": "squad", "squadv2": "squad_v2"}),
    "fillmask": (Task.FILL_MASK, {"bookcorpus": "bookcorpus", "c4": "c4", "oscar": "oscar"}),
    "token_classif": (
        Task.TOKEN_CLASSIFICATION,
        {"conll2003": "conll2003", "record": "super_glue_record", "wikiann": "wikiann"},
    ),
    "image_class": (
        Task.IMAGE_CLASSIFICATION,
        {"cifar10_resized": "cifar10", "cifar100_resized": "cifar100", "imagenet_resized": "imagenet-1k"},
    ),
    "obj_detection": (
        Task.OBJECT_DETECTION,
        {"CPPE_resized": "cppe-5", "coco_resized": "coco2017", "visualgenome_resized": "visual_genome"},
    ),
    "textgen": (Task.TEXT_GENERATION, {"bookcorpus": "bookcorpus", "oscar": "oscar", "wikitext": "wikitext"}),
    "summarize": (Task.SUMMARIZATION, {"cnn_15": "cnn_dailymail", "samsum_15": "samsum", "xsum_15": "xsum"}),
    "itt": (
        Task.IMAGE_TO_TEXT,
        {"coco_resized": "coco2017", "redcaps_resized": "red_caps", "visualgenome_resized": "visual_genome"},
    ),
    "tti": (
        Task.TEXT_TO_IMAGE,
        {"diffusiondb": "diffusiondb", "imagereward": "imagereward", "sd_prompts": "sd_prompts"},
    ),
    "zeroshot_sentiment": (
        Task.TEXT_CLASSIFICATION,
        {"imdb": "imdb", "sst2": "sst2", "tomatoes": "rotten_tomatoes"},
    ),
    "zeroshot_qa": (Task.QUESTION_ANSWERING, {"sciq": "sciq", "squad": "squad", "squad2": "squad_v2"}),
    "zeroshot_summarize": (Task.SUMMARIZATION, {"cnn": "cnn_dailymail", "samsum": "samsum", "xsum": "xsum"}),
}
"""Names of the release's files, and what their rows were measured on."""

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


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_published_cell_of_the_release_is_exactly_one_cell_of_the_paper_study(paper_data: Path) -> None:
    folder = paper_data / "released" / "data" / "emissions" / "complete"
    models = load_catalog().models
    published: set[CellKey] = set()
    for start, (task, files) in RELEASED.items():
        for end, dataset in files.items():
            for family in ("", "_bloomz") if start.startswith("zeroshot") else ("",):
                for row in rows_of(folder / f"{start}_{end}{family}.csv"):
                    model = models[row["project_name"]]
                    if model.family.multi_purpose is start.startswith("zeroshot") and model.status is Status.MEASURED:
                        published.add(CellKey(task, model.id, dataset))
    planned = Counter(item.cell.key for item in load_study("paper").cells)
    assert set(planned) == published
    assert set(planned.values()) == {1}


def test_only_without_the_two_models_outside_table_6_is_image_generation_as_published(paper_data: Path) -> None:
    data = paper_data / "released" / "data" / "emissions"
    energies: dict[str, list[float]] = {}
    for path in sorted((data / "complete").glob("tti_*.csv")):
        for run in rows_of(path):
            for row in rows_of(data / "base" / f"emissions_base_{run['run_id']}.csv"):
                if row["task_name"] == "query model":
                    energies.setdefault(run["project_name"], []).append(float(row["energy_consumed"]))
    models = load_catalog().models
    counted = [e for model, found in energies.items() if models[model].status is Status.MEASURED for e in found]
    assert len(energies) == 10
    assert round(statistics.mean(counted), 3) == 2.907
    assert round(statistics.stdev(counted), 2) == 3.31
    assert round(statistics.median(counted), 2) == 1.35


def test_prompted_inputs_end_where_the_released_lengths_end(paper_data: Path) -> None:
    lengths = paper_data / "released" / "data" / "lengths" / "complete"
    tasks = load_catalog().tasks
    for task, name in ((Task.TEXT_CLASSIFICATION, "imdb"), (Task.SUMMARIZATION, "cnn")):
        longest = {max(int(row["Input"]) for row in rows_of(path)) for path in lengths.glob(f"{name}*.csv")}
        for family in tasks[task].multi_purpose.values():
            words = len(family.prompt.replace("{text}", "").split())
            assert family.preprocessing == "prompted-50-words"
            assert longest == {50 + words}


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


def test_the_embedded_study_says_how_many_models_and_cells_it_has() -> None:
    study = load_study("embedded")
    models = {planned.cell.model.id for planned in study.cells}
    stated = f"{len(models)} models and {len(study.cells)} cells stand in"
    assert any(sentence.startswith(stated) for sentence in study.deviations)


def test_the_smoke_study_has_every_task_family_and_architecture() -> None:
    cells = [planned.cell for planned in load_study("smoke").cells]
    assert {cell.task for cell in cells} == set(Task)
    assert {cell.model.architecture for cell in cells} == set(Architecture)
    assert {cell.model.family for cell in cells} == {Family.TASK_SPECIFIC, Family.FLAN_T5, Family.BLOOMZ}
    assert {cell.protocol.artefacts for cell in cells} == {"tiny"}
    assert all(planned.repetitions == 2 for planned in load_study("smoke").cells)


@pytest.mark.parametrize("profile", ["paper", "embedded", "smoke"])
def test_whatever_generates_has_its_length_and_beams_stated(profile: str) -> None:
    for planned in load_study(profile).cells:
        cell = planned.cell
        generation = cell.protocol.generation
        if cell.task.kind is Kind.DISCRIMINATIVE and not cell.model.family.multi_purpose:
            assert generation is None
            continue
        assert generation is not None
        if cell.task is Task.TEXT_TO_IMAGE:
            assert generation.denoising_steps is not None
        else:
            assert (generation.max_new_tokens is None) is not (generation.max_length is None)
            assert generation.num_beams is not None
            assert generation.do_sample is False


def test_published_lengths_are_those_of_the_protocol() -> None:
    cells = {(item.cell.task, item.cell.model.family): item.cell for item in load_study("paper").cells}
    lengths = {
        key: (generation.max_new_tokens, generation.max_length, generation.min_length)
        for key, cell in cells.items()
        if (generation := cell.protocol.generation) is not None
    }
    assert lengths[Task.SUMMARIZATION, Family.TASK_SPECIFIC] == (None, 15, 10)
    assert lengths[Task.TEXT_GENERATION, Family.TASK_SPECIFIC] == (10, None, None)
    assert lengths[Task.TEXT_CLASSIFICATION, Family.BLOOMZ] == (1, None, None)
    assert lengths[Task.SUMMARIZATION, Family.BLOOMZ] == (65, None, None)
    assert {lengths[task, Family.FLAN_T5] for task, family in cells if family is Family.FLAN_T5} == {(None, 20, None)}


def test_the_words_of_the_catalogue_are_those_that_workloads_and_meters_know() -> None:
    from kit.meters import METERS
    from kit.workloads.pipelines import KINDS
    from kit.workloads.preprocessing import RULES

    assert set(get_args(Rule)) == set(RULES)
    assert set(get_args(Pipeline)) == {*KINDS, "diffusion"}
    assert set(get_args(Meter)) == set(METERS)


def test_the_example_of_the_documentation_is_a_study(tmp_path: Path) -> None:
    example = re.search("```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    study = load_study(written(tmp_path, example.group(1)))
    assert [planned.cell.key.model for planned in study.cells][-1] == "me/my-chat-model"
    assert len(study.cells) == 5
    assert study.cells[-1].cell.protocol.generation is not None
    assert study.cells[-1].cell.protocol.generation.num_beams == 1


def test_the_documentation_names_every_key_and_word() -> None:
    from dataclasses import fields

    from kit.catalog.studies import Selection, StudyFile
    from kit.model.study import Dataset, Generation, Model

    text = DOCUMENT.read_text(encoding="utf-8")
    keys = {field.name for kind in (Selection, StudyFile, Model, Dataset, Generation) for field in fields(kind)}
    keys -= {"status"}
    for word in keys | set(get_args(Rule)) | set(get_args(Meter)):
        assert f"`{word}`" in text, word


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
        ("title: My study", 'title: "My\\nstudy"', r"line 2, title: "),
        ("title: My study", 'title: "\\e[31mMy study"', r"line 2, title: the character"),
        ("title: My study", '"ti\\e[31mtle": x', r"line 2: the character"),
        ("title: My study", "", r"line \d+, title: "),
        ("inferences: 3", 'inferences: "3"', r"line 9, cells\[0\].inferences: .*integer"),
        ("inferences: 3", "inferences: true", r"line 9, cells\[0\].inferences: .*integer"),
        ("inferences: 3", "inferences: 3.0e+400", r"line 9, cells\[0\].inferences: .*can hold"),
        ("inferences: 3", "inferences: 1" + "0" * 30, r"line 9, .*can hold"),
        ("inferences: 3", "inferences: 1" + "0" * 5000, r"line 9, .*not a plain number"),
        ("inferences: 3", "inferences: 10000000", r"line 9, .*less than or equal to 1000000"),
        ("device: cpu", "device: cpu\ncountry: France", r"line 4, country: "),
        ("device: cpu", "device: cpu\nmeters: [thermometer]", r"line 4, meters\[0\]: "),
        ("device: cpu", "device: cpu\ntime_limit_s: .inf", r"line 4, time_limit_s: "),
        ("datasets: [c4]", "datasets: [c4]\n    preprocessing: squeeze", r"line 9, cells\[0\].preprocessing: "),
        ("datasets: [c4]", "datasets: [c4]\n    preprocessing: prompted-question", r"line 8, .* does not fit"),
        ("datasets: [c4]", "datasets: [c4]\n    preprocessing: prompted", r"\{text\}"),
        (
            "datasets: [c4]",
            "datasets: [c4]\n    prompt: 'Fill {text}'",
            r"line 9, cells\[0\].prompt: .*takes no prompt",
        ),
        ("datasets: [c4]", "datasets: &a [c4]\n    models: *a", r"line 9: aliases"),
        ("datasets: [c4]", "datasets: " + "[" * 100_000, r"line 8: nested too deeply"),
        ("datasets: [c4]", "datasets: {? [a] : b}", r"a key is not a word"),
        ("cells:", "cells: []\nrest:", r"mine.yaml, line "),
        ("cells:", "models: 3\ncells:", r"line 5, models: "),
        ("cells:", "models: {a: b}\ncells:", r"line 5, models"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(StudyError, match=message):
        load_study(written(tmp_path, EXAMPLE.replace(old, new)))


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(StudyError) as caught:
        load_study("embed")
    assert "embedded" in caught.value.advice


@pytest.mark.parametrize(
    "name",
    ["../x", "x/..", "a..b", ".x", "../../etc/passwd", "a b/c", "models--x/../y", "x/y/z", "https://example.org/x"],
)
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


OWN_FAMILY = """
title: Others
device: cpu
cells:
  - task: text-classification
    models: [me/chat]
    datasets: [imdb]
    inferences: 3
    repetitions: 2
models:
  - {id: me/chat, current_id: me/chat, tasks: [text-classification], family: other multi-purpose, architecture: seq2seq}
"""


def test_a_family_that_a_task_does_not_know_has_to_say_how_it_is_done(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"line 5, cells\[0\]: .*say pipeline, preprocessing, prompt, generation"):
        load_study(written(tmp_path, OWN_FAMILY))


def test_a_data_set_of_ones_own_has_to_say_how_its_rows_become_inputs(tmp_path: Path) -> None:
    entry = "{key: notes, id: me/n, current_id: me/n, tasks: [fill-mask], split: train, fields: [text]}"
    text = EXAMPLE.replace("[c4]", "[notes]") + f"datasets:\n  - {entry}\n"
    with pytest.raises(StudyError, match=r"line 8, cells\[0\]\.datasets: say by `preprocessing`"):
        load_study(written(tmp_path, text))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("revision: abc", r"line 12, models\[0\]\.revision: 'abc' is not a commit hash"),
        ("parameters: 0", r"line 12, models\[0\]\.parameters: .*greater than 0"),
        ("parameters: -5", r"line 12, models\[0\]\.parameters: .*greater than 0"),
        ("wings: 2", r"line 12, models\[0\]\.wings: there is no such key"),
        ("gated: maybe", r"line 12, models\[0\]\.gated: "),
    ],
)
def test_a_mistake_in_a_model_of_ones_own_is_named(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        load_study(written(tmp_path, OWN_FAMILY.replace("seq2seq}", f"seq2seq,\n     {more}}}")))


def test_a_model_or_a_cell_that_stands_twice_is_refused(tmp_path: Path) -> None:
    entry = OWN_FAMILY.splitlines()[-1]
    with pytest.raises(StudyError, match=r"line 12, models\[1\]\.id: me/chat stands twice"):
        load_study(written(tmp_path, f"{OWN_FAMILY}{entry}\n"))
    with pytest.raises(StudyError, match=r"line 6, cells\[0\]: bert-base-uncased on c4 stands twice"):
        load_study(written(tmp_path, EXAMPLE.replace("[bert-base-uncased]", "[bert-base-uncased, bert-base-uncased]")))
    dataset = "  - {key: n, id: me/n, current_id: me/n, tasks: [fill-mask], split: train, fields: [text]}\n"
    with pytest.raises(StudyError, match=r"line 13, datasets\[1\]\.key: n stands twice"):
        load_study(written(tmp_path, f"{EXAMPLE}datasets:\n{dataset}{dataset}"))


@pytest.mark.parametrize("name", ["..yaml", "a b.yaml", "-x.yaml"])
def test_a_file_whose_name_could_not_be_that_of_a_run_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(StudyError, match="cannot be that of a study"):
        load_study(str(tmp_path / name))


def test_a_file_of_endless_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="larger than"):
        load_study(written(tmp_path, "#" * (4 * 2**20 + 1)))
    with pytest.raises(StudyError, match="too many entries"):
        load_study(written(tmp_path, "a: [" + "1," * 200_001 + "1]"))


PROFILES = sorted((FOLDER / "profiles").glob("*.yaml"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("all"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested mappings and lists."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(found for key, item in items for found in places(item, (*place, key)))]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(source=st.sampled_from(PROFILES), data=st.data(), value=VALUES)
def test_a_profile_with_any_value_anywhere_gives_a_study_or_a_clear_error(
    tmp_path: Path, source: Path, data: st.DataObject, value: Any
) -> None:
    content = yaml.safe_load(source.read_text(encoding="utf-8"))
    place = data.draw(st.sampled_from(places(content)))
    if place:
        inner = content
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
    else:
        content = value
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    message = ""
    try:
        load_study(str(path))
    except StudyError as error:
        message = error.message
    assert "\n" not in message


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
