"""The paper's lists of models against the models that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kit.catalog import load_catalog
from kit.claims.cell_runs import CellRuns, Part, Span
from kit.claims.findings import Finding, Subject
from kit.claims.grounds import Grounds, mean_energy, mean_of
from kit.claims.wording import number
from kit.model.study import Family, Status, Task

TABLE_6: Final = "Table 6"


@dataclass(slots=True)
class _Measured:
    """Models of one task: in use, set aside though measured for it, and those of runs whose data set is unknown."""

    used: set[str] = field(default_factory=set)
    aside: dict[Family, set[str]] = field(default_factory=dict)
    unplaced: set[str] = field(default_factory=set)


def list_findings(grounds: Grounds) -> tuple[Finding, ...]:
    """Where Table 6 and the measured models differ, task by task."""
    return tuple(
        finding for task, models in _measured(grounds.runs).items() for finding in _of_task(grounds, task, models)
    )


def _measured(runs: Sequence[CellRuns]) -> Mapping[Task, _Measured]:
    known = load_catalog().datasets
    found = {task: _Measured() for task in Task}
    for run in runs:
        models, model = found[run.cell.task], run.cell.model
        if run.use is None:
            models.used.add(model.id)
        elif run.cell.dataset.key in known:
            models.aside.setdefault(model.family, set()).add(model.id)
        else:
            models.unplaced.add(model.id)
    return found


def _of_task(grounds: Grounds, task: Task, models: _Measured) -> Iterator[Finding]:
    listed = [model for model in load_catalog().models.values() if task in model.tasks]
    absent = [model.id for model in listed if model.status is Status.TABLE_6_ONLY and model.id not in models.used]
    if models.used and absent:
        tried = [name for name in absent if name in models.unplaced]
        runs = f"; there are runs of {_names(tried)} in no results file" if tried else ""
        yield _finding(
            f"{task.value}: named, not measured",
            _names(absent),
            f"none of the {len(models.used)} models measured",
            f"Table 6 names {_names(absent)} for {task.label}, and no figure rests on a run of {_them(absent)}{runs}.",
        )
    for model in listed:
        if model.note and TABLE_6 in model.note and model.id in models.used:
            yield _finding(f"{task.value}: another name", None, model.id, f"{model.id}: {model.note}")
    for family, names in models.aside.items():
        left = sorted(names - models.used)
        if left:
            yield _left_out(grounds, task, family, left)


def _left_out(grounds: Grounds, task: Task, family: Family, left: Sequence[str]) -> Finding:
    sentence = f"Measured on {task.label} as well, and left out by the paper: {_names(left)}"
    without, whole = mean_energy(grounds, task), _mean_with(grounds, task, left)
    if family is Family.TASK_SPECIFIC and without is not None and whole is not None:
        sentence += f"; the task's mean is {number(without)} kWh without and {number(whole)} kWh with {_them(left)}"
    return _finding(f"{task.value}: measured, not named ({family})", None, _names(left), f"{sentence}.")


def _mean_with(grounds: Grounds, task: Task, names: Sequence[str]) -> float | None:
    chosen = [
        run
        for run in grounds.choose([task], families=lambda family: family is Family.TASK_SPECIFIC, used=False)
        if run.use is None or (run.cell.model.id in names and run.cell.dataset.key in load_catalog().datasets)
    ]
    return mean_of(run.figure("energy", Span.QUERY, Part.NODE) for run in chosen)


def _finding(check: str, published: str | None, found: str, sentence: str) -> Finding:
    return Finding(
        subject=Subject.LIST, check=check, where=TABLE_6, published=published, as_stated=found, sentence=sentence
    )


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def _them(names: Sequence[str]) -> str:
    return "them" if len(names) > 1 else "it"
