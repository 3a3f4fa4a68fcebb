"""Which points of a scatter chart carry their names: the outermost, where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kit.report.marks import Point

NAMED: Final = 7
"""So many points may carry their names."""
LONGEST: Final = 44
"""Characters of a name beside a point."""
ROOM: Final = 0.065
"""What a name takes of the height of a chart; no two stand beside each other."""
LETTER: Final = 0.0105
"""What a letter takes of its width."""


def with_names(points: Sequence[Point]) -> list[Point]:
    """The points, the outermost with their short names where neither another name nor a point stands in the way."""
    across, up = _places([point.x for point in points]), _places([point.y for point in points])
    order = sorted(range(len(points)), key=lambda place: -abs(up[place] - 0.5))
    named: dict[int, Point] = {}
    for place in order:
        label = points[place].name.rsplit("/", 1)[-1][:LONGEST]
        side = "left" if across[place] > 0.5 else "right"
        reach = (len(label) + 1) * LETTER * (-1 if side == "left" else 1)
        begin, end = sorted((across[place], across[place] + reach))
        free = all(
            abs(up[place] - up[other]) > ROOM / 2 or not begin <= across[other] <= end
            for other in range(len(points))
            if other != place
        )
        if free and len(named) < NAMED and all(abs(up[place] - up[other]) > ROOM for other in named):
            named[place] = replace(points[place], label=label, side=side)
    return [named.get(place, point) for place, point in enumerate(points)]


def _places(values: Sequence[float]) -> list[float]:
    """Where values stand on a logarithmic axis, from 0 to 1."""
    logs = [math.log(value) for value in values]
    span = max(logs) - min(logs)
    return [(value - min(logs)) / span if span else 0.5 for value in logs]
