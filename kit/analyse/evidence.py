"""What quantities are computed from: a record's runs that count, by cell, within one boundary."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kit.analyse.bootstrap import SEED
from kit.analyse.break_even_energies import Energies
from kit.analyse.break_even_view import energies_observed
from kit.analyse.observations import Observation, observe
from kit.model.record import Record
from kit.model.results import Boundary
from kit.model.study import Cell, Family, Task

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CellFigures:
    """The runs of one cell that count, within the boundary.

    Attributes:
        energy: kWh for 1,000 inferences, one entry a run.
        emissions: grams of CO2eq for 1,000 inferences, one entry a run; empty where the meter reported none.
    """

    cell: Cell
    energy: Numbers
    emissions: Numbers


@dataclass(frozen=True, eq=False)
class Evidence:
    """A record within one boundary.

    Attributes:
        seed: of every resampling.
    """

    record: Record
    boundary: Boundary = Boundary.PUBLISHED
    seed: int = SEED

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """Every measured run of the record, those included that no published table uses."""
        return observe(self.record)

    @cached_property
    def cells(self) -> tuple[CellFigures, ...]:
        """Every cell with at least one run that counts and has an energy within the boundary, in the record's order."""
        by_cell: dict[str, list[Observation]] = {}
        for observation in self.observations:
            if observation.use is None and self.boundary in observation.energy_kwh_per_1000:
                by_cell.setdefault(observation.cell_id, []).append(observation)
        return tuple(
            CellFigures(
                items[0].cell,
                np.array([item.energy_kwh_per_1000[self.boundary] for item in items]),
                np.array([grams for item in items if (grams := self._emissions_g(item)) is not None]),
            )
            for items in by_cell.values()
        )

    @cached_property
    def inference_energies(self) -> Energies:
        """The energy of an inference of every model whose training energy is known."""
        return energies_observed(self.observations)

    @cached_property
    def memo(self) -> dict[Hashable, Any]:
        """What quantities computed of this evidence already, so that each resampling is done once."""
        return {}

    def _emissions_g(self, observation: Observation) -> float | None:
        """The meter's own grams; within another boundary its intensity times that boundary's energy."""
        grams, whole = observation.emissions_g_per_1000, observation.energy_kwh_per_1000.get(Boundary.PUBLISHED)
        if grams is None or self.boundary is Boundary.PUBLISHED:
            return grams
        return None if not whole else grams / whole * observation.energy_kwh_per_1000[self.boundary]

    def select(
        self,
        task: Task | None = None,
        *,
        family: Callable[[Family], bool] | None = None,
        model: str | None = None,
        dataset: str | None = None,
    ) -> tuple[CellFigures, ...]:
        """The cells of a task, of families, of a model, of a data set; whatever is given."""
        return tuple(
            figures
            for figures in self.cells
            if (task is None or figures.cell.task is task)
            and (family is None or family(figures.cell.model.family))
            and (model is None or figures.cell.model.id == model)
            and (dataset is None or figures.cell.dataset.key == dataset)
        )


def task_specific(family: Family) -> bool:
    """Whether a family is what the paper's Table 2 is made of."""
    return family is Family.TASK_SPECIFIC


def multi_purpose(family: Family) -> bool:
    """Whether a family is one of the two that the paper studies as multi-purpose."""
    return family in (Family.FLAN_T5, Family.BLOOMZ)
