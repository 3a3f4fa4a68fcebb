"""The paper's lists of models against the models that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kit.catalog import load_catalog
from kit.claims.findings import Finding, Subject
from kit.model.record import Record
from kit.model.runs import Measured
from kit.model.study import Status, Task

TABLE_6 = "Table 6"


def list_findings(record: Record) -> tuple[Finding, ...]:
    """Where Table 6 and the measured models differ, task by task."""
    measured, aside = _measured(record)
    return tuple(finding for task in Task for finding in _of_task(task, measured.get(task, {}), aside.get(task, {})))


Models = Mapping[Task, Mapping[str, str]]
"""Model ids by task, each with why it is set aside (empty where it is not)."""


def _measured(record: Record) -> tuple[Models, Models]:
    """Models with a run that tables use, and those whose runs are all set aside."""
    used: dict[Task, dict[str, str]] = {}
    aside: dict[Task, dict[str, str]] = {}
    for run in record.runs:
        if isinstance(run.outcome, Measured):
            cell = record.cells[run.cell_id]
            (used if run.use is None else aside).setdefault(cell.task, {})[cell.model.id] = run.use or ""
    return used, {
        task: {name: why for name, why in models.items() if name not in used.get(task, {})}
        for task, models in aside.items()
    }


def _of_task(task: Task, used: Mapping[str, str], aside: Mapping[str, str]) -> Iterator[Finding]:
    listed = [model for model in load_catalog().models.values() if task in model.tasks]
    named = [model.id for model in listed if model.status is Status.TABLE_6_ONLY]
    absent = [name for name in named if name not in used]
    if used and absent:
        others = [name for name in absent if name in aside]
        runs = f"; the record holds runs of {_list(others)}, in no file of a task" if others else ""
        yield _finding(
            f"{task.value}: named, not measured",
            _list(absent),
            f"{len(used)} measured models, none of these",
            f"Table 6 names {_list(absent)} for {task.label}, and no figure rests on a run of them{runs}.",
        )
    notes = [model for model in listed if model.note and TABLE_6 in model.note and model.id in used]
    for model in notes:
        yield _finding(f"{task.value}: another name", model.id, model.id, f"{model.id}: {model.note}")
    left = {name: why for name, why in aside.items() if TABLE_6 in why}
    if left:
        yield _finding(
            f"{task.value}: measured, not named",
            None,
            _list(sorted(left)),
            f"{_list(sorted(left))} were measured on {task.label}, and Table 6 does not name them: the "
            "published figures come out without them.",
        )


def _finding(check: str, published: str | None, found: str, sentence: str) -> Finding:
    return Finding(
        subject=Subject.LIST, check=check, where=TABLE_6, published=published, as_stated=found, sentence=sentence
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)
