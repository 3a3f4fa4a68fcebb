"""What the analysis says of its numbers is said in the report's language, with units and numbers as it writes them."""

from dataclasses import replace
from datetime import date

import pytest

from kit.analyse import observe
from kit.model.readings import Provenance, Reading
from kit.model.results import Boundary
from kit.model.runs import Measured, Phase, Run, Window, Work
from kit.report.head import Words, host_facts, source_facts
from kit.report.marks import Point
from kit.report.matrices import lengths_by_model
from kit.report.messages import load_messages
from kit.report.point_names import with_names
from kit.report.printed import printed_lengths
from kit.report.table_views import TableWriter
from tests import builders


def words(language: str) -> Words:
    messages = load_messages(language)
    return Words(messages, TableWriter(messages, str), str)


def of_eight_gpus():
    """What is observed of a run that only has the sum of eight GPUs, as the authors' release."""
    study = builders.study(device="cuda")
    loading, querying = (
        Window(
            phase, "2023-10-02T20:20:22", 10.0, (Reading("gpu/sum-of-8", joules, Provenance.COUNTER, "meter"),), work
        )
        for phase, joules, work in ((Phase.LOAD, 4000.0, None), (Phase.QUERY, 7000.0, Work(1000)))
    )
    run = Run("r", study.cells[0].cell.cell_id, 1, "h", Measured((loading, querying)))
    return observe(replace(builders.record(device="cuda"), study=study, runs=(run,)))[0]


def test_an_estimated_idle_power_is_said_in_french():
    said = {key: words("fr").tables.provenance(text) for key, text in of_eight_gpus().provenance.items()}
    assert said[Boundary.DEVICE] == "compteur de 8 GPU, moins la puissance au repos estimée de 7"
    assert said[Boundary.NET] == "compteur de 8 GPU, moins la puissance au repos estimée de 8"


def test_what_a_replay_read_is_named_in_the_language():
    record = replace(builders.record(), source={"base_files": 6513, "files_set_aside": 0})
    said = {fact.label: fact.value.words for fact in source_facts(words("fr"), record)}
    assert said == {
        "Fichiers d'exécutions lus": "6\N{NO-BREAK SPACE}513",
        "Fichiers mis de côté": "0",  # codespell:ignore mis
    }


def test_numbers_of_a_host_are_written_as_the_language_does():
    record = replace(builders.record(), hosts={"h": {"ram_gb": 1148.738, "python": "3.11.7"}})
    said = [fact.value.words for fact in host_facts(words("fr"), record)]
    assert said == ["1\N{NO-BREAK SPACE}148,738", "3.11.7"]


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "1 March 2026", "2 March 2026"), ("fr", "1er mars 2026", "2 mars 2026")],
)
def test_the_first_of_a_month_is_said_as_the_language_does(language, first, second):
    assert words(language).date(date(2026, 3, 1)) == first
    assert words(language).date(date(2026, 3, 2)) == second


def test_a_part_on_paper_has_the_number_of_its_table_with_a_letter():
    tables = words("en").tables
    numbers = [tables._number(medium) for medium in ("both", "page", "print", "print", "both", "print")]
    assert numbers == ["1", "2", "2a", "2b", "3", "3a"]


def table4(*rows):
    from kit.model.results import Column, Table

    names = ("dataset", "model", "n_inferences", "input_tokens", "output_tokens")
    return Table("table4", "Table 4", tuple(Column(name, name) for name in names), rows)


def test_the_papers_lengths_stand_beside_those_of_the_run_and_sort_by_the_runs():
    small, large = "bigscience/bloomz-560m", "bigscience/bloomz-7b1"
    made = table4(("imdb", large, 10, 60.0, 12.0), ("imdb", small, 10, 61.0, 2.5))
    shown = lengths_by_model(words("en"), "table4", made, "output", [small, large])
    assert [heading.label for heading in shown.headings] == ["Data set", "bloomz-560m", "bloomz-7b1"]
    assert [cell.text for cell in shown.rows[0]] == ["imdb", "2.500 (1.64)", "12.000 (1.53)"]
    assert [cell.sort for cell in shown.rows[0]] == [None, 2.5, 12.0]
    shown = lengths_by_model(words("en"), "table4-input", made, "input", [small, large])
    assert [cell.text for cell in shown.rows[0]] == ["imdb", "61.000", "60.000", "58.73"]
    assert len(printed_lengths("output")) == 72
    assert len(printed_lengths("input")) == 9


def point(x, y, name):
    return Point(x=x, y=y, low=None, high=None, group="g", name=name, said="")


def test_no_name_is_written_over_another_point():
    alone, under, top = point(1.0, 1.0, "o/alone"), point(1.3, 1.0, "o/under"), point(1e4, 1e4, "o/top")
    named = {item.name for item in with_names([alone, under, top]) if item.label}
    assert named == {"o/under", "o/top"}
