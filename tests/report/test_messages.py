"""The catalogues: complete in both languages, and filled in by their rules."""

import re
from pathlib import Path
from string import Formatter

import pytest

from kit.analyse.break_even import Basis
from kit.analyse.quality_checks import Check, Severity
from kit.catalog.claims import load_claims
from kit.claims.findings import Subject
from kit.errors import InputError
from kit.model.readings import Provenance
from kit.model.results import Boundary
from kit.model.study import Architecture, Family, Kind, Modality, Task
from kit.report.claim_views import GROUPS, SLUGS, statement_key
from kit.report.layouts import LAYOUTS
from kit.report.messages import LANGUAGES, load_messages
from kit.report.templates import templates_folder

CATALOGUES = {language: load_messages(language) for language in LANGUAGES}
LITERAL = re.compile(r"""\bt\(\s*"([a-z_0-9.-]+)"\s*[,)]""")


def places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_messages_with_the_same_places():
    english, french = CATALOGUES["en"].words, CATALOGUES["fr"].words
    assert {key for key in french if not key.startswith("claim.")} == set(english)
    for key, text in english.items():
        missing = places(text) ^ places(french[key])
        assert not missing - {"n"}, key


def test_every_message_that_is_named_in_code_and_templates_exists():
    sources = [*Path(templates_folder()).rglob("*.j2"), *(Path(__file__).parents[2] / "kit" / "report").glob("*.py")]
    named = {key for path in sources for key in LITERAL.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 60
    for language, messages in CATALOGUES.items():
        lacking = {key for key in named if key not in messages.words and f"{key}.other" not in messages.words}
        assert lacking == set(), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_vocabulary_has_its_message(language):
    words = [Kind, Boundary, Modality, Architecture, Family, Provenance, Check, Severity, Basis]
    messages = CATALOGUES[language]
    for word in [member.value for kind in words for member in kind] + ["accuracy", "f1", "rouge"]:
        assert messages.has(f"word.{word.replace(' ', '-')}"), word
    for task in Task:
        assert messages.has(f"task.{task.value}")
    for subject in Subject:
        assert messages.has(f"subject.{subject.value}")
    for slug in SLUGS.values():
        assert messages.has(f"verdict.{slug}")
        assert messages.has(f"verdict_letter.{slug}")
    for group in GROUPS:
        assert messages.has(f"group.{group}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_and_column_that_is_laid_out_has_its_messages(language):
    messages = CATALOGUES[language]
    for name, layout in LAYOUTS.items():
        assert messages.has(f"table.{name}.title")
        assert messages.has(f"table.{name}.note")
        for column in layout:
            assert messages.has(f"column.{column.key}.head"), column.key


def test_every_claim_is_said_in_french_with_the_published_digits():
    french = CATALOGUES["fr"]
    keys = {statement_key(claim.id, claim.edition.value) for claim in load_claims()}
    assert {key for key in french.words if key.startswith("claim.")} == keys
    for claim in load_claims():
        said = french.words[statement_key(claim.id, claim.edition.value)].replace("\N{NO-BREAK SPACE}", "")
        for number in re.findall(
            r"\d[\d,]*(?:\.\d+)?(?:e-?\d+)?", claim.says.split(",", 1)[0] if "T5" in claim.id else ""
        ):
            assert number.replace(",", "").replace(".", ",") in said


def test_counts_take_the_form_that_their_language_asks_for():
    english, french = CATALOGUES["en"], CATALOGUES["fr"]
    assert english("fact.runs.failed", n=0) == "0 failed"
    assert french("fact.runs.failed", n=0) == "0 échouée"
    assert french("fact.runs.failed", n=1200) == "1\N{NO-BREAK SPACE}200 échouées"


def test_a_message_that_is_not_there_is_an_error():
    with pytest.raises(KeyError, match=r"no\.such"):
        CATALOGUES["en"]("no.such")


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(InputError, match="no report in this language"):
        load_messages("../../etc/passwd")
