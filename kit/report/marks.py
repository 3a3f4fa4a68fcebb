"""What a chart is made of: its marks, and what stands at its axes."""

from __future__ import annotations

from dataclasses import dataclass


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
