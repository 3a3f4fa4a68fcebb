"""Which other definitions are tried for which quantity."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import numpy as np

from kit.analyse.evidence import Numbers, task_specific
from kit.analyse.quantities import QUANTITIES
from kit.analyse.quantities.selection import GROUPS
from kit.catalog.break_even_data import load_training
from kit.catalog.claims import Claim, load_claims
from kit.claims.cell_runs import CellRuns, Part, Span
from kit.claims.definitions import CENTRES, SPREADS, Definition, Sample, Way, definitions, ways
from kit.claims.grounds import Grounds, mean_energy, mean_of, rounded_as, table2_digits
from kit.model.results import Estimate
from kit.model.study import Family, Modality, Task

SINGLE: Final = ("the mean", "the largest single run", "the smallest single run")
MIDDLES: Final = ("the mean", "the median of the runs", "the median of the models' means")
SIZES: Final = (3.0e8, 7.0e8)
"""Parameters of a model that may still be called one of about 500 M."""


def alternatives(evidence: Grounds, claim: Claim) -> tuple[Definition, ...]:
    """Every definition that is tried for a claim, the nearest to the stated one first; none for some quantities."""
    tried = _ALTERNATIVES.get(claim.quantity or "")
    if tried is None:
        return ()
    return tuple(sorted(tried(evidence, claim.parameters), key=lambda definition: definition.departures))


def _task_statistic(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    task = Task(given["task"])
    stated, poolings = _pooling(given["statistic"])
    yield from definitions(_task_samples(grounds, task), "energy", stated, poolings)


def _pooling(statistic: str) -> tuple[str, Sequence[str]]:
    stated = {"mean": "the mean", "median": "the median of the runs", "sd": "the standard deviation of the runs"}
    return stated[statistic], SPREADS if statistic == "sd" else CENTRES


def _task_samples(grounds: Grounds, task: Task) -> list[Sample]:
    return [
        Sample(grounds.choose([task], families=task_specific)),
        Sample(grounds.choose([task], families=task_specific, used=False), 1, "every run, those of no table included"),
    ]


def _model_mean(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    tasks = [Task(given["task"])] if "task" in given else None
    samples = [Sample(grounds.choose(tasks, model=given["model"]))]
    yield from definitions(samples, given["of"], "the mean", CENTRES)


def _extreme_model(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    task, of, which = Task(given["task"]), given["of"], given["which"]
    group, dataset = given.get("group", "task-specific"), given.get("dataset")
    factor = 1.0 / given.get("charge_kwh", 1.0)
    runs = grounds.choose([task], families=GROUPS[group], dataset=dataset)
    extreme = _extreme(runs, of, which)
    samples = [Sample(_of_model(runs, extreme), 0, extreme or "")] if extreme else []
    samples.append(Sample(runs, 1, f"all {group} models"))
    for family in sorted({run.cell.model.family for run in runs if len({r.cell.model.family for r in runs}) > 1}):
        own = [run for run in runs if run.cell.model.family is family]
        name = _extreme(own, of, which)
        if name:
            samples.append(Sample(_of_model(own, name), 1, f"{name}, the {which} of {family} models"))
    if dataset is None and task.modality is Modality.TEXT and group == "task-specific":
        samples += _other_tasks(grounds, task, of, which)
    yield from definitions(samples, of, "the mean", SINGLE if dataset is None else CENTRES, factor)
    if "charge_kwh" in given:
        yield from _rounded_means(grounds, task, factor)


def _other_tasks(grounds: Grounds, task: Task, of: str, which: str) -> Iterator[Sample]:
    for other in Task:
        if other is not task and other.modality is Modality.TEXT:
            runs = grounds.choose([other], families=task_specific)
            name = _extreme(runs, of, which)
            if name:
                yield Sample(_of_model(runs, name), 1, f"{name}, the {which} of {other.label}")


def _rounded_means(grounds: Grounds, task: Task, factor: float) -> Iterator[Definition]:
    for other, digits in table2_digits().items():
        if other.modality is task.modality:
            mean = mean_energy(grounds, other)
            if mean is not None:
                words = f"the mean of {other.label} as Table 2 rounds it ({rounded_as(mean, digits)} kWh)"
                yield Definition(2 - (other is task), words, float(rounded_as(mean, digits)) * factor)


def _extreme(runs: Sequence[CellRuns], of: str, which: str) -> str | None:
    by_model: dict[str, list[Numbers]] = {}
    for run in runs:
        by_model.setdefault(run.cell.model.id, []).append(run.figure(of, Span.QUERY, Part.NODE))
    means = {name: mean for name, figures in by_model.items() if (mean := mean_of(figures)) is not None}
    choose: Callable[..., str] = min if which == "least" else max
    return choose(means, key=lambda name: means[name]) if means else None


def _of_model(runs: Sequence[CellRuns], model: str | None) -> tuple[CellRuns, ...]:
    return tuple(run for run in runs if run.cell.model.id == model)


def _group_mean(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    task, of, group = Task(given["task"]), given["of"], given["group"]
    runs = grounds.choose([task], families=GROUPS[group], dataset=given.get("dataset"))
    samples = [Sample(runs)]
    for name in dict.fromkeys(run.cell.model.id for run in runs):
        samples.append(Sample(_of_model(runs, name), 1, name))
    for family in sorted({run.cell.model.family for run in runs}):
        samples.append(Sample([run for run in runs if run.cell.model.family is family], 1, f"{family} models"))
    yield from definitions(samples, of, "the mean", MIDDLES)


def _sized_mean(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    runs = grounds.choose([Task(name) for name in given["tasks"]], families=task_specific)
    sized = [run for run in runs if SIZES[0] <= (run.cell.model.parameters or 0) <= SIZES[1]]
    stated = [
        run for run in sized if given["parameters_low"] <= (run.cell.model.parameters or 0) <= given["parameters_high"]
    ]
    samples = [Sample(stated), Sample(sized, 1, f"models of {SIZES[0] / 1e6:g} to {SIZES[1] / 1e6:g} M parameters")]
    for name, size in sorted({(run.cell.model.id, run.cell.model.parameters or 0) for run in sized}):
        samples.append(Sample(_of_model(sized, name), 1, f"{name} ({size / 1e6:.0f} M parameters)"))
    yield from definitions(samples, given["of"], "the mean", MIDDLES)


def _model_ratio(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    tops = [
        item
        for item in definitions(
            [_model_sample(grounds, given["over"], given.get("over_task"))], given["of"], "the mean", SINGLE
        )
        if item.departures <= 1
    ]
    bottoms = [_model_sample(grounds, given["under"], given.get("under_task"))]
    if "under_task" in given and Task(given["under_task"]).modality is Modality.TEXT:
        text = grounds.choose((task for task in Task if task.modality is Modality.TEXT), families=task_specific)
        for task, name in sorted({(run.cell.task, run.cell.model.id) for run in text}):
            if name != given["under"]:
                bottoms.append(
                    replace(_model_sample(grounds, name, task), departures=1, words=f"{name} ({task.label})")
                )
    for top in tops:
        for bottom in definitions(bottoms, given["of"], "the mean", SINGLE):
            if bottom.departures <= 1 and bottom.value:
                words = f"{top.words} over {bottom.words}"
                yield Definition(top.departures + bottom.departures, words, top.value / bottom.value)


def _model_sample(grounds: Grounds, model: str, task: str | None) -> Sample:
    return Sample(grounds.choose(None if task is None else [Task(task)], model=model), 0, model)


def _task_ratio(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    stated, _ = _pooling(given.get("statistic", "mean"))
    over, under = ([Task(name) for name in given[side]] for side in ("over", "under"))
    yield from _rounded_ratio(grounds, over, under)
    for way in ways(stated, CENTRES):
        sides = [_tasks_mean(grounds, tasks, way) for tasks in (over, under)]
        if sides[0] is not None and sides[1]:
            yield Definition(way.departures, f"the ratio, each side being {way.words()}", sides[0] / sides[1])


def _tasks_mean(grounds: Grounds, tasks: Sequence[Task], way: Way) -> float | None:
    found = [way.figure(grounds.choose([task], families=task_specific), "energy") for task in tasks]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if len(known) == len(tasks) else None


def _extremes(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    means = {task: mean for task in Task if (mean := mean_energy(grounds, task)) is not None}
    if len(means) == len(Task):
        most, least = (choose(means, key=lambda task: means[task]) for choose in (max, min))
        yield from _task_ratio(grounds, {"over": [most.value], "under": [least.value]})


def _rounded_ratio(grounds: Grounds, over: Sequence[Task], under: Sequence[Task]) -> Iterator[Definition]:
    digits = table2_digits()
    rounded: list[list[Decimal]] = []
    for tasks in (over, under):
        means = [mean_energy(grounds, task) for task in tasks]
        rounded.append(
            [rounded_as(mean, digits[task]) for mean, task in zip(means, tasks, strict=True) if mean is not None]
        )
    if len(rounded[0]) == len(over) and len(rounded[1]) == len(under) and all(sum(side) for side in rounded):
        value = float(sum(rounded[0])) / len(over) / (float(sum(rounded[1])) / len(under))
        said = [" and ".join(str(item) for item in side) for side in rounded]
        yield Definition(1, f"the ratio of means rounded as in Table 2 ({said[0]} over {said[1]})", value)


def _total_energy(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    yield from _totals(grounds, "energy", 1.0)


def _total_emissions(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    yield from _totals(grounds, "emissions", 1e-3)


def _totals(grounds: Grounds, of: str, factor: float) -> Iterator[Definition]:
    for used, which in ((False, "every run"), (True, "the runs that the tables use")):
        for span in (Span.WHOLE, Span.QUERY):
            for part in Part:
                found = [
                    float(values.sum()) * run.cell.protocol.inferences / 1_000.0
                    for run in grounds.choose(used=used)
                    if (values := run.figure(of, span, part)).size
                ]
                if found:
                    words = f"the sum of {which} over {span}, counting {part}"
                    steps = used + (span is Span.QUERY) + (part is not Part.NODE)
                    yield Definition(steps, words, sum(found) * factor)


def _intensity(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    sums = {
        (of, item.words): (item.departures, item.value)
        for of in ("energy", "emissions")
        for item in _totals(grounds, of, 1.0)
    }
    for (of, words), (steps, grams) in sums.items():
        for (other, by), (more, energy) in sums.items():
            if of == "emissions" and other == "energy" and energy:
                yield Definition(steps + more, f"emissions ({words}) over energy ({by})", grams / energy)


def _count(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    for used, which in ((True, "the runs that the tables use"), (False, "all runs")):
        cells = [run.cell for run in grounds.choose(families=_studied, used=used)]
        found: Mapping[str, Collection[object]] = {
            "models": {cell.model.id for cell in cells},
            "pairs of task and model": {(cell.task, cell.model.id) for cell in cells},
            "task-specific models": {cell.model.id for cell in cells if task_specific(cell.model.family)},
            "multi-purpose models": {cell.model.id for cell in cells if not task_specific(cell.model.family)},
            "data sets": {cell.dataset.key for cell in cells},
            "pairs of task and data set": {(cell.task, cell.dataset.key) for cell in cells},
        }
        alike = {
            "datasets": ("data sets", "pairs of task and data set"),
            "models": ("models", "pairs of task and model"),
        }
        for name in alike.get(given["of"], (given["of"],)):
            if name in found:
                steps = (not used) + name.startswith("pairs")
                yield Definition(steps, f"the number of {name} of {which}", float(len(found[name])))


def _studied(family: Family) -> bool:
    return any(families(family) for families in GROUPS.values())


def _parity(grounds: Grounds, given: Mapping[str, Any]) -> Iterator[Definition]:
    found = QUANTITIES["inference_energy"](grounds.evidence, model=given["model"])
    printed = next(
        (
            claim.printed
            for claim in load_claims()
            if claim.quantity == "inference_energy" and claim.parameters == given and claim.printed
        ),
        None,
    )
    model = load_training().models[given["model"]]
    if isinstance(found, Estimate) and printed is not None:
        rounded = rounded_as(found.value, printed)
        parts = {"training and fine-tuning": model.training_kwh + (model.fine_tuning_kwh or 0.0)}
        parts["training alone"] = model.training_kwh
        for steps, (words, energy) in enumerate(parts.items()):
            if rounded:
                quotient = energy / float(rounded)
                yield Definition(
                    1 + steps, f"{words} over the energy of an inference rounded to {rounded:.1e}", quotient
                )


_ALTERNATIVES: Final[Mapping[str, Callable[[Grounds, Mapping[str, Any]], Iterator[Definition]]]] = {
    "task_statistic": _task_statistic,
    "model_mean": _model_mean,
    "extreme_model": _extreme_model,
    "group_mean": _group_mean,
    "sized_mean": _sized_mean,
    "model_ratio": _model_ratio,
    "task_ratio": _task_ratio,
    "task_extremes_ratio": _extremes,
    "total_energy": _total_energy,
    "total_emissions": _total_emissions,
    "intensity": _intensity,
    "count": _count,
    "parity": _parity,
}
