"""Scales, axes and legends of the charts, fitted to what they show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from kit.report.palette import GROUPS, SHAPES

WIDENED: Final = 1.25
"""A logarithmic axis goes on beyond its data by this factor."""
FAR_FROM_ZERO: Final = 0.4
"""An axis begins at zero where the least value is less than this part of the greatest."""


def scale(logarithmic: bool, values: Sequence[float | None]) -> Any:
    """From a little under the least to a little over the greatest; a logarithmic one takes positive numbers alone."""
    import altair as alt

    found = [value for value in values if value is not None and (value > 0 or not logarithmic)]
    if not logarithmic:
        return alt.Scale(zero=bool(found) and 0 <= min(found) < FAR_FROM_ZERO * max(found), nice=True)
    if not found:
        return alt.Scale(type="log")
    return alt.Scale(type="log", domain=[min(found) / WIDENED, max(found) * WIDENED], nice=False, clamp=True)


def axis(logarithmic: bool, values: Sequence[float | None]) -> Any:
    """The ticks of a scale and how they are written."""
    import altair as alt

    if not logarithmic:
        return alt.Axis(format=",~r", tickCount=6)
    found = _positive(values)
    return alt.Axis(format=",~r", values=_decades(min(found), max(found)), labelOverlap=True) if found else alt.Axis()


def colour(groups: Sequence[str], title: str) -> Any:
    """A colour for each group, with a legend where there are several."""
    import altair as alt

    by_group = alt.Scale(domain=list(groups), range=list(GROUPS[: len(groups)]))
    return alt.Color("group:N", scale=by_group, legend=_legend(title) if len(groups) > 1 else None)


def shape(groups: Sequence[str], title: str) -> Any:
    """A shape for each group, in the legend of the colours."""
    import altair as alt

    by_group = alt.Scale(domain=list(groups), range=list(SHAPES[: len(groups)]))
    return alt.Shape("group:N", scale=by_group, legend=_legend(title) if len(groups) > 1 else None)


def size(values: Sequence[float | None], title: str) -> Any:
    """The area of a point by a positive number, with a legend of some areas."""
    import altair as alt

    found = _positive(values)
    areas = alt.Scale(type="log", domain=[min(found), max(found)], range=[24, 320]) if found else alt.Scale()
    ticks = [tick for tick in _decades(min(found), max(found)) if min(found) <= tick <= max(found)] if found else []
    legend = alt.Legend(
        title=title, orient="bottom", direction="horizontal", values=ticks, format=",~r", symbolType="circle"
    )
    return alt.Size("area:Q", title=title, scale=areas, legend=legend)


def _positive(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None and value > 0]


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
