"""The report says what it is, and the same journal gives the same bytes."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

from kit.journal import read_record
from kit.model.record import Origin
from kit.report import render
from tests import builders

CODE = (
    "import sys,hashlib,pathlib;from kit.journal import read_record;from kit.report import render;"
    "r=render(read_record(pathlib.Path(sys.argv[1])), sys.argv[2]);"
    "print(hashlib.sha256(r.html).hexdigest(),hashlib.sha256(r.pdf).hexdigest())"
)


def test_an_embedded_study_says_that_it_is_one_and_what_its_energies_are(embedded):
    text = embedded.html.decode()
    assert "Embedded study, random weights" in text
    assert "Energies are a model, not a measurement" in text
    assert "Energies are made up." in text
    assert "Anything on a GPU" in text
    assert "is no finding about the models" in text
    assert "10,000,000" in text.split("The published setting", 1)[1][:400]


def test_an_interrupted_run_says_what_is_missing_and_what_failed(hostile):
    text = hostile.html.decode()
    assert "4 planned runs are missing" in text
    assert "A run failed: out of memory" in text
    assert "3 runs of" in text
    assert "1 run of" in text


def test_a_replay_says_whose_data_it_shows(replayed_in_french):
    text = replayed_in_french.html.decode()
    assert "Réanalyse des données publiées par les auteurs" in text
    assert "Embedded" not in text
    assert "ne conclut rien sur les modèles" not in text


def test_a_new_measurement_on_a_gpu_says_which_energies_are_modelled():
    text = render(builders.record(artefacts="hub", device="cuda")).html.decode()
    assert "New measurement of the published models" in text
    assert "Measured and modelled energies are added" in text


def test_a_journal_without_a_single_run_still_gives_a_report():
    rendered = render(replace(builders.record(), runs=()))
    assert b"planned runs are missing" in rendered.html
    assert b"No run gives an energy" in rendered.html
    assert rendered.pdf.startswith(b"%PDF")


def test_a_record_without_a_study_or_hosts_still_gives_a_report():
    bare = builders.record()
    empty = replace(bare, runs=(), cells={}, hosts={}, lengths=(), quality=(), deviations=())
    rendered = render(replace(empty, study=replace(bare.study, cells=(), description="", deviations=())))
    assert b"No cell was measured." in rendered.html
    assert b"None is recorded." in rendered.html


def test_the_same_journal_gives_the_same_bytes_wherever_it_is_rendered(tmp_path):
    record = builders.record(origin=Origin.REPLAYED, artefacts="hub", device="cuda")
    seen = set()
    for zone, seed, locale in (("UTC", "1", "C"), ("Asia/Tokyo", "77", "C.UTF-8")):
        folder = tmp_path / zone.replace("/", " and ")
        folder.mkdir()
        builders.write_journal(folder, record)
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale}
        command = [sys.executable, "-c", CODE, str(folder), "fr"]
        seen.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    here = render(read_record(folder), "fr")
    seen.add(f"{hashlib.sha256(here.html).hexdigest()} {hashlib.sha256(here.pdf).hexdigest()}\n")
    assert len(seen) == 1


def test_rendering_again_in_one_process_changes_nothing_and_leaves_nothing_behind(embedded):
    before = dict(os.environ)
    again = render(builders.record())
    assert (again.html, again.pdf) == (embedded.html, embedded.pdf)
    assert dict(os.environ) == before


def test_tables_and_verdicts_come_with_the_report(embedded):
    assert {"table2", "cells", "break-even", "quality", "uncertainty"} <= set(embedded.tables)
    assert len(embedded.claims) > 100


def test_every_claim_stands_in_the_page_under_its_anchor(embedded):
    text = embedded.html.decode()
    for claim in embedded.claims:
        suffix = "" if claim.edition == "both" else f"-{claim.edition}"
        assert text.count(f'id="claim-{claim.claim_id}{suffix}"') == 1
        assert f'href="#claim-{claim.claim_id}{suffix}"' in text
