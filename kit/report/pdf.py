"""HTML to a PDF that is PDF/A-3a and PDF/UA-1, and the same bytes wherever it is made.

Nothing is read from the network or the disk while rendering: pictures and fonts come from memory, every date is given,
and subsets of fonts are dated by SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as Xml

from kit.errors import KitError, PlatformError
from kit.report.fonts import font_bytes

if TYPE_CHECKING:
    from weasyprint import Document

APT_LINE: Final = "sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
UA_NAMESPACE: Final = "http://www.aiim.org/pdfua/ns/id/"
RDF_NAMESPACE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FONT_PREFIX: Final = "kit:/fonts/"
CHART_PREFIX: Final = "kit:/charts/"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF.

    Attributes:
        relationship: to the document, as PDF/A-3 names it: `Data`, `Source`, `Supplement`.
    """

    name: str
    description: str
    content: bytes
    relationship: str = "Data"


def render_pdf(html: str, charts: Mapping[str, str], attached: tuple[Attached, ...], dated: datetime) -> bytes:
    """The PDF of a page.

    Args:
        html: as templates/print.html.j2 makes it; addresses in it are `kit:/charts/NAME` or `kit:/fonts/FILE`.
        charts: SVG by name.
        dated: date of the document: of its last measurement, never of its making.

    Raises:
        PlatformError: if the system libraries of the renderer are missing.
        KitError: if the page asks for something that is not in it.
    """
    weasyprint = _weasyprint()
    written = dated.isoformat(timespec="seconds")
    files = [
        weasyprint.Attachment(
            string=item.content,
            name=item.name,
            description=item.description,
            relationship=item.relationship,
            created=dated,
            modified=dated,
        )
        for item in attached
    ]
    with _dated(dated), _complaints() as complaints, _nothing_fetched():
        source = weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint, charts), base_url="kit:/")
        try:
            document = source.render(font_config=weasyprint.text.fonts.FontConfiguration(), pdf_variant="pdf/a-3a")
        except weasyprint.urls.FatalURLFetchingError as error:
            raise KitError(str(error), "report this; the page is not hurt") from error
        document.metadata.created = document.metadata.modified = written
        document.metadata.attachments = files
        _say_accessible(document)
        made: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True)
    if complaints:
        raise KitError(f"the report's PDF is not as it should be: {complaints[0]}", "report this; the page is not hurt")
    return made


def require_renderer() -> None:
    """See that a PDF could be made here, before anything is measured for it.

    Raises:
        PlatformError: with the line that installs what is missing.
    """
    _weasyprint()


def _weasyprint() -> Any:
    try:
        import weasyprint
        import weasyprint.text.fonts
    except OSError as error:
        raise PlatformError(f"a system library of the PDF renderer is missing: {error}", f"run: {APT_LINE}") from error
    from weasyprint.text.ffi import harfbuzz_subset

    if not harfbuzz_subset:
        raise PlatformError("libharfbuzz-subset0 is missing: the PDF's bytes would not be the same", f"run: {APT_LINE}")
    return weasyprint


def _fetcher(weasyprint: Any, charts: Mapping[str, str]) -> Any:
    """What gives WeasyPrint the fonts and charts, and nothing else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class FromMemory(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url.startswith(FONT_PREFIX):
                content, kind = font_bytes(url.removeprefix(FONT_PREFIX)), "font/woff2"
            elif url.startswith(CHART_PREFIX) and url.removeprefix(CHART_PREFIX) in charts:
                content, kind = charts[url.removeprefix(CHART_PREFIX)].encode(), "image/svg+xml"
            else:
                raise FatalURLFetchingError(f"{url}: not a part of the report")
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    return FromMemory()


def _say_accessible(document: Document) -> None:
    """Put the identification of PDF/UA-1 into the one rdf:RDF that the archive identification is in."""
    generate = document.metadata.generate_rdf_metadata

    def with_accessibility(variant: str, version: int, conformance: str) -> bytes:
        Xml.register_namespace("pdfuaid", UA_NAMESPACE)
        root = Xml.fromstring(generate(variant, version, conformance))
        described = Xml.SubElement(root, f"{{{RDF_NAMESPACE}}}Description", {f"{{{RDF_NAMESPACE}}}about": ""})
        Xml.SubElement(described, f"{{{UA_NAMESPACE}}}part").text = "1"
        text: bytes = Xml.tostring(root, encoding="utf-8")
        return text

    document.metadata.generate_rdf_metadata = with_accessibility


@contextmanager
def _nothing_fetched() -> Iterator[None]:
    """The renderer stops by an error of its own, that is no `Exception`, where a page asks for what is not in it."""
    from weasyprint.urls import FatalURLFetchingError

    try:
        yield
    except FatalURLFetchingError as error:
        raise KitError(f"the report's PDF: {error}", "report this; the page is not hurt") from error


@contextmanager
def _dated(dated: datetime) -> Iterator[None]:
    """SOURCE_DATE_EPOCH for the time of rendering."""
    name = "SOURCE_DATE_EPOCH"
    before = os.environ.get(name)
    os.environ[name] = str(int(dated.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the renderer logs as a warning or worse."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    handler, level, propagate = Keep(logging.WARNING), logger.level, logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
