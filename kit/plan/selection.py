"""The cells that keep the most claims testable within a budget of hours.

This is a problem of 0-1 programming: a claim counts if all cells that it rests on are chosen, and the chosen cells
take no more than the budget. It is solved exactly, first for the most claims and then, among the choices that keep as
many, for the fewest hours. Cells that the same claims rest on are chosen or left together, so that the paper's 312
cells become some dozens of unknowns. Hours are reckoned in whole seconds, rounded up, so that no rounding of the
solver overruns the budget.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kit.errors import KitError
from kit.model.study import CellKey
from kit.plan.estimate import S_PER_H

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TIME_LIMIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class ClaimCells:
    """A claim and the cells that it rests on; none where it holds for whatever is measured."""

    claim: str
    cells: frozenset[CellKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What fits into a budget.

    Attributes:
        cells: those chosen; only such as a kept claim rests on, unless all fit.
        kept: claims that stay testable, in the order in which they were given.
        hours: of the chosen cells.
    """

    cells: frozenset[CellKey]
    kept: tuple[str, ...]
    hours: float


def choose(hours: Mapping[CellKey, float], claims: Sequence[ClaimCells], budget_h: float) -> Choice:
    """The cells that keep the most claims, and of such choices the one that takes the fewest hours.

    Args:
        hours: of every cell that may be chosen. A claim that rests on any other cannot be kept.

    Raises:
        KitError: if no choice was proved the best within `TIME_LIMIT_S`.
    """
    if sum(hours.values()) <= budget_h:
        return _choice(frozenset(hours), hours, claims)
    counts: dict[frozenset[CellKey], int] = {}
    for item in claims:
        if item.cells and item.cells <= hours.keys():
            counts[item.cells] = counts.get(item.cells, 0) + 1
    demands = list(counts)
    if not demands:
        return _choice(frozenset(), hours, claims)
    kept = _solve(demands, list(counts.values()), _blocks(hours, demands), math.floor(budget_h * S_PER_H))
    return _choice(frozenset().union(*(demands[place] for place in kept)), hours, claims)


def _choice(cells: frozenset[CellKey], hours: Mapping[CellKey, float], claims: Sequence[ClaimCells]) -> Choice:
    kept = tuple(item.claim for item in claims if cells and item.cells <= cells)
    return Choice(cells=cells, kept=kept, hours=sum(hours[key] for key in sorted(cells)))


def _blocks(hours: Mapping[CellKey, float], demands: Sequence[frozenset[CellKey]]) -> dict[frozenset[int], int]:
    """Cells that the same demands rest on, as those demands' places, with the seconds that they take together."""
    found: dict[frozenset[int], float] = {}
    for key, value in hours.items():
        places = frozenset(place for place, cells in enumerate(demands) if key in cells)
        if places:
            found[places] = found.get(places, 0.0) + value
    return {places: math.ceil(value * S_PER_H) for places, value in found.items()}


def _solve(
    demands: Sequence[frozenset[CellKey]], counts: Sequence[int], blocks: Mapping[frozenset[int], int], budget_s: int
) -> list[int]:
    """Places of the demands to meet. The unknowns: the demands (0 or 1), then the blocks (at least their demands)."""
    import numpy as np
    from scipy.sparse import csr_array

    n_demands, seconds = len(demands), np.array([*blocks.values()], dtype=float)
    links = [(place, block) for block, places in enumerate(blocks) for place in sorted(places)]
    rows = np.repeat(np.arange(len(links)), 2)
    columns = [column for place, block in links for column in (place, n_demands + block)]
    shape = (len(links), n_demands + len(blocks))
    linked = csr_array((np.tile([1.0, -1.0], len(links)), (rows, columns)), shape=shape)
    weights = np.concatenate([np.array(counts, dtype=float), np.zeros(len(blocks))])
    taken = np.concatenate([np.zeros(n_demands), seconds])
    fits = [(linked, -np.inf, 0.0), (taken[np.newaxis], -np.inf, float(budget_s))]
    most = _optimum(-weights, fits, n_demands)
    enough = (weights[np.newaxis], float(np.rint(weights @ most)), np.inf)
    best = _optimum(taken, [*fits, enough], n_demands)
    return [int(place) for place in np.flatnonzero(best[:n_demands] > 0.5)]


def _optimum(
    costs: NDArray[np.float64], constraints: Sequence[tuple[Any, float, float]], n_whole: int
) -> NDArray[np.float64]:
    """The unknowns between 0 and 1 of the least costs, the first `n_whole` of them whole."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        costs,
        integrality=(np.arange(costs.size) < n_whole).astype(np.int64),
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(matrix, low, high) for matrix, low, high in constraints],
        options={"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT_S},
    )
    if found.status != 0:
        raise KitError(
            f"the best choice of cells was not found in {TIME_LIMIT_S:.0f} s ({found.message})",
            "try another budget, or leave cells out of the study file yourself",
        )
    whole: NDArray[np.float64] = found.x.copy()
    whole[:n_whole] = np.rint(whole[:n_whole])
    return whole
