"""Quantities by name: pure functions of a record's evidence, registered once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

from kit.analyse.evidence import Evidence
from kit.errors import StudyError
from kit.model.results import Quantity


class Scale(StrEnum):
    """What the value of a quantity depends on: where it may be held against the paper's."""

    ABSOLUTE = "absolute"
    """On the machine and its grid: energies and emissions."""
    RELATIVE = "relative"
    """On machines only in so far as they rank models otherwise: ratios and directions of energies."""
    CONTENT = "content"
    """On weights and data, not on the machine: tokens and quality."""
    DESIGN = "design"
    """On what was chosen to be measured."""
    STATED = "stated"
    """On published figures that the kit carries, with no measurement in it."""


@dataclass(frozen=True, slots=True)
class NamedQuantity:
    """A registered quantity; calling it computes it.

    Attributes:
        name: in `kit/catalog/claims.yaml`.
        function: evidence and parameters in, an estimate with its boundary or the reason for none out.
    """

    name: str
    scale: Scale
    function: Callable[..., Quantity]

    def __call__(self, evidence: Evidence, **parameters: Any) -> Quantity:
        """The quantity of a record.

        Raises:
            StudyError: if a parameter is unknown, missing, or no task, statistic or the like.
        """
        try:
            inspect.signature(self.function).bind(evidence, **parameters)
            return self.function(evidence, **parameters)
        except (TypeError, UnknownWordError) as error:
            raise StudyError(
                f"quantity {self.name}: {error}", "mend its parameters in the registry of claims"
            ) from error


class UnknownWordError(ValueError):
    """A parameter is not one of the words that are known."""


def quantity(name: str, scale: Scale) -> Callable[[Callable[..., Quantity]], NamedQuantity]:
    """Name a function as a quantity."""

    def named(function: Callable[..., Quantity]) -> NamedQuantity:
        return NamedQuantity(name, scale, function)

    return named


def collected(modules: Iterable[ModuleType]) -> Mapping[str, NamedQuantity]:
    """The quantities of some modules, by name.

    Raises:
        ValueError: if a name stands twice.
    """
    found: dict[str, NamedQuantity] = {}
    for module in modules:
        for item in vars(module).values():
            if isinstance(item, NamedQuantity) and found.setdefault(item.name, item) is not item:
                raise ValueError(f"the quantity {item.name} is registered twice")
    return found


def word(value: str, known: Mapping[str, Any]) -> Any:
    """What a parameter's word stands for.

    Raises:
        UnknownWordError: if it is not one of those.
    """
    if value not in known:
        raise UnknownWordError(f"{value!r} is none of {', '.join(known)}")
    return known[value]
