"""Rendering: one view model, once as a page and once for print; the same record gives the same bytes."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from kit.model.canonical import canonical_json
from kit.model.record import Record
from kit.model.results import ClaimResult, Table
from kit.report.build import build
from kit.report.drawing import Drawing
from kit.report.environment import environment, script_source, to_json
from kit.report.fonts import face_rules, stack
from kit.report.material import Material, gather
from kit.report.messages import Messages, load_messages
from kit.report.pdf import Attached, render_pdf
from kit.report.templates import asset, vendored
from kit.report.view import Report

LIBRARY: Final = "vega-embed.js"
SCRIPTS: Final = ("page.js", "tables.js", "break-even.js", "charts.js")
"""Of templates/assets/, in the order in which they stand in the page; charts.js needs the library before it."""


FACES: Final = "/* fonts */"
"""Stands for the rules of the fonts until it is known which of them the text needs."""
CONTROLS: Final = ("theme", "filter", "filtered", "download", "sort", "filter_claims", "all")
"""Words of the scripts: messages `control.NAME`, unfilled."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The report in both forms, and what it was computed from: every table by name, and the verdicts."""

    html: bytes
    pdf: bytes
    tables: Mapping[str, Table]
    claims: tuple[ClaimResult, ...]


def render(record: Record, lang: str = "en") -> Rendered:
    """The report of a record as one self-contained page and as a PDF/A-3 with tables, claims and manifest attached.

    Args:
        lang: `en` or `fr`.

    Raises:
        InputError: if there is no catalogue of messages in the language.
        PlatformError: if the PDF renderer's system libraries are missing.
    """
    messages = load_messages(lang)
    with _collector_resting():
        material = gather(record)
        report = build(material, messages, Drawing(lang))
        page = _page(report, messages)
        paper = _print(report, messages)
        pdf = render_pdf(paper, report.charts, _attached(material, messages), material.dated)
    return Rendered(page.encode(), pdf, material.tables, material.claims)


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Without the search for cycles among millions of objects that all live to the end: a tenth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _page(report: Report, t: Messages) -> str:
    scripts = [vendored(LIBRARY), *(asset(name) for name in SCRIPTS)]
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            t=t,
            printed=False,
            faces=face_rules(embedded=True),
            stacks=_stacks(),
            scripts=scripts,
            script_sources=" ".join(script_source(script) for script in scripts),
            csv=to_json(dict(report.csv)),
            words=to_json({name: t.words[f"control.{name}"] for name in CONTROLS}),
            locale=to_json(dict(report.number_locale)),
        )
    )


def _print(report: Report, t: Messages) -> str:
    html = (
        environment()
        .get_template("print.html.j2")
        .render(report=report, t=t, printed=True, faces=FACES, stacks=_stacks())
    )
    return html.replace(FACES, face_rules(embedded=False, text="".join((html, *report.charts.values()))), 1)


def _stacks() -> dict[str, str]:
    return {
        "serif": stack("KitSerif", "serif"),
        "sans": stack("KitSans", "sans-serif"),
        "mono": stack("KitMono", "monospace"),
    }


def _attached(material: Material, t: Messages) -> tuple[Attached, ...]:
    tables = [
        Attached(f"{name}.csv", material.tables[name].title, text.encode(), "Data")
        for name, text in material.csv.items()
    ]
    manifest = canonical_json(material.manifest()) + "\n"
    return (
        *tables,
        Attached("claims.json", t("attached.claims"), material.claims_json().encode(), "Data"),
        Attached("manifest.json", t("attached.manifest"), manifest.encode(), "Source"),
    )
