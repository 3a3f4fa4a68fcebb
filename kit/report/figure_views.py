"""The figures of the report: which rows of which table become which marks. Nothing is computed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Final

from kit.analyse.break_even_figures import Curve, Sensitivity
from kit.model.results import Boundary, Table, Value
from kit.model.study import Task
from kit.report import charts
from kit.report.charts import Axes, Drawing, Mark, Point, Step
from kit.report.messages import Messages
from kit.report.table_views import Row, TableWriter
from kit.report.view import FigureView

MILLION: Final = 1e6
SMALL_WIDTH: Final = 300
"""Width of a small multiple, two of them beside each other."""
NAMED: Final = 7
"""So many points of a scatter chart may carry their names: the outermost, where there is room."""
LONGEST: Final = 44
"""Characters of a name beside a point."""
ROOM: Final = 0.065
"""What a name takes of the height of a chart; no two stand beside each other."""
SHOWN_BEYOND: Final = 2.5
"""The chart of cumulative energy goes on to so many times the crossing."""


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
        self._t, self._tables, self._drawing, self._code = t, tables, drawing, code
        self._count = 0
        self._svg: dict[str, Future[str]] = {}

    def drawn(self) -> dict[str, str]:
        """The SVG of every figure by name, when all are drawn."""
        return {name: svg.result() for name, svg in self._svg.items()}

    def tasks(self, table2: Sequence[Row], printed: dict[str, float]) -> FigureView | None:
        """Energy by task, the mean with its interval, beside the paper's."""
        rows = sorted(
            (row for row in table2 if _positive(row["mean_kwh"])), key=lambda row: _number(row["mean_kwh"]) or 0
        )
        kinds = [self._tables.word(kind) for kind in dict.fromkeys(Task(str(row["task"])).kind.value for row in rows)]
        marks = [
            self._mark(
                self._tables.task(row["task"]),
                row,
                self._tables.word(Task(str(row["task"])).kind.value),
                printed.get(str(row["task"])),
            )
            for row in rows
        ]
        axes = Axes(x=self._t("axis.energy"), group="", printed=self._t("axis.printed"))
        return self._figure("tasks", charts.dots(marks, kinds, axes), marks) if marks else None

    def models_by_task(self, figure1: Table) -> FigureView | None:
        """Figure 1: every model on the line of its task."""
        rows = [row for row in figure1.records() if _positive(row["mean_kwh"])]
        order = sorted(
            {str(row["task"]) for row in rows},
            key=lambda task: min(_number(row["mean_kwh"]) or 0 for row in rows if row["task"] == task),
        )
        rows.sort(key=lambda row: order.index(str(row["task"])))
        kinds = [self._tables.word(kind) for kind in dict.fromkeys(Task(task).kind.value for task in order)]
        points = [
            Mark(
                label=self._tables.task(row["task"]),
                value=_number(row["mean_kwh"]),
                low=_number(row["ci_low_kwh"]),
                high=_number(row["ci_high_kwh"]),
                group=self._tables.word(Task(str(row["task"])).kind.value),
                said=f"{self._code(str(row['model']))}: {self._said(row)}",
            )
            for row in rows
        ]
        names = [Said(self._code(str(row["model"])), _number(row["mean_kwh"]) or 0, self._said(row)) for row in rows]
        axes = Axes(x=self._t("axis.energy"), group="")
        return self._figure("figure1", charts.dots(points, kinds, axes), names) if points else None

    def size(self, figure2: Table) -> FigureView | None:
        """Figure 2: energy against parameters, by modality."""
        return self._scatter("figure2", figure2.records(), lambda row: self._tables.word(row["modality"]), named=True)

    def datasets(self, figure3: Table) -> FigureView | None:
        """Figure 3: energy by data set and architecture class."""
        rows = [row for row in figure3.records() if _positive(row["mean_kwh"])]
        groups = list(dict.fromkeys(self._tables.word(row["architecture"]) for row in rows))
        tasks = [task.value for task in Task]
        rows.sort(key=lambda row: tasks.index(str(row["task"])))
        marks = [
            self._mark(
                f"{self._code(str(row['dataset']))} ({self._tables.task(row['task'])})",
                row,
                self._tables.word(row["architecture"]),
            )
            for row in rows
        ]
        axes = Axes(x=self._t("axis.energy"), group="")
        return self._figure("figure3", charts.dots(marks, groups, axes), marks) if marks else None

    def quality(self, figure4: Table) -> FigureView | None:
        """Figure 4: quality against parameters, the area of a point being its energy."""
        rows = [row for row in figure4.records() if row["parameters"] and row["quality"] is not None]
        points = [
            Point(
                x=(_number(row["parameters"]) or 0) / MILLION,
                y=_number(row["quality"]) or 0,
                low=None,
                high=None,
                area=_number(row["mean_kwh"]),
                group=self._tables.word(row["family"]),
                name=f"{self._code(str(row['model']))}, {self._code(str(row['dataset']))}",
                said=f"{self._t.notation.fixed(_number(row['quality']) or 0, 3)}; {self._said(row)}",
            )
            for row in rows
        ]
        groups = list(dict.fromkeys(point.group for point in points))
        axes = Axes(
            x=self._t("axis.parameters"), y=self._t("axis.quality"), log_y=False, area=self._t("axis.energy_short")
        )
        said = [Said(point.name, point.y, point.said) for point in points]
        return self._figure("figure4", charts.scatter(points, groups, axes), said) if points else None

    def multi_purpose(self, figure5: Table) -> FigureView | None:
        """Figure 5: energy of the multi-purpose models against their size, by task."""
        return self._scatter("figure5", figure5.records(), lambda row: self._tables.task(row["task"]))

    def output_length(self, figure6: Table) -> FigureView | None:
        """Figure 6: energy against the length of the output."""
        return self._scatter(
            "figure6",
            figure6.records(),
            lambda row: self._tables.word(row["family"]),
            x="output_tokens",
            axis="axis.output_tokens",
            log_x=False,
        )

    def boundaries(self, rows: Sequence[Row]) -> FigureView | None:
        """Energy by task within each boundary."""
        found = [row for row in rows if _positive(row["mean_kwh"])]
        marks = [self._mark(self._tables.task(row["task"]), row, self._tables.word(row["boundary"])) for row in found]
        groups = [
            self._tables.word(boundary.value)
            for boundary in Boundary
            if any(row["boundary"] == boundary.value for row in found)
        ]
        axes = Axes(x=self._t("axis.energy"), group="")
        return self._figure("boundaries", charts.dots(marks, groups, axes), marks) if marks else None

    def curves(self, found: Sequence[Curve]) -> FigureView | None:
        """Cumulative energy of serving against days, with the level of training."""
        if not found:
            return None
        curve = found[0]
        last = SHOWN_BEYOND * curve.crossing_days
        serving, training = self._t("axis.serving", model=curve.label), self._t("axis.training", model=curve.label)
        places = [place for place, day in enumerate(curve.days) if day <= last]
        steps = [
            Step(
                line=serving,
                x=curve.days[place],
                y=curve.energy_kwh[place],
                low=curve.low_kwh[place] if curve.low_kwh else None,
                high=curve.high_kwh[place] if curve.high_kwh else None,
            )
            for place in places
        ]
        steps += [Step(line=training, x=day, y=curve.training_kwh) for day in (steps[0].x, steps[-1].x)]
        top = SHOWN_BEYOND * curve.training_kwh
        axes = Axes(x=self._t("axis.days"), y=self._t("axis.cumulative"), log_x=False, log_y=False, top=top)
        names = [serving, training]
        notation = self._t.notation
        said = [Said(item.label, item.crossing_days, notation.number(item.crossing_days)) for item in found]
        return self._figure("curves", charts.lines(steps, names, axes), said)

    def sensitivities(self, found: Iterable[Sensitivity]) -> tuple[FigureView, ...]:
        """Small multiples: days to parity against one assumption each."""
        by_factor: dict[str, list[Sensitivity]] = {}
        for item in found:
            by_factor.setdefault(item.factor, []).append(item)
        views = (self._sensitivity(factor, items) for factor, items in by_factor.items())
        return tuple(view for view in views if view is not None)

    def _sensitivity(self, factor: str, items: Sequence[Sensitivity]) -> FigureView | None:
        steps = [
            Step(line=item.label, x=value, y=days)
            for item in items
            for value, days in zip(item.values, item.days, strict=True)
            if days is not None
        ]
        if not steps:
            return None
        names = list(dict.fromkeys(step.line for step in steps))
        axes = Axes(
            x=self._t(f"setting.{factor}"),
            y=self._t("axis.days_to_parity"),
            log_x=factor == "users_per_day",
            log_y=True,
        )
        notation = self._t.notation
        said = [Said(step.line, step.y, notation.number(step.y)) for step in steps]
        definition = charts.lines(steps, names, axes, height=150)
        return self._figure(f"sensitivity-{factor}", definition, said, key="sensitivity", small=True)

    def _scatter(
        self,
        name: str,
        records: Sequence[Row],
        group: Callable[[Row], str],
        *,
        x: str = "parameters",
        axis: str = "axis.parameters",
        log_x: bool = True,
        named: bool = False,
    ) -> FigureView | None:
        rows = [row for row in records if _positive(row[x]) and _positive(row["mean_kwh"])]
        unit = MILLION if x == "parameters" else 1.0
        points = [
            Point(
                x=(_number(row[x]) or 0) / unit,
                y=_number(row["mean_kwh"]) or 0,
                low=_number(row["ci_low_kwh"]),
                high=_number(row["ci_high_kwh"]),
                group=group(row),
                name=self._code(str(row["model"])),
                said=self._said(row),
            )
            for row in rows
        ]
        if not points:
            return None
        groups = list(dict.fromkeys(point.group for point in points))
        axes = Axes(x=self._t(axis), y=self._t("axis.energy"), group="", log_x=log_x)
        said = [Said(point.name, point.y, point.said) for point in points]
        return self._figure(name, charts.scatter(_named(points) if named else points, groups, axes), said)

    def _mark(self, label: str, row: Row, group: str, printed: float | None = None) -> Mark:
        return Mark(
            label=label,
            value=_number(row["mean_kwh"]),
            low=_number(row["ci_low_kwh"]),
            high=_number(row["ci_high_kwh"]),
            group=group,
            said=self._said(row),
            printed=printed,
        )

    def _said(self, row: Row) -> str:
        """A mean with its interval and unit, written out."""
        notation = self._t.notation
        mean, low, high = (_number(row[name]) for name in ("mean_kwh", "ci_low_kwh", "ci_high_kwh"))
        if mean is None:
            return self._t("figure.no_energy")
        words = notation.number(mean)
        if low is not None and high is not None:
            words += f" ({notation.interval(low, high)})"
        return f"{words} kWh"

    def _figure(
        self,
        name: str,
        definition: Any,
        items: Sequence[Mark | Said],
        *,
        key: str = "",
        small: bool = False,
    ) -> FigureView:
        chart = self._drawing.chart(definition, width=SMALL_WIDTH if small else charts.PRINT_WIDTH)
        file = f"{name}.svg"
        self._svg[file] = chart.svg
        key = key or name
        title = self._t(f"figure.{key}.title")
        if small:
            title = self._t(f"setting.{name.removeprefix('sensitivity-')}")
        self._count += 1
        return FigureView(
            id=f"figure-{name}",
            number=self._t("figure.number", count=self._count),
            title=title,
            note=self._t(f"figure.{key}.note"),
            alternative=self._alternative(title, items),
            chart=file,
            spec=json.dumps(chart.spec, sort_keys=True, ensure_ascii=False, allow_nan=False),
            small=small,
        )

    def _alternative(self, title: str, items: Sequence[Mark | Said]) -> str:
        found = [
            Said(item.label, item.value, item.said) if isinstance(item, Mark) else item
            for item in items
            if item.value is not None
        ]
        least, most = min(found, key=lambda item: item.value), max(found, key=lambda item: item.value)
        return self._t(
            "figure.alternative",
            title=title,
            n=len(found),
            least=least.name,
            least_value=least.written,
            most=most.name,
            most_value=most.written,
        )


def _named(points: Sequence[Point]) -> list[Point]:
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


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _positive(value: Value) -> bool:
    return isinstance(value, int | float) and value > 0
