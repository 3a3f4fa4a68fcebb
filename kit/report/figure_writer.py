"""What all figures of the report have in common: their marks, numbers, captions and text alternatives."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from kit.model.results import Value
from kit.report.drawing import PRINT_WIDTH, Drawing
from kit.report.marks import Mark
from kit.report.messages import Messages
from kit.report.table_views import Row, TableWriter
from kit.report.view import FigureView

SMALL_WIDTH: Final = 300
"""Width of a small multiple, two of them beside each other."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a figure's text alternative says of its extremes: a name and a written value."""

    name: str
    value: float
    written: str


class FigureWriter:
    """Draws figures in one language and numbers them in the order in which they are made.

    Args:
        t, tables, drawing: messages, writer of words, renderer.
        code: makes text from outside drawable by the bundled fonts.
    """

    def __init__(self, t: Messages, tables: TableWriter, drawing: Drawing, code: Callable[[str], str]) -> None:
        self.t, self.tables, self.code = t, tables, code
        self._drawing = drawing
        self._count = 0
        self._svg: dict[str, Future[str]] = {}

    def drawn(self) -> dict[str, str]:
        """The SVG of every figure by name, when all are drawn."""
        return {name: svg.result() for name, svg in self._svg.items()}

    def mark(self, label: str, row: Row, group: str, printed: float | None = None) -> Mark:
        """A row's mean with its interval, on the line `label`; `printed` is the paper's value."""
        return Mark(
            label=label,
            value=number(row["mean_kwh"]),
            low=number(row["ci_low_kwh"]),
            high=number(row["ci_high_kwh"]),
            group=group,
            said=self.said(row),
            printed=printed,
        )

    def said(self, row: Row) -> str:
        """A mean with its interval and unit, written out."""
        notation = self.t.notation
        mean, low, high = (number(row[name]) for name in ("mean_kwh", "ci_low_kwh", "ci_high_kwh"))
        if mean is None:
            return self.t("figure.no_energy")
        words = notation.number(mean)
        if low is not None and high is not None:
            words += f" ({notation.interval(low, high)})"
        return f"{words} kWh"

    def figure(
        self,
        name: str,
        definition: Any,
        items: Sequence[Mark | Said],
        *,
        key: str = "",
        setting: str = "",
    ) -> FigureView:
        """The next figure: drawn, numbered, captioned.

        Args:
            name: of its anchor and its SVG.
            items: what the text alternative names the extremes of; not empty.
            key: of its messages, where it is not `name`.
            setting: of the break-even, that tells apart the small figures beside each other.
        """
        chart = self._drawing.chart(definition, width=SMALL_WIDTH if setting else PRINT_WIDTH)
        file = f"{name}.svg"
        self._svg[file] = chart.svg
        key = key or name
        title = self.t(f"figure.{key}.title", setting=setting)
        self._count += 1
        return FigureView(
            id=f"figure-{name}",
            number=self.t("figure.number", count=self._count),
            title=title,
            note=self.t(f"figure.{key}.note"),
            alternative=self._alternative(title, items),
            chart=file,
            spec=json.dumps(chart.spec, sort_keys=True, ensure_ascii=False, allow_nan=False),
            small=bool(setting),
        )

    def _alternative(self, title: str, items: Sequence[Mark | Said]) -> str:
        found = [
            Said(item.label, item.value, item.said) if isinstance(item, Mark) else item
            for item in items
            if item.value is not None
        ]
        least, most = min(found, key=lambda item: item.value), max(found, key=lambda item: item.value)
        return self.t(
            "figure.alternative",
            title=title,
            n=len(found),
            least=least.name,
            least_value=least.written,
            most=most.name,
            most_value=most.written,
        )


def number(value: Value) -> float | None:
    """A value as a number, where it is one."""
    return float(value) if isinstance(value, int | float) else None


def positive(value: Value) -> bool:
    """Whether a value can stand on a logarithmic axis."""
    return isinstance(value, int | float) and value > 0
