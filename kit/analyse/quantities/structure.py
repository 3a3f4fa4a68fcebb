"""Quantities about why energies differ: structure against size, decoder-only against seq2seq, length of output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from kit.analyse.bootstrap import RESAMPLES
from kit.analyse.evidence import CellFigures, Evidence, Numbers, multi_purpose, task_specific
from kit.analyse.quantities.registry import Scale, quantity
from kit.analyse.quantities.selection import not_above_zero, task_of
from kit.analyse.resampling import interval
from kit.model.results import Estimate, Quantity, Unavailable
from kit.model.study import Architecture, Task

LIKE_SIZE: Final = 3.0
"""Two models are of like size if one has at most so many times the parameters of the other."""


@quantity("structure_over_size", Scale.RELATIVE)
def structure_over_size(evidence: Evidence) -> Quantity:
    """Share of the variance of log energy between models that the task explains, less that which log size explains."""
    by_model: dict[tuple[Task, str], list[CellFigures]] = {}
    for figures in evidence.select(family=task_specific):
        if figures.cell.model.parameters:
            by_model.setdefault((figures.cell.task, figures.cell.model.id), []).append(figures)
    tasks = sorted({task for task, _ in by_model})
    if len(tasks) < 2 or len(by_model) <= len(tasks) + 1:
        return Unavailable("it takes models of known size on several tasks, more models than tasks")
    means = np.array([np.concatenate([item.energy for item in items]).mean() for items in by_model.values()])
    if means.min() <= 0.0:
        return not_above_zero(evidence)
    energy = np.log(means)
    size = np.log([float(items[0].cell.model.parameters or 1) for items in by_model.values()])
    task = np.array([tasks.index(name) for name, _ in by_model])
    generator = np.random.default_rng((evidence.seed, 15))
    draws = np.array([_advantage(energy[drawn], size[drawn], task[drawn]) for drawn in _within_tasks(task, generator)])
    return _relative(
        evidence,
        _advantage(energy, size, task),
        draws,
        [item for items in by_model.values() for item in items],
        "explained variance of log energy by task less by log parameters; models resampled within their task",
    )


def _within_tasks(task: np.ndarray, generator: np.random.Generator) -> list[np.ndarray]:
    places = [np.flatnonzero(task == number) for number in np.unique(task)]
    return [np.concatenate([generator.choice(inside, inside.size) for inside in places]) for _ in range(RESAMPLES // 4)]


def _advantage(energy: Numbers, size: Numbers, task: np.ndarray) -> float:
    total = float(((energy - energy.mean()) ** 2).sum())
    counts = np.bincount(task)
    means = np.bincount(task, energy) / np.maximum(counts, 1)
    by_task = 1.0 - float(((energy - means[task]) ** 2).sum()) / total if total else 0.0
    by_size = float(np.corrcoef(energy, size)[0, 1] ** 2) if np.ptp(size) > 0 and total else 0.0
    return by_task - by_size


@quantity("decoder_over_seq2seq", Scale.RELATIVE)
def decoder_over_seq2seq(evidence: Evidence, task: str | None = None) -> Quantity:
    """Emissions of decoder-only over seq2seq multi-purpose models: geometric mean over pairs of like size.

    Each decoder-only model is paired with the seq2seq model nearest in size, on each task and data set; the models
    of a pair differ at most by `LIKE_SIZE` in parameters. The interval resamples decoder-only models and data sets.
    """
    cells = evidence.select(task_of(task) if task else None, family=multi_purpose)
    pairs = _pairs(cells)
    if not pairs:
        return Unavailable("no decoder-only and seq2seq models of like size were measured on one task and data set")
    if any(item.emissions.mean() <= 0.0 for pair in pairs for item in pair):
        return not_above_zero(evidence)
    names = sorted({decoder.cell.model.id for decoder, _ in pairs})
    logs = np.log([decoder.emissions.mean() / seq2seq.emissions.mean() for decoder, seq2seq in pairs])
    places = [np.flatnonzero([decoder.cell.model.id == name for decoder, _ in pairs]) for name in names]
    generator = np.random.default_rng((evidence.seed, 3))
    draws = np.exp([_resampled_mean(logs, places, generator) for _ in range(RESAMPLES // 2)])
    return _relative(
        evidence,
        float(np.exp(logs.mean())),
        draws,
        [item for pair in pairs for item in pair],
        f"geometric mean over {len(pairs)} pairs of like size on a task and data set; models and their pairs resampled",
    )


def _pairs(cells: Sequence[CellFigures]) -> list[tuple[CellFigures, CellFigures]]:
    usable = [figures for figures in cells if figures.emissions.size and figures.cell.model.parameters]
    found = []
    for decoder in usable:
        if decoder.cell.model.architecture is not Architecture.DECODER_ONLY:
            continue
        others = [
            other
            for other in usable
            if other.cell.model.architecture is Architecture.SEQ2SEQ
            and other.cell.task is decoder.cell.task
            and other.cell.dataset.key == decoder.cell.dataset.key
            and _apart(decoder, other) <= np.log(LIKE_SIZE)
        ]
        if others:
            found.append((decoder, min(others, key=lambda other: _apart(decoder, other))))
    return found


def _apart(one: CellFigures, other: CellFigures) -> float:
    return abs(float(np.log((one.cell.model.parameters or 1) / (other.cell.model.parameters or 1))))


def _resampled_mean(logs: Numbers, places: Sequence[np.ndarray], generator: np.random.Generator) -> float:
    drawn = [places[number] for number in generator.integers(0, len(places), len(places))]
    return float(np.concatenate([logs[generator.choice(inside, inside.size)] for inside in drawn]).mean())


@quantity("length_slope", Scale.RELATIVE)
def length_slope(evidence: Evidence) -> Quantity:
    """Relative rise of emissions with each output token, within multi-purpose models, over summarization data sets."""
    return _slopes(evidence, (Architecture.DECODER_ONLY, Architecture.SEQ2SEQ), None)


@quantity("length_slope_difference", Scale.RELATIVE)
def length_slope_difference(evidence: Evidence) -> Quantity:
    """The same slope of the decoder-only models less that of the seq2seq ones."""
    return _slopes(evidence, (Architecture.DECODER_ONLY,), (Architecture.SEQ2SEQ,))


def _slopes(evidence: Evidence, first: tuple[Architecture, ...], second: tuple[Architecture, ...] | None) -> Quantity:
    tokens = {
        item.cell_id: float(np.mean(item.output_tokens)) for item in evidence.record.lengths if item.output_tokens
    }
    cells = [
        figures
        for figures in evidence.select(Task.SUMMARIZATION, family=multi_purpose)
        if figures.emissions.size and figures.cell.cell_id in tokens
    ]
    if any(figures.emissions.mean() <= 0.0 for figures in cells):
        return not_above_zero(evidence)
    sides = []
    used: list[CellFigures] = []
    for place, classes in enumerate(classes for classes in (first, second) if classes is not None):
        chosen = [figures for figures in cells if figures.cell.model.architecture in classes]
        moments = _moments(chosen, tokens)
        if not moments.size or not moments[:, 1].sum() > 0:
            kinds = " or ".join(classes)
            return Unavailable(
                f"no {kinds} model was measured on several summarization data sets with its token counts"
            )
        generator = np.random.default_rng((evidence.seed, 6, place))
        weights = generator.multinomial(len(moments), np.full(len(moments), 1.0 / len(moments)), RESAMPLES)
        drawn = np.einsum("ri,im->rm", weights, moments)
        whole = moments.sum(axis=0)
        sides.append((whole[0] / whole[1], drawn[:, 0] / drawn[:, 1]))
        used += chosen
    value, draws = sides[0] if second is None else (sides[0][0] - sides[1][0], sides[0][1] - sides[1][1])
    return _relative(
        evidence,
        float(value),
        draws,
        used,
        "slope of the logarithm of emissions against mean output tokens within models, data sets of summarization; "
        "models resampled",
    )


def _moments(cells: Sequence[CellFigures], tokens: dict[str, float]) -> Numbers:
    """A row a model: covariance and variance sums of tokens and log emissions about the model's own means."""
    rows = []
    for name in dict.fromkeys(figures.cell.model.id for figures in cells):
        own = [figures for figures in cells if figures.cell.model.id == name]
        length = np.array([tokens[figures.cell.cell_id] for figures in own])
        logs = np.log([figures.emissions.mean() for figures in own])
        rows.append((((length - length.mean()) * (logs - logs.mean())).sum(), ((length - length.mean()) ** 2).sum()))
    return np.array(rows)


def _relative(evidence: Evidence, value: float, draws: Numbers, cells: Sequence[CellFigures], method: str) -> Estimate:
    low, high = interval(draws)
    return Estimate(
        value=value,
        low=low,
        high=high,
        unit="1",
        boundary=evidence.boundary,
        n_models=len({figures.cell.model.id for figures in cells}),
        n_runs=sum(figures.energy.size for figures in {id(figures): figures for figures in cells}.values()),
        method=method,
    )
