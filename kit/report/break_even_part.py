"""The break-even's sliders: what each moves, between which ends, and the JSON that the page computes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from kit.analyse.break_even import Basis
from kit.analyse.break_even_view import BreakEvenView
from kit.model.results import Boundary
from kit.report.messages import Messages
from kit.report.view import BreakEvenPart, Control

SLIDERS: Final = (
    ("users_per_day", 3.0, 10.0, 0.01, True),
    ("queries_per_user", -1.0, 2.0, 0.01, True),
    ("growth_per_year", -0.9, 10.0, 0.05, False),
    ("training_grid_g_per_kwh", 10.0, 1000.0, 0.1, False),
    ("serving_grid_g_per_kwh", 10.0, 1000.0, 0.1, False),
    ("training_pue", 1.0, 2.5, 0.01, False),
    ("serving_pue", 1.0, 2.5, 0.01, False),
)
"""Setting, ends, step, and whether they are of its logarithm; narrower than what the arithmetic takes."""
SWITCHES: Final = ("fine_tuning", "idle", "embodied")


def break_even_part(t: Messages, code: Callable[[str], str], shown: BreakEvenView) -> BreakEvenPart:
    """The sliders and their data, in the report's language."""
    page = dict(shown.page)
    page["text"] = {name: t(f"break_even.text.{name}") for name in page["text"]}
    page["models"] = [
        {
            **model,
            "label": code(model["label"]),
            "inference": {
                boundary: {"unavailable": t("break_even.text.unavailable")} if "unavailable" in value else value
                for boundary, value in model["inference"].items()
            },
        }
        for model in page["models"]
    ]
    return BreakEvenPart(
        audit=tuple(code(item.finding) for item in shown.audit),
        sources=tuple(code(source) for source in shown.sources),
        controls=tuple(
            Control(setting=name, label=t(f"setting.{name}"), low=low, high=high, step=step, logarithmic=logarithmic)
            for name, low, high, step, logarithmic in SLIDERS
        ),
        switches=tuple((name, t(f"setting.{name}")) for name in SWITCHES),
        models=tuple((model["id"], model["label"]) for model in page["models"]),
        boundaries=tuple((boundary.value, t(f"word.{boundary.value}")) for boundary in Boundary),
        bases=tuple((basis.value, t(f"word.{basis.value}")) for basis in Basis),
        data=json.dumps(page, sort_keys=True, ensure_ascii=False, allow_nan=False),
    )
