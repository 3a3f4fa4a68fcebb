"""The colours, shapes and dashes of the charts.

Colours are told apart by colour-blind readers and in grey print, since every group has a shape of its own too. The page
puts CSS variables in the place of the colours, so that a chart follows the theme without being drawn anew.
"""

from __future__ import annotations

from typing import Final

INK: Final = "#1d2733"
MUTED: Final = "#5c6773"
GRID: Final = "#dfe3e8"
PAPER: Final = "#fefefe"
GROUPS: Final = ("#0b4a8f", "#c4501b", "#2f9e8c", "#8a5aa8", "#8c7a1e", "#55606b")
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
DASHES: Final = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 1), (1, 3))
VARIABLES: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--paper)",
    **{colour: f"var(--group-{place})" for place, colour in enumerate(GROUPS, start=1)},
}
"""What the page writes for each colour; assets/page.css gives both themes."""
