"""Which points of a scatter chart carry their names: the outermost, where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kit.report.marks import Point

NAMED: Final = 7
"""So many points of a scatter chart may carry their names: the outermost, where there is room."""
LONGEST: Final = 44
"""Characters of a name beside a point."""
ROOM: Final = 0.065
"""What a name takes of the height of a chart; no two stand beside each other."""


def with_names(points: Sequence[Point]) -> list[Point]:
    """The points, the outermost with their short names where no other name stands in the way."""
    across, up = _places([point.x for point in points]), _places([point.y for point in points])
    order = sorted(range(len(points)), key=lambda place: -abs(up[place] - 0.5))
    named: dict[int, Point] = {}
    for place in order:
        if len(named) < NAMED and all(abs(up[place] - up[other]) > ROOM for other in named):
            side = "left" if across[place] > 0.5 else "right"
            named[place] = replace(points[place], label=points[place].name.rsplit("/", 1)[-1][:LONGEST], side=side)
    return [named.get(place, point) for place, point in enumerate(points)]


def _places(values: Sequence[float]) -> list[float]:
    """Where values stand on a logarithmic axis, from 0 to 1."""
    logs = [math.log(value) for value in values]
    span = max(logs) - min(logs)
    return [(value - min(logs)) / span if span else 0.5 for value in logs]
