"""The registry of claims holds every claim of the paper, and mistakes in it are pointed at."""

from __future__ import annotations

import re

import pytest

from kit.catalog.claims import Edition, load_claims, read_claims
from kit.errors import SchemaError, StudyError

CLAIM = """\
  - id: T2.1.mean
    where: Table 2
    says: It takes so much.
    published: 0.002 kWh
    quantity: task_statistic
    printed: "0.002"
"""


def registry(folder, text, schema="schema: 1\n"):
    path = folder / "claims.yaml"
    path.write_text(f"{schema}claims:\n{text}", encoding="utf-8")
    return path


def test_every_id_of_the_papers_list_is_in_the_registry(paper_data):
    text = (paper_data / "claims.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| ([A-Z]\d+(?:\.\d+)?) \|", text, re.MULTILINE))
    assert len(listed) > 50
    registered = {claim.id for claim in load_claims()}
    for wanted in listed:
        assert any(name == wanted or name.startswith(f"{wanted}.") for name in registered), wanted


def test_every_number_of_tables_3_and_4_is_registered(paper_data):
    ids = [claim.id for claim in load_claims()]
    assert sum(name.startswith("T3.") for name in ids) == 16
    assert sum(name.startswith("T4.") for name in ids) == 9 * (1 + 8)
    assert sum(name.startswith("T2.") for name in ids) == 20
    assert sum(name.startswith("T5.") for name in ids) == 20


def test_what_only_one_edition_states_is_marked():
    editions = {(claim.id, claim.edition) for claim in load_claims()}
    for name in ("S6", "S7", "S8.charges"):
        assert {(name, Edition.V1), (name, Edition.FINAL)} <= editions


def test_the_printed_digits_stand_in_what_is_shown():
    for claim in load_claims():
        if claim.printed is not None and "e" not in claim.printed and claim.id not in ("S7", "D2.repetitions"):
            assert claim.printed in claim.published.replace(",", ""), claim.id


def test_a_claim_is_read_as_it_stands(tmp_path):
    (claim,) = read_claims(registry(tmp_path, CLAIM))
    assert (claim.id, claim.printed, claim.edition) == ("T2.1.mean", "0.002", Edition.BOTH)
    assert claim.numeric


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('printed: "0.002"', "printed: about"), r"line 8, claims\[0\].printed: 'about' is not a number"),
        (('printed: "0.002"', 'printed: "nan"'), r"line 8.*'nan' is not a number"),
        (('    printed: "0.002"\n', ""), "line 3.*give one of printed"),
        (('printed: "0.002"', 'printed: "0.002"\n    at_least: 1.0'), "give one of printed"),
        (("quantity: task_statistic", "missing: nothing"), "nothing to compare with"),
        (("    quantity: task_statistic\n", ""), "either a quantity or what is missing"),
        (("id: T2.1.mean", "id: table two"), r"line 3, claims\[0\].id: 'table two' is not a claim's id"),
        (("where: Table 2", "were: Table 2"), r"line \d"),
        (('printed: "0.002"', "above: 1.0\n    within: 0.1"), "a tolerance belongs to a printed number"),
        (('printed: "0.002"', 'printed: "0.002"\n    edition: third'), "line 9.*edition"),
        (('printed: "0.002"', 'printed: "0.002"\n    within: 2.0'), "line 9.*within"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path, change, message):
    with pytest.raises(StudyError, match=message) as caught:
        read_claims(registry(tmp_path, CLAIM.replace(*change)))
    assert "claims.yaml" in caught.value.message


def test_a_claim_that_stands_twice_is_a_mistake(tmp_path):
    with pytest.raises(StudyError, match=r"T2\.1\.mean stands twice"):
        read_claims(registry(tmp_path, CLAIM + CLAIM))


def test_another_schema_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="schema 2"):
        read_claims(registry(tmp_path, CLAIM, "schema: 2\n"))
    with pytest.raises(StudyError, match="0 is no schema"):
        read_claims(registry(tmp_path, CLAIM, "schema: 0\n"))
