"""Other definitions that a published number may come from: a systematic family for each kind of quantity.

A definition departs from the stated one by one or two steps: another way to pool the runs (a single run, a median),
other windows (loading included), other components (the GPUs alone), one data set, other models, or figures that were
rounded before they went on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kit.analyse.evidence import Numbers
from kit.claims.cell_runs import CellRuns, Part, Span


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to a number.

    Attributes:
        departures: from the stated definition.
        words: what it is, as the end of "given by ...".
    """

    departures: int
    words: str
    value: float

    @property
    def pooling(self) -> str:
        """How runs are pooled, as its words begin."""
        return self.words.partition(" of ")[0]


@dataclass(frozen=True, slots=True)
class Sample:
    """Runs that a figure may be taken from.

    Attributes:
        departures: of this choice of runs from the stated one.
        words: what they are; empty for the stated ones.
    """

    runs: Sequence[CellRuns]
    departures: int = 0
    words: str = ""


Parts = Sequence[tuple[CellRuns, Numbers]]
"""Values of some cells, one entry a run."""


def _over_cells(statistic: Callable[[Numbers], float]) -> Callable[[Parts], float]:
    return lambda parts: statistic(_means(parts, lambda runs: runs.cell_id))


def _over_models(statistic: Callable[[Numbers], float]) -> Callable[[Parts], float]:
    return lambda parts: statistic(_means(parts, lambda runs: runs.cell.model.id))


def _over_runs(statistic: Callable[[Numbers], float]) -> Callable[[Parts], float]:
    return lambda parts: statistic(np.concatenate([values for _, values in parts]))


def _means(parts: Parts, name: Callable[[CellRuns], str]) -> Numbers:
    groups: dict[str, list[Numbers]] = {}
    for runs, values in parts:
        groups.setdefault(name(runs), []).append(values)
    return np.array([np.concatenate(group).mean() for group in groups.values()])


def _mean(values: Numbers) -> float:
    return float(values.mean())


def _median(values: Numbers) -> float:
    return float(np.median(values))


def _sd(values: Numbers) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else float("nan")


POOLINGS: Final[Mapping[str, Callable[[Parts], float]]] = {
    "the mean": _over_runs(_mean),
    "the median of the runs": _over_runs(_median),
    "the median of the cells' means": _over_cells(_median),
    "the median of the models' means": _over_models(_median),
    "the largest single run": _over_runs(lambda values: float(values.max())),
    "the smallest single run": _over_runs(lambda values: float(values.min())),
    "the standard deviation of the runs": _over_runs(_sd),
    "the standard deviation of the cells' means": _over_cells(_sd),
    "the standard deviation of the models' means": _over_models(_sd),
}
"""Ways to make one number of many runs."""

SPREADS: Final = tuple(name for name in POOLINGS if "deviation" in name)
CENTRES: Final = tuple(name for name in POOLINGS if "deviation" not in name)


@dataclass(frozen=True, slots=True)
class Way:
    """How one number is made of some runs.

    Attributes:
        departures: from the stated way.
    """

    departures: int
    span: Span
    part: Part
    pooling: str

    def figure(self, runs: Sequence[CellRuns], of: str) -> float | None:
        """The number; None where the runs do not give it."""
        parts = [(item, values) for item in runs if (values := item.figure(of, self.span, self.part)).size]
        if not parts:
            return None
        found = POOLINGS[self.pooling](parts)
        return found if np.isfinite(found) else None

    def words(self, sample: str = "", dataset: str | None = None) -> str:
        """The way in words, of a sample and on a data set."""
        parts = [self.pooling]
        parts += [f"of {sample}"] if sample else []
        parts += [f"on {dataset}"] if dataset else []
        parts += [f"counting {self.part}"] if self.part is not Part.NODE else []
        parts += [f"over {self.span}"] if self.span is not Span.QUERY else []
        return " ".join(parts)


def ways(stated: str, poolings: Sequence[str]) -> Iterator[Way]:
    """Every way: pooling x span x part, the stated pooling first."""
    for pooling in (stated, *(name for name in poolings if name != stated)):
        for span in Span:
            for part in Part:
                steps = (span is not Span.QUERY, part is not Part.NODE, pooling != stated)
                yield Way(sum(steps), span, part, pooling)


def definitions(
    samples: Sequence[Sample], of: str, stated: str, poolings: Sequence[str], factor: float = 1.0
) -> Iterator[Definition]:
    """Every definition of a figure: samples x all or one of their data sets x ways.

    Args:
        of: `energy` or `emissions`.
        stated: the pooling that the paper states; it departs by nothing.
        factor: that the figure is multiplied with.
    """
    for sample in samples:
        for dataset, runs in _by_dataset(sample.runs):
            for way in ways(stated, poolings):
                value = way.figure(runs, of)
                if value is not None:
                    steps = sample.departures + way.departures + (dataset is not None)
                    yield Definition(steps, way.words(sample.words, dataset), value * factor)


def _by_dataset(runs: Sequence[CellRuns]) -> Iterator[tuple[str | None, Sequence[CellRuns]]]:
    """All runs, and then those on each data set where there are several."""
    yield None, runs
    by_dataset: dict[str, list[CellRuns]] = {}
    for run in runs:
        by_dataset.setdefault(run.cell.dataset.key, []).append(run)
    if len(by_dataset) > 1:
        yield from sorted(by_dataset.items())
