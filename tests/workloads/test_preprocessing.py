"""How rows become inputs, as the published protocol says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from kit.catalog import load_study
from kit.errors import StudyError
from kit.model.study import Cell, Family, Task
from kit.workloads.preprocessing import RULES, inputs_of


def cell(task: Task, dataset: str, family: Family = Family.TASK_SPECIFIC) -> Cell:
    return next(
        item.cell
        for item in load_study("paper").cells
        if item.cell.task is task and item.cell.dataset.key == dataset and item.cell.model.family is family
    )


WORDS = " ".join(f"w{number}" for number in range(60))


@pytest.mark.parametrize(
    ("of", "row", "expected"),
    [
        (cell(Task.TEXT_CLASSIFICATION, "sst2"), {"sentence": "fine film"}, "fine film"),
        (cell(Task.TOKEN_CLASSIFICATION, "conll2003"), {"tokens": ["EU", "rejects"]}, "EU rejects"),
        (cell(Task.QUESTION_ANSWERING, "sciq"), {"question": "Q?", "support": "S"}, {"question": "Q?", "context": "S"}),
        (cell(Task.QUESTION_ANSWERING, "sciq"), {"question": "Q?", "support": ""}, {"question": "Q?", "context": " "}),
        (cell(Task.FILL_MASK, "bookcorpus"), {"text": "he left . she stayed ."}, "he left  she stayed <m>"),
        (cell(Task.FILL_MASK, "c4"), {"text": WORDS}, " ".join(WORDS.split()[:19]) + " <m>"),
        (cell(Task.TEXT_GENERATION, "oscar"), {"text": WORDS}, " ".join(WORDS.split()[:20])),
        (cell(Task.TEXT_TO_IMAGE, "sd_prompts"), {"Prompt": WORDS}, " ".join(WORDS.split()[:50])),
    ],
)
def test_a_row_becomes_the_published_input(of: Cell, row: dict[str, Any], expected: Any) -> None:
    assert inputs_of([row], of, "<m>") == [expected]


def test_an_image_is_brought_to_640_by_480_in_colour() -> None:
    image = inputs_of([{"img": Image.new("L", (32, 32), 7)}], cell(Task.IMAGE_CLASSIFICATION, "cifar10"), None)[0]
    assert (image.size, image.mode, image.getpixel((0, 0))) == ((640, 480), "RGB", (7, 7, 7))


def test_rows_without_text_are_passed_over() -> None:
    rows = [{"text": ""}, {"text": " \n"}, {"text": "one two"}]
    assert inputs_of(rows, cell(Task.TEXT_GENERATION, "wikitext"), None) == ["one two"]


def test_a_prompt_is_filled_and_braces_in_a_text_stay() -> None:
    of = cell(Task.QUESTION_ANSWERING, "squad", Family.BLOOMZ)
    text = inputs_of([{"question": "What is {context}?", "context": "{question} {0}"}], of, None)[0]
    assert text.startswith("What is {context}? Find")
    assert '"{question} {0}" Answer:' in text


def test_a_rule_that_does_not_exist_is_named_with_those_that_do() -> None:
    of = cell(Task.FILL_MASK, "c4")
    with pytest.raises(StudyError, match="sing") as caught:
        inputs_of([], replace(of, protocol=replace(of.protocol, preprocessing="sing")), None)
    assert "cloze-20-words" in caught.value.advice


@pytest.mark.parametrize("family", [Family.FLAN_T5, Family.BLOOMZ])
def test_a_prompted_text_ends_after_50_words_and_the_prompt_does_not(family: Family) -> None:
    text = inputs_of([{"article": WORDS}], cell(Task.SUMMARIZATION, "cnn_dailymail", family), None)[0]
    assert text.endswith("w48 w49")
    assert len(text.split()) == 54


def test_a_study_of_ones_own_may_prompt_with_the_whole_text() -> None:
    of = cell(Task.SUMMARIZATION, "cnn_dailymail", Family.BLOOMZ)
    whole = replace(of, protocol=replace(of.protocol, preprocessing="prompted"))
    assert inputs_of([{"article": WORDS}], whole, None)[0].endswith(WORDS)


def test_a_multi_purpose_cell_without_a_prompt_is_refused() -> None:
    of = cell(Task.TEXT_CLASSIFICATION, "sst2", Family.FLAN_T5)
    with pytest.raises(StudyError, match="no prompt"):
        inputs_of([{"sentence": "x"}], replace(of, protocol=replace(of.protocol, prompt=None)), None)


def test_every_rule_of_the_catalogue_exists() -> None:
    used = {item.cell.protocol.preprocessing for item in load_study("paper").cells}
    assert used == set(RULES) - {"prompted"}
