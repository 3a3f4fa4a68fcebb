"""The charts: one Altair definition each, drawn as SVG for the PDF and kept as a specification for the page.

Colours are told apart by colour-blind readers and in grey print, since every group has a shape of its own too. The page
puts CSS variables in the place of the colours, so that a chart follows the theme without being drawn anew.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from kit.report.fonts import MEASURING, SANS
from kit.report.templates import templates_folder

INK: Final = "#1d2733"
MUTED: Final = "#5c6773"
GRID: Final = "#dfe3e8"
PAPER: Final = "#fefefe"
GROUPS: Final = ("#0b4a8f", "#c4501b", "#2f9e8c", "#8a5aa8", "#8c7a1e", "#55606b")
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    **{colour: f"var(--group-{place})" for place, colour in enumerate(GROUPS, start=1)},
}
"""What the page writes for each colour; assets/page.css gives both themes."""

WIDENED: Final = 1.25
"""A logarithmic axis goes on beyond its data by this factor."""
FAR_FROM_ZERO: Final = 0.4
"""An axis begins at zero where the least value is less than this part of the greatest."""
LINE: Final = 21
"""Height of a line of a dot chart."""
PRINT_WIDTH: Final = 620
"""Width of the plot and its axis in a chart of the PDF: the text block of A4, in points of the drawing."""
FONT_STACK: Final = f"{SANS}, KitSansExtended, KitGreek, KitHebrew, KitArabic, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One line of a dot chart.

    Attributes:
        label: what it is; two marks with one label share a line.
        value: with `low` and `high`, its interval, where it has one.
        group: what its colour and shape mean.
        said: the value as the reader's language writes it.
        printed: the paper's value, where it has one.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    group: str
    said: str
    printed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point of a scatter chart.

    Attributes:
        name, said: of its tooltip. label: what is written beside it, on its `side` (`left` or `right`).
        area: what its size means.
    """

    x: float
    y: float
    low: float | None
    high: float | None
    group: str
    name: str
    said: str
    area: float | None = None
    label: str = ""
    side: str = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One point of a line chart."""

    line: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What stands at the axes, with units, and which of them are logarithmic; what lies above `top` is cut off."""

    x: str
    y: str = ""
    group: str = ""
    printed: str = ""
    area: str = ""
    top: float | None = None
    log_x: bool = True
    log_y: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, drawn twice from one definition.

    Attributes:
        spec: Vega-Lite, with the colours of the page, as wide as its place.
        svg: for the PDF and for a page without scripts; being drawn by another thread.
    """

    spec: Mapping[str, Any]
    svg: Future[str]


def dots(marks: Sequence[Mark], groups: Sequence[str], axes: Axes) -> Any:
    """A dot and its interval a line; the paper's value as a hollow diamond beside it."""
    import altair as alt

    order = list(dict.fromkeys(mark.label for mark in marks))
    base = alt.Chart(_data(marks)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=230, grid=True, ticks=False))
    )
    ends = [*_ends(marks), *(mark.printed for mark in marks)]
    scale, axis = _scale(axes.log_x, ends), _axis(axes.log_x, ends)
    x = alt.X("value:Q", title=axes.x, scale=scale, axis=axis)
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("said:N", title=axes.x)]
    layers = [
        base.mark_rule(size=2).encode(
            x=alt.X("low:Q", title=axes.x, scale=scale, axis=axis), x2="high:Q", color=_colour(groups, axes.group)
        ),
        base.mark_point(filled=True, size=64, opacity=1).encode(
            x=x, color=_colour(groups, axes.group), shape=_shape(groups, axes.group), tooltip=tooltip
        ),
    ]
    if any(mark.printed is not None for mark in marks):
        layers.insert(
            0,
            base.mark_point(shape="diamond", filled=False, size=90, stroke=MUTED, strokeWidth=1.4).encode(
                x=alt.X("printed:Q", title=axes.x, scale=scale, axis=axis),
                tooltip=[alt.Tooltip("printed:Q", title=axes.printed)],
            ),
        )
    return alt.layer(*layers).properties(height=LINE * len(order))


def scatter(points: Sequence[Point], groups: Sequence[str], axes: Axes) -> Any:
    """Points with the intervals of their height; those with a `label` carry it."""
    import altair as alt

    base = alt.Chart(_data(points))
    across, up = [point.x for point in points], [*(point.y for point in points), *_ends(points)]
    x = alt.X("x:Q", title=axes.x, scale=_scale(axes.log_x, across), axis=_axis(axes.log_x, across))
    y_scale, y_axis = _scale(axes.log_y, up), _axis(axes.log_y, up)
    y = alt.Y("y:Q", title=axes.y, scale=y_scale, axis=y_axis)
    tooltip = [alt.Tooltip("name:N", title=" "), alt.Tooltip("said:N", title=axes.y)]
    layers = [
        base.mark_rule(size=1, opacity=0.55).encode(
            x=x,
            y=alt.Y("low:Q", title=axes.y, scale=y_scale, axis=y_axis),
            y2="high:Q",
            color=_colour(groups, axes.group),
        ),
        base.mark_point(filled=True, size=46, opacity=0.8).encode(
            x=x, y=y, color=_colour(groups, axes.group), shape=_shape(groups, axes.group), tooltip=tooltip
        ),
    ]
    if axes.area:
        areas = [point.area for point in points]
        size = alt.Size("area:Q", title=axes.area, scale=_area(areas), legend=_sizes(areas, axes.area))
        layers[-1] = layers[-1].encode(size=size)
    if any(point.label for point in points):
        written = base.transform_filter("datum.label != ''")
        for side, align, shift in (("right", "left", 8), ("left", "right", -8)):
            layers.append(
                written.transform_filter(f"datum.side == '{side}'")
                .mark_text(align=align, dx=shift, baseline="middle", fontSize=10.5, color=INK)
                .encode(x=x, y=y, text="label:N")
            )
    return alt.layer(*layers).properties(height=280)


def lines(steps: Sequence[Step], names: Sequence[str], axes: Axes, *, height: int = 240) -> Any:
    """Lines with their bands; what a line is called stands in the legend, beside its colour and dashes."""
    import altair as alt

    base = alt.Chart(_data(steps))
    across, up = [step.x for step in steps], [*(step.y for step in steps), *_ends(steps)]
    x = alt.X("x:Q", title=axes.x, scale=_scale(axes.log_x, across), axis=_axis(axes.log_x, across))
    y_scale, y_axis = _scale(axes.log_y, up), _axis(axes.log_y, up)
    if axes.top is not None:
        y_scale = alt.Scale(domain=[0, axes.top])
    y = alt.Y("y:Q", title=axes.y, scale=y_scale, axis=y_axis)
    scale = alt.Scale(domain=list(names), range=list(GROUPS[: len(names)]))
    dashes = alt.Scale(domain=list(names), range=[list(dash) for dash in _DASHES[: len(names)]])
    legend = alt.Legend(
        title=axes.group or None, orient="bottom", columns=2, symbolType="stroke", symbolStrokeWidth=2.2
    )
    band = base.mark_area(opacity=0.16, clip=True).encode(
        x=x,
        y=alt.Y("low:Q", title=axes.y, scale=y_scale, axis=y_axis),
        y2="high:Q",
        color=alt.Color("line:N", scale=scale, legend=legend),
    )
    line = base.mark_line(size=1.8, clip=True).encode(
        x=x,
        y=y,
        color=alt.Color("line:N", scale=scale, legend=legend),
        strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=legend),
        tooltip=[alt.Tooltip("line:N", title=" "), alt.Tooltip("x:Q", title=axes.x), alt.Tooltip("y:Q", title=axes.y)],
    )
    banded = any(step.low is not None for step in steps)
    return alt.layer(*((band, line) if banded else (line,))).properties(height=height)


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


_SNIPPET: Final = "globalThis.kitEmbed = vegaEmbed;"
_LOCALES: Final[dict[str, Any]] = {"en": "en-US", "fr": "fr-FR"}
_DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 1), (1, 3))


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


def _data(rows: Sequence[Mark | Point | Step]) -> Any:
    import altair as alt

    return alt.InlineData(values=[asdict(row) for row in rows])


def _ends(rows: Sequence[Mark | Point | Step]) -> list[float | None]:
    values = [row.value for row in rows if isinstance(row, Mark)]
    return [*values, *(row.low for row in rows), *(row.high for row in rows)]


def _scale(logarithmic: bool, values: Sequence[float | None]) -> Any:
    """From a little under the least to a little over the greatest; a logarithmic one takes positive numbers alone."""
    import altair as alt

    found = [value for value in values if value is not None and (value > 0 or not logarithmic)]
    if not logarithmic:
        return alt.Scale(zero=bool(found) and 0 <= min(found) < FAR_FROM_ZERO * max(found), nice=True)
    if not found:
        return alt.Scale(type="log")
    return alt.Scale(type="log", domain=[min(found) / WIDENED, max(found) * WIDENED], nice=False, clamp=True)


def _axis(logarithmic: bool, values: Sequence[float | None]) -> Any:
    import altair as alt

    if not logarithmic:
        return alt.Axis(format=",~r", tickCount=6)
    found = [value for value in values if value is not None and value > 0]
    return alt.Axis(format=",~r", values=_decades(min(found), max(found)), labelOverlap=True) if found else alt.Axis()


def _decades(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten, with their 2 and 5 where there are few."""
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    for multiples in ((1,), (1, 3), (1, 2, 5)):
        ticks = [float(f"{multiple}e{exponent}") for exponent in exponents for multiple in multiples]
        inside = [tick for tick in ticks if low / WIDENED <= tick <= high * WIDENED]
        if len(inside) >= 4:
            return inside
    return inside


def _legend(title: str) -> Any:
    import altair as alt

    return alt.Legend(title=title or None, orient="bottom", direction="horizontal", columns=3)


def _colour(groups: Sequence[str], title: str) -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(groups), range=list(GROUPS[: len(groups)]))
    return alt.Color("group:N", scale=scale, legend=_legend(title) if len(groups) > 1 else None)


def _area(values: Sequence[float | None]) -> Any:
    import altair as alt

    found = [value for value in values if value is not None and value > 0]
    return alt.Scale(type="log", domain=[min(found), max(found)], range=[24, 320]) if found else alt.Scale()


def _sizes(values: Sequence[float | None], title: str) -> Any:
    import altair as alt

    found = [value for value in values if value is not None and value > 0]
    ticks = [tick for tick in _decades(min(found), max(found)) if min(found) <= tick <= max(found)] if found else []
    return alt.Legend(
        title=title, orient="bottom", direction="horizontal", values=ticks, format=",~r", symbolType="circle"
    )


def _shape(groups: Sequence[str], title: str) -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(groups), range=list(SHAPES[: len(groups)]))
    return alt.Shape("group:N", scale=scale, legend=_legend(title) if len(groups) > 1 else None)


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
        "legend": {**text, "labelFontSize": 11.5, "titleFontSize": 12, "titleFontWeight": 600, "labelLimit": 240},
        "text": {"font": FONT_STACK},
    }
