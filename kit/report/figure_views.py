"""The paper's figures and that of the boundaries: which rows become which marks. Nothing is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from kit.model.results import Boundary, Table
from kit.model.study import Task
from kit.report import charts
from kit.report.figure_writer import FigureWriter, Said, number, positive
from kit.report.marks import Axes, Mark, Point
from kit.report.point_names import with_names
from kit.report.table_views import Row
from kit.report.view import FigureView

MILLION: Final = 1e6


def tasks(writer: FigureWriter, table2: Sequence[Row], printed: dict[str, float]) -> FigureView | None:
    """Energy by task, the mean with its interval, beside the paper's."""
    rows = sorted((row for row in table2 if positive(row["mean_kwh"])), key=lambda row: number(row["mean_kwh"]) or 0)
    kinds = [writer.tables.word(kind) for kind in dict.fromkeys(Task(str(row["task"])).kind.value for row in rows)]
    marks = [
        writer.mark(
            writer.tables.task(row["task"]),
            row,
            writer.tables.word(Task(str(row["task"])).kind.value),
            printed.get(str(row["task"])),
        )
        for row in rows
    ]
    axes = Axes(x=writer.t("axis.energy"), group="", printed=writer.t("axis.printed"))
    return writer.figure("tasks", charts.dots(marks, kinds, axes), marks) if marks else None


def models_by_task(writer: FigureWriter, figure1: Table) -> FigureView | None:
    """Figure 1: every model on the line of its task."""
    rows = [row for row in figure1.records() if positive(row["mean_kwh"])]
    order = sorted(
        {str(row["task"]) for row in rows},
        key=lambda task: min(number(row["mean_kwh"]) or 0 for row in rows if row["task"] == task),
    )
    rows.sort(key=lambda row: order.index(str(row["task"])))
    kinds = [writer.tables.word(kind) for kind in dict.fromkeys(Task(task).kind.value for task in order)]
    points = [
        Mark(
            label=writer.tables.task(row["task"]),
            value=number(row["mean_kwh"]),
            low=number(row["ci_low_kwh"]),
            high=number(row["ci_high_kwh"]),
            group=writer.tables.word(Task(str(row["task"])).kind.value),
            said=f"{writer.code(str(row['model']))}: {writer.said(row)}",
        )
        for row in rows
    ]
    names = [Said(writer.code(str(row["model"])), number(row["mean_kwh"]) or 0, writer.said(row)) for row in rows]
    axes = Axes(x=writer.t("axis.energy"), group="")
    return writer.figure("figure1", charts.dots(points, kinds, axes), names) if points else None


def size(writer: FigureWriter, figure2: Table) -> FigureView | None:
    """Figure 2: energy against parameters, by modality."""
    return _scatter(writer, "figure2", figure2.records(), lambda row: writer.tables.word(row["modality"]), named=True)


def datasets(writer: FigureWriter, figure3: Table) -> FigureView | None:
    """Figure 3: energy by data set and architecture class."""
    rows = [row for row in figure3.records() if positive(row["mean_kwh"])]
    groups = list(dict.fromkeys(writer.tables.word(row["architecture"]) for row in rows))
    tasks = [task.value for task in Task]
    rows.sort(key=lambda row: tasks.index(str(row["task"])))
    marks = [
        writer.mark(
            f"{writer.code(str(row['dataset']))} ({writer.tables.task(row['task'])})",
            row,
            writer.tables.word(row["architecture"]),
        )
        for row in rows
    ]
    axes = Axes(x=writer.t("axis.energy"), group="")
    return writer.figure("figure3", charts.dots(marks, groups, axes), marks) if marks else None


def quality(writer: FigureWriter, figure4: Table) -> FigureView | None:
    """Figure 4: quality against parameters, the area of a point being its energy."""
    rows = [row for row in figure4.records() if row["parameters"] and row["quality"] is not None]
    points = [
        Point(
            x=(number(row["parameters"]) or 0) / MILLION,
            y=number(row["quality"]) or 0,
            low=None,
            high=None,
            area=number(row["mean_kwh"]),
            group=writer.tables.word(row["family"]),
            name=f"{writer.code(str(row['model']))}, {writer.code(str(row['dataset']))}",
            said=f"{writer.t.notation.fixed(number(row['quality']) or 0, 3)}; {writer.said(row)}",
        )
        for row in rows
    ]
    groups = list(dict.fromkeys(point.group for point in points))
    axes = Axes(
        x=writer.t("axis.parameters"), y=writer.t("axis.quality"), log_y=False, area=writer.t("axis.energy_short")
    )
    said = [Said(point.name, point.y, point.said) for point in points]
    return writer.figure("figure4", charts.scatter(points, groups, axes), said) if points else None


def multi_purpose(writer: FigureWriter, figure5: Table) -> FigureView | None:
    """Figure 5: energy of the multi-purpose models against their size, by task."""
    return _scatter(writer, "figure5", figure5.records(), lambda row: writer.tables.task(row["task"]))


def output_length(writer: FigureWriter, figure6: Table) -> FigureView | None:
    """Figure 6: energy against the length of the output."""
    return _scatter(
        writer,
        "figure6",
        figure6.records(),
        lambda row: writer.tables.word(row["family"]),
        x="output_tokens",
        axis="axis.output_tokens",
        log_x=False,
    )


def boundaries(writer: FigureWriter, rows: Sequence[Row]) -> FigureView | None:
    """Energy by task within each boundary."""
    found = [row for row in rows if positive(row["mean_kwh"])]
    marks = [writer.mark(writer.tables.task(row["task"]), row, writer.tables.word(row["boundary"])) for row in found]
    groups = [
        writer.tables.word(boundary.value)
        for boundary in Boundary
        if any(row["boundary"] == boundary.value for row in found)
    ]
    axes = Axes(x=writer.t("axis.energy"), group="")
    return writer.figure("boundaries", charts.dots(marks, groups, axes), marks) if marks else None


def _scatter(
    writer: FigureWriter,
    name: str,
    records: Sequence[Row],
    group: Callable[[Row], str],
    *,
    x: str = "parameters",
    axis: str = "axis.parameters",
    log_x: bool = True,
    named: bool = False,
) -> FigureView | None:
    rows = [row for row in records if positive(row[x]) and positive(row["mean_kwh"])]
    unit = MILLION if x == "parameters" else 1.0
    points = [
        Point(
            x=(number(row[x]) or 0) / unit,
            y=number(row["mean_kwh"]) or 0,
            low=number(row["ci_low_kwh"]),
            high=number(row["ci_high_kwh"]),
            group=group(row),
            name=writer.code(str(row["model"])),
            said=writer.said(row),
        )
        for row in rows
    ]
    if not points:
        return None
    groups = list(dict.fromkeys(point.group for point in points))
    axes = Axes(x=writer.t(axis), y=writer.t("axis.energy"), group="", log_x=log_x)
    said = [Said(point.name, point.y, point.said) for point in points]
    return writer.figure(name, charts.scatter(with_names(points) if named else points, groups, axes), said)
