"""The charts: one Altair definition each, of which drawing.py makes the SVG of the PDF and the chart of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from kit.report import scales
from kit.report.marks import Axes, Mark, Point, Step
from kit.report.palette import DASHES, GROUPS, INK, MUTED

LINE: Final = 21
"""Height of a line of a dot chart."""


def dots(marks: Sequence[Mark], groups: Sequence[str], axes: Axes) -> Any:
    """A dot and its interval a line; the paper's value as a hollow diamond beside it."""
    import altair as alt

    order = list(dict.fromkeys(mark.label for mark in marks))
    base = alt.Chart(_data(marks)).encode(
        y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=230, grid=True, ticks=False))
    )
    ends = [*_ends(marks), *(mark.printed for mark in marks)]
    scale, axis = scales.scale(axes.log_x, ends), scales.axis(axes.log_x, ends)
    x = alt.X("value:Q", title=axes.x, scale=scale, axis=axis)
    tooltip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("said:N", title=axes.x)]
    layers = [
        base.mark_rule(size=2).encode(
            x=alt.X("low:Q", title=axes.x, scale=scale, axis=axis), x2="high:Q", color=scales.colour(groups, axes.group)
        ),
        base.mark_point(filled=True, size=64, opacity=1).encode(
            x=x, color=scales.colour(groups, axes.group), shape=scales.shape(groups, axes.group), tooltip=tooltip
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
    x = alt.X("x:Q", title=axes.x, scale=scales.scale(axes.log_x, across), axis=scales.axis(axes.log_x, across))
    y_scale, y_axis = scales.scale(axes.log_y, up), scales.axis(axes.log_y, up)
    y = alt.Y("y:Q", title=axes.y, scale=y_scale, axis=y_axis)
    tooltip = [alt.Tooltip("name:N", title=" "), alt.Tooltip("said:N", title=axes.y)]
    layers = [
        base.mark_rule(size=1, opacity=0.55).encode(
            x=x,
            y=alt.Y("low:Q", title=axes.y, scale=y_scale, axis=y_axis),
            y2="high:Q",
            color=scales.colour(groups, axes.group),
        ),
        base.mark_point(filled=True, size=46, opacity=0.8).encode(
            x=x, y=y, color=scales.colour(groups, axes.group), shape=scales.shape(groups, axes.group), tooltip=tooltip
        ),
    ]
    if axes.area:
        layers[-1] = layers[-1].encode(size=scales.size([point.area for point in points], axes.area))
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
    x = alt.X("x:Q", title=axes.x, scale=scales.scale(axes.log_x, across), axis=scales.axis(axes.log_x, across))
    y_scale, y_axis = scales.scale(axes.log_y, up), scales.axis(axes.log_y, up)
    if axes.top is not None:
        y_scale = alt.Scale(domain=[0, axes.top])
    y = alt.Y("y:Q", title=axes.y, scale=y_scale, axis=y_axis)
    scale = alt.Scale(domain=list(names), range=list(GROUPS[: len(names)]))
    dashes = alt.Scale(domain=list(names), range=[list(dash) for dash in DASHES[: len(names)]])
    legend = alt.Legend(
        title=axes.group or None,
        orient="bottom",
        columns=2,
        symbolType="stroke",
        symbolStrokeWidth=2.2,
        symbolOpacity=1,
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


def _data(rows: Sequence[Mark | Point | Step]) -> Any:
    import altair as alt

    return alt.InlineData(values=[asdict(row) for row in rows])


def _ends(rows: Sequence[Mark | Point | Step]) -> list[float | None]:
    values = [row.value for row in rows if isinstance(row, Mark)]
    return [*values, *(row.low for row in rows), *(row.high for row in rows)]
