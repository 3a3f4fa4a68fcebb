"""The report says what it is, renders to the same bytes, asks for nothing, and shows hostile names as text."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kit.journal import Journal, read_record
from kit.model.record import Origin, Record
from kit.report import render
from kit.report.summary import number, results_of
from tests import builders

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = (
    "<script>alert(1)</script>",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil",
    "a\0b",
    "x" * 300,
    "\N{PILE OF POO}",
    "{{7*7}}",
)


def journal(folder: Path, record: Record) -> Path:
    """A run's folder with the record in its journal."""
    folder.mkdir()
    with Journal.create(folder, record.study, record.origin, record.source) as made:
        for host_id, host in record.hosts.items():
            made.add_host(host, host_id)
        made.add_runs(record.runs)
    return folder


def test_the_report_says_plainly_what_an_embedded_study_is() -> None:
    text = render(builders.record()).html.decode()
    assert "random weights" in text
    assert "modelled by CodeCarbon" in text
    assert "Energies are made up." in text
    assert "discriminative" in text


def test_an_interrupted_run_and_a_failed_one_say_so() -> None:
    text = render(builders.record(lacking=4, failing=1)).html.decode()
    assert "5 planned runs are missing" in text
    assert "A run failed: out of memory" in text


def test_a_replay_says_whose_data_it_shows() -> None:
    assert (
        "authors&#39; released data" in render(builders.record(origin=Origin.REPLAYED, artefacts="hub")).html.decode()
    )


def test_a_run_without_a_single_measurement_still_gives_a_report() -> None:
    empty = replace(builders.record(), runs=())
    rendered = render(empty)
    assert b"planned runs are missing" in rendered.html
    assert rendered.pdf.startswith(b"%PDF")


def test_the_same_journal_gives_the_same_bytes_wherever_it_is_rendered(tmp_path: Path) -> None:
    code = (
        "import sys,hashlib,pathlib;from kit.journal import read_record;from kit.report import render;"
        "r=render(read_record(pathlib.Path(sys.argv[1])));"
        "print(hashlib.sha256(r.html).hexdigest(),hashlib.sha256(r.pdf).hexdigest())"
    )
    seen = set()
    for zone, seed, locale in (("UTC", "1", "C"), ("Asia/Tokyo", "77", "C.UTF-8")):
        folder = journal(tmp_path / zone.replace("/", " "), builders.record())
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale}
        command = [sys.executable, "-c", code, str(folder)]
        seen.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    here = render(read_record(folder))
    seen.add(f"{hashlib.sha256(here.html).hexdigest()} {hashlib.sha256(here.pdf).hexdigest()}\n")
    assert len(seen) == 1


def test_two_renderings_in_one_process_are_the_same() -> None:
    first, second = render(builders.record()), render(builders.record())
    assert first == second


def test_the_pdf_is_archival_tagged_and_carries_its_tables() -> None:
    import pikepdf

    with pikepdf.open(BytesIO(render(builders.record()).pdf)) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["pdfaid:part"] == "3"
        assert metadata["pdfaid:conformance"] == "A"
        raw = bytes(pdf.Root.Metadata.read_bytes())
        assert raw.count(b"<rdf:RDF") == 1
        assert b"pdfuaid" in raw
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == "en"
        names = set(pdf.attachments)
        assert {"table2.csv", "cells.csv", "study.json"} <= names
        assert all("/AFRelationship" in pdf.attachments[name].obj for name in names)
        assert b"task,boundary,n_models" in pdf.attachments["table2.csv"].get_file().read_bytes()


def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(render(builders.record()).pdf)
    assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 0


def test_hostile_names_are_shown_as_text() -> None:
    models = dict.fromkeys(model for _, model, _, _ in builders.CELLS)
    record = builders.record(names=dict(zip(models, HOSTILE, strict=False)))
    rendered = render(record)
    text = rendered.html.decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\0" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert "{{7*7}}" in text
    assert rendered.pdf.startswith(b"%PDF")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_the_page_asks_for_nothing_and_does_not_overflow(browser: Browser, tmp_path: Path, width: int) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(render(builders.record()).html)
    page = browser.new_page(viewport={"width": width, "height": 900})
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(path.as_uri())
    assert wrong == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("table").count() >= 5
    assert page.locator("figure svg").count() == 1
    page.close()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.00021234, "0.000212"),
        (1.0, "1.00"),
        (0.0, "0.0"),
        (-0.5, "\N{MINUS SIGN}0.500"),
        (1234567.0, "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567"),
    ],
)
def test_numbers_have_three_significant_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_findings_and_doubts_name_what_they_are_about() -> None:
    summary = results_of(builders.record()).summary
    assert any("the paper's order" in text for text in summary.findings)
    assert summary.chart_words.startswith("Energy of 1,000 inferences in kWh, least first: ")
