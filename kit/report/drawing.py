"""How a chart is drawn: as SVG for the PDF, and as a specification that the page draws."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from kit.report.fonts import MEASURING, SANS
from kit.report.palette import GRID, INK, MUTED, VARIABLES
from kit.report.templates import templates_folder

PRINT_WIDTH: Final = 620
"""Width of the plot and its axis in a chart of the PDF: the text block of A4, in points of the drawing."""
FONT_STACK: Final = f"{SANS}, KitSansExtended, KitGreek, KitHebrew, KitArabic, sans-serif"
_SNIPPET: Final = "globalThis.kitEmbed = vegaEmbed;"
_LOCALES: Final[dict[str, Any]] = {"en": "en-US", "fr": "fr-FR"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, drawn twice from one definition.

    Attributes:
        spec: Vega-Lite, with the colours of the page, as wide as its place.
        svg: for the PDF and for a page without scripts; being drawn by another thread.
    """

    spec: Mapping[str, Any]
    svg: Future[str]


class Drawing:
    """The renderer, set up for one report: fonts to measure with, and how the language writes numbers.

    Args:
        language: as in the catalogue of messages.
    """

    def __init__(self, language: str) -> None:
        import vl_convert

        self._renderer = vl_convert
        self.number_locale: dict[str, Any] = vl_convert.get_format_locale(_LOCALES[language])
        vl_convert.register_font_directory(str(templates_folder() / "fonts" / MEASURING))
        self._beside = ThreadPoolExecutor(1, "charts")

    def chart(self, definition: Any, *, width: int = PRINT_WIDTH) -> Chart:
        """Both drawings of a definition; the SVG is `width` wide."""
        spec: dict[str, Any] = definition.to_dict(validate=False)
        spec["config"] = _config()
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
        drawn = self._beside.submit(self._svg, spec | {"width": width})
        return Chart(_for_page(spec | {"width": "container"}), drawn)

    def _svg(self, spec: dict[str, Any]) -> str:
        """The renderer is no Python: it draws on the other core while the report is written."""
        drawn = self._renderer.vegalite_to_svg(spec, format_locale=self.number_locale, allowed_base_urls=[])
        return _own_ids(drawn).replace("<svg ", '<svg aria-hidden="true" ', 1)

    def library(self) -> str:
        """The JavaScript that draws in the page: Vega, Vega-Lite and Vega-Embed as the renderer carries them.

        It takes a second to put together; templates/vendor/ keeps it.
        """
        bundle: str = self._renderer.javascript_bundle(_SNIPPET)
        return bundle


def _own_ids(svg: str) -> str:
    """An SVG whose ids follow from itself: the renderer numbers them through its process, and pages hold several."""
    ids = list(dict.fromkeys(re.findall(r'id="(clip\d+|gradient_\d+)"', svg)))
    places = {name: str(place) for place, name in enumerate(ids)}
    pattern = re.compile(r"\b(clip\d+|gradient_\d+)\b")
    plain = pattern.sub(lambda found: f"id-{places.get(found[1], found[1])}", svg)
    own = hashlib.sha256(plain.encode()).hexdigest()[:10]
    return pattern.sub(lambda found: f"c{own}-{places[found[1]]}" if found[1] in places else found[1], svg)


def _for_page(spec: dict[str, Any]) -> Mapping[str, Any]:
    text = json.dumps(spec, sort_keys=True, ensure_ascii=False, allow_nan=False)
    for colour, variable in VARIABLES.items():
        text = text.replace(f'"{colour}"', f'"{variable}"')
    found: dict[str, Any] = json.loads(text)
    return found


def _config() -> dict[str, Any]:
    text = {"labelFont": FONT_STACK, "titleFont": FONT_STACK, "labelColor": INK, "titleColor": INK}
    return {
        "aria": False,
        "background": None,
        "font": FONT_STACK,
        "view": {"stroke": None},
        "axis": {
            **text,
            "labelFontSize": 11.5,
            "titleFontSize": 12,
            "titleFontWeight": 600,
            "gridColor": GRID,
            "domainColor": MUTED,
            "tickColor": MUTED,
            "titlePadding": 8,
        },
        "legend": {
            **text,
            "labelFontSize": 11.5,
            "titleFontSize": 12,
            "titleFontWeight": 600,
            "labelLimit": 240,
            "layout": {"bottom": {"direction": "vertical", "anchor": "start"}},
        },
        "text": {"font": FONT_STACK},
    }
