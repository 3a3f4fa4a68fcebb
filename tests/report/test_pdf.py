"""The PDF: archival, accessible, with its data attached, nothing borrowed from the machine."""

import io
import json
import re
import shutil
import subprocess

import pikepdf
import pytest

from kit.errors import KitError
from kit.report.pdf import Attached, render_pdf


@pytest.fixture
def pdf(embedded):
    """The opened PDF of the embedded study."""
    with pikepdf.open(io.BytesIO(embedded.pdf)) as opened:
        yield opened


def elements(node, kind):
    """All structure elements of a kind below a node."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child, kind)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == kind:
            yield node
        if "/K" in node:
            yield from elements(node.K, kind)


def test_archive_and_accessibility_are_identified_in_one_rdf(pdf):
    raw = bytes(pdf.Root.Metadata.read_bytes())
    assert raw.count(b"<rdf:RDF") == 1
    metadata = pdf.open_metadata()
    assert metadata["pdfaid:part"] == "3"
    assert metadata["pdfaid:conformance"] == "A"
    assert metadata["pdfuaid:part"] == "1"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in raw


def test_language_title_bookmarks_and_tags_are_there(pdf):
    assert str(pdf.Root.Lang) == "en"
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert "reproduced" in str(pdf.docinfo.Title)
    with pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[0] == "Power Hungry Processing, reproduced"
    assert "Claims of the paper" in titles
    assert len(list(elements(pdf.Root.StructTreeRoot.K, "/TH"))) > 50


def test_every_figure_has_an_alternative_text(pdf):
    figures = list(elements(pdf.Root.StructTreeRoot.K, "/Figure"))
    assert len(figures) > 5
    for figure in figures:
        assert len(str(figure.Alt)) > 40


def test_tables_claims_and_manifest_are_attached_with_their_relationship(pdf, embedded):
    names = set(pdf.attachments)
    assert {"claims.json", "manifest.json", "table2.csv", "cells.csv", "break-even.csv"} <= names
    for name in names:
        relationship = str(pdf.attachments[name].obj.AFRelationship)
        assert relationship == ("/Source" if name == "manifest.json" else "/Data")
    claims = json.loads(pdf.attachments["claims.json"].get_file().read_bytes())
    assert len(claims) == len(embedded.claims)
    manifest = json.loads(pdf.attachments["manifest.json"].get_file().read_bytes())
    assert set(manifest["tables"]) == {name.removesuffix(".csv") for name in names if name.endswith(".csv")}
    assert pdf.attachments["table2.csv"].get_file().read_bytes().startswith(b"task,boundary,n_models")


@pytest.mark.parametrize("name", ["embedded", "hostile", "replayed_in_french"])
def test_all_fonts_are_the_bundled_ones_and_embedded(name, request):
    with pikepdf.open(io.BytesIO(request.getfixturevalue(name).pdf)) as opened:
        fonts = [
            item for item in opened.objects if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"
        ]
        descriptors = [item for item in opened.objects if isinstance(item, pikepdf.Dictionary) and "/FontName" in item]
        assert fonts
        for descriptor in descriptors:
            assert "+Kit" in str(descriptor.FontName)
            assert any(key in descriptor for key in ("/FontFile2", "/FontFile3"))


def test_contents_name_pages_and_heads_run(embedded, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(embedded.pdf)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout
    first, second, *_ = text.split("\f")
    page = int(re.search(r"Claims of the paper +(\d+)", first)[1])
    assert "Claims of the paper" in text.split("\f")[page - 1]
    assert "Power Hungry Processing, reproduced" in second.splitlines()[0]


def test_no_text_leaves_the_page(hostile, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(hostile.pdf)
    boxes = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True, text=True).stdout
    words = [line for line in boxes.splitlines() if "<word" in line]
    assert len(words) > 1_000
    for word in words:
        left, right = (float(word.split(f'{name}="')[1].split('"')[0]) for name in ("xMin", "xMax"))
        assert left > 30
        assert right < 595 - 30


def test_qpdf_finds_nothing_wrong(embedded, hostile, tmp_path):
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    for name, rendered in (("embedded", embedded), ("hostile", hostile)):
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(rendered.pdf)
        answer = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr


def test_hostile_names_stand_in_the_pdf_as_text(hostile, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(hostile.pdf)
    text = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True).stdout
    flat = "".join(text.split())
    assert "<script>alert(1)</script>" in flat
    assert "[U+202E]evil" in flat
    assert "nul[U+0000]byte" in flat
    assert "[U+1F4A9]" in flat
    assert "{{7*7}}" in flat


def test_a_page_that_asks_for_anything_else_is_refused(embedded):
    from datetime import UTC, datetime

    when = datetime(2025, 1, 1, tzinfo=UTC)
    for address in ("https://example.org/x.png", "file:///etc/hostname", "kit:/charts/none.svg"):
        with pytest.raises(KitError, match="not a part of the report"):
            render_pdf(f'<html lang=en><title>x</title><img src="{address}" alt="x">', {}, (), when)


def test_what_the_renderer_complains_of_is_an_error():
    from datetime import UTC, datetime

    with pytest.raises(KitError, match="not as it should be"):
        render_pdf(
            "<html lang=en><title>x</title><style>p { colour: red }</style><p>x",
            {},
            (Attached("a.txt", "a", b"a"),),
            datetime(2025, 1, 1, tzinfo=UTC),
        )
