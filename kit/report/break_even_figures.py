"""The figures of the break-even: serving against training, and days to parity against each assumption."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kit.analyse.break_even_figures import Curve, Sensitivity
from kit.report import charts
from kit.report.figure_writer import FigureWriter, Said
from kit.report.marks import Axes, Step
from kit.report.view import FigureView

SHOWN_BEYOND: Final = 2.5
"""The chart of cumulative energy goes on to so many times the crossing."""


def curves(writer: FigureWriter, found: Sequence[Curve]) -> FigureView | None:
    """Cumulative energy of serving against days, with the level of training."""
    if not found:
        return None
    curve = found[0]
    last = SHOWN_BEYOND * curve.crossing_days
    serving, training = writer.t("axis.serving", model=curve.label), writer.t("axis.training", model=curve.label)
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
    axes = Axes(x=writer.t("axis.days"), y=writer.t("axis.cumulative"), log_x=False, log_y=False, top=top)
    names = [serving, training]
    notation = writer.t.notation
    said = [Said(item.label, item.crossing_days, notation.number(item.crossing_days)) for item in found]
    return writer.figure("curves", charts.lines(steps, names, axes), said)


def sensitivities(writer: FigureWriter, found: Iterable[Sensitivity]) -> tuple[FigureView, ...]:
    """Small multiples: days to parity against one assumption each."""
    by_factor: dict[str, list[Sensitivity]] = {}
    for item in found:
        by_factor.setdefault(item.factor, []).append(item)
    views = (_sensitivity(writer, factor, items) for factor, items in by_factor.items())
    return tuple(view for view in views if view is not None)


def _sensitivity(writer: FigureWriter, factor: str, items: Sequence[Sensitivity]) -> FigureView | None:
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
        x=writer.t(f"setting.{factor}"),
        y=writer.t("axis.days_to_parity"),
        log_x=factor == "users_per_day",
        log_y=True,
    )
    notation = writer.t.notation
    said = [Said(step.line, step.y, notation.number(step.y)) for step in steps]
    definition = charts.lines(steps, names, axes, height=150)
    return writer.figure(
        f"sensitivity-{factor}", definition, said, key="sensitivity", setting=writer.t(f"setting.{factor}")
    )
