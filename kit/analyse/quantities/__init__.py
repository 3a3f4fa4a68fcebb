"""Quantities: named numbers that tables, claims and report share, each registered once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.analyse.quantities import content, design, models, structure, tasks, training
from kit.analyse.quantities.registry import NamedQuantity, Scale, collected

QUANTITIES: Final[Mapping[str, NamedQuantity]] = collected((design, tasks, models, structure, content, training))
"""Every quantity, by the name that claims call it by."""

__all__ = ["QUANTITIES", "NamedQuantity", "Scale"]
