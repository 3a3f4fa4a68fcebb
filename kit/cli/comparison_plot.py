"""The picture of `kit compare`: every cell's ratio with its interval, against the margin of equivalence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import InputError
from kit.files import write_text

if TYPE_CHECKING:
    from kit.claims import Comparison


def write_plot(found: Comparison, path: Path, first: str, second: str) -> None:
    """Draw a comparison as SVG.

    Raises:
        InputError: if the file is not to be an .svg, or the two have no cell in common.
        StorageError: if it cannot be written.
    """
    if path.suffix.lower() != ".svg":
        raise InputError(f"{path}: the plot is an SVG", "give a name that ends in .svg")
    if not found.cells:
        raise InputError("the two have no cell in common, so there is nothing to draw", "compare runs of one design")
    import altair as alt
    import vl_convert

    from kit.claims.comparison import Likeness

    rows = [
        {
            "cell": f"{cell.key.model} · {cell.key.dataset}",
            "task": cell.key.task.label,
            "ratio": cell.ratio,
            "low": cell.ratio if cell.low is None else cell.low,
            "high": cell.ratio if cell.high is None else cell.high,
            "likeness": cell.likeness.value,
        }
        for cell in found.cells
    ]
    margins = [{"at": 1.0 / (1.0 + found.margin)}, {"at": 1.0 + found.margin}]
    y = alt.Y("cell:N", title=None, sort=None, axis=alt.Axis(labelLimit=400))
    scale = alt.Scale(type="log", nice=False, padding=12)
    names = [likeness.value for likeness in Likeness]
    colour = alt.Color("likeness:N", title=None, scale=alt.Scale(domain=names, range=["#0072b2", "#d55e00", "#777777"]))
    base = alt.Chart(alt.Data(values=rows))
    chart = alt.layer(
        alt.Chart(alt.Data(values=margins)).mark_rule(strokeDash=[4, 3], color="#666").encode(x=alt.X("at:Q")),
        base.mark_rule().encode(y=y, x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour),
        base.mark_point(filled=True, size=40).encode(
            y=y,
            x=alt.X("ratio:Q", scale=scale, title=f"energy of {first} over {second} (log scale)"),
            color=colour,
            shape=alt.Shape("likeness:N", title=None, scale=alt.Scale(domain=names)),
        ),
    ).properties(width=480, title=f"Energy of 1,000 inferences, {found.boundary}; margin {found.margin:.0%}")
    write_text(path, vl_convert.vegalite_to_svg(chart.to_json()))
