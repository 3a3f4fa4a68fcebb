"""What other definitions are tried on: every measured run, and the means as Table 2 prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

import numpy as np

from kit.analyse.evidence import Evidence, Numbers, task_specific
from kit.catalog.claims import load_claims
from kit.claims.cell_runs import NONE, CellRuns, Part, Span, cell_runs
from kit.model.study import Family, Task


@dataclass(frozen=True, eq=False)
class Grounds:
    """What definitions are tried on."""

    evidence: Evidence

    @cached_property
    def runs(self) -> tuple[CellRuns, ...]:
        """Every measured run, by cell."""
        return cell_runs(self.evidence)

    def choose(
        self,
        tasks: Iterable[Task] | None = None,
        *,
        families: Callable[[Family], bool] | None = None,
        model: str | None = None,
        dataset: str | None = None,
        used: bool = True,
    ) -> tuple[CellRuns, ...]:
        """Runs of tasks, families, a model, a data set; those that no table uses only where asked for."""
        wanted = None if tasks is None else set(tasks)
        return tuple(
            run
            for run in self.runs
            if (wanted is None or run.cell.task in wanted)
            and (families is None or families(run.cell.model.family))
            and model in (None, run.cell.model.id)
            and dataset in (None, run.cell.dataset.key)
            and (run.use is None or not used)
        )


def mean_energy(grounds: Grounds, task: Task) -> float | None:
    """The mean of Table 2: over the runs of a task's task-specific models, in kWh for 1,000 inferences."""
    runs = grounds.choose([task], families=task_specific)
    return mean_of(item.figure("energy", Span.QUERY, Part.NODE) for item in runs)


def mean_of(figures: Iterable[Numbers]) -> float | None:
    """The mean over the runs of some cells; None where there is none."""
    found = np.concatenate([NONE, *figures])
    return float(found.mean()) if found.size else None


def rounded_as(value: float, printed: str) -> Decimal:
    """A value rounded to as many decimals as a printed number has."""
    exponent = Decimal(printed).as_tuple().exponent
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(int(exponent)), ROUND_HALF_UP)


def table2_digits() -> dict[Task, str]:
    """The means as Table 2 prints them, of the registry: only their number of decimals is used."""
    return {
        Task(str(claim.parameters["task"])): claim.printed
        for claim in load_claims()
        if claim.quantity == "task_statistic" and claim.id.startswith("T2.") and claim.id.endswith(".mean")
        if claim.printed is not None
    }
