"""What stands before everything: what the report is, what was found in a few sentences, where and with what it ran."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.model.record import Origin, Record
from kit.model.results import Boundary
from kit.model.runs import Failed, Measured
from kit.model.study import Kind, Task
from kit.report.material import Material
from kit.report.messages import Messages
from kit.report.table_views import TableWriter, within
from kit.report.view import Fact, Notice, Text

MOST_LISTED: Final = 12
"""So many missing cells are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Words:
    """The means of writing: messages, tables' words, and the coding of text from outside."""

    t: Messages
    tables: TableWriter
    code: Callable[[str], str]

    def english(self, text: str) -> Text:
        """A sentence as the study or the analysis has it."""
        return Text(self.code(text), own=False)

    def date(self, when: Any) -> str:
        """A date as the language writes it."""
        day = self.t("day.first") if when.day == 1 else str(when.day)
        return self.t("date", day=day, month=self.t(f"month.{when.month}"), year=str(when.year))


def nature(record: Record) -> str:
    """What the record is: `replayed`, `embedded`, `tiny` or `measured`."""
    if record.origin is Origin.REPLAYED:
        return "replayed"
    artefacts = {planned.cell.protocol.artefacts for planned in record.study.cells}
    if artefacts - {"hub"}:
        return "tiny" if "tiny" in artefacts else "embedded"
    return "measured"


def notices(words: Words, material: Material) -> Iterator[Notice]:
    """What a reader must know before any number."""
    t, record = words.t, material.record
    kind = nature(record)
    yield Notice("origin", t(f"nature.{kind}.heading"), t(f"nature.{kind}.words"))
    missing = sum(count for _, count in record.missing)
    if missing:
        yield Notice("incomplete", t("notice.incomplete.heading"), t("notice.incomplete.words", n=missing))
    provenances = {str(row["provenance"]) for row in within(material.tables["table2"], Boundary.PUBLISHED)}
    if provenances and not any("counter" in text or "power-integral" in text for text in provenances):
        yield Notice("caution", t("notice.modelled.heading"), t("notice.modelled.words"))
    elif any("constant" in text or "model" in text for text in provenances):
        yield Notice("caution", t("notice.mixed.heading"), t("notice.mixed.words"))


def headlines(words: Words, material: Material) -> Iterator[str]:
    """What was found, a sentence each; the numbers are those of the tables."""
    t, notation = words.t, words.t.notation
    kinds = within(material.tables["kinds"], Boundary.PUBLISHED)
    if len(kinds) > 1:
        ordered = sorted(kinds, key=lambda row: float(row["mean_kwh"] or 0))
        named = [
            f"{words.tables.word(row['kind'])} ({notation.number(float(row['mean_kwh'] or 0))})" for row in ordered
        ]
        expected = [kind.value for kind in Kind if any(row["kind"] == kind.value for row in kinds)]
        agrees = [row["kind"] for row in ordered] == expected
        boundary = words.tables.word(Boundary.PUBLISHED.value)
        yield t(
            f"headline.kinds.{'as_paper' if agrees else 'not_as_paper'}", order=" < ".join(named), boundary=boundary
        )
    for row in within(material.tables["agreement"], Boundary.PUBLISHED):
        inverted = int(row["inversions"] or 0)
        rho = notation.fixed(float(row["spearman_rho"] or 0), 2)
        sentence = t("headline.agreement", tasks=int(row["n_tasks"] or 0), rho=rho)
        yield f"{sentence} {t('headline.inversions', n=inverted)}" if inverted else sentence
    if material.findings and material.record.origin is Origin.REPLAYED:
        yield t("headline.findings", n=len(material.findings))


def not_measured(words: Words, material: Material) -> Iterator[Text]:
    """What is absent, and why."""
    t, record = words.t, material.record
    measured_tasks = {str(row["task"]) for row in material.tables["table2"].records()}
    absent = [words.tables.task(task.value) for task in Task if task.value not in measured_tasks]
    if absent:
        yield Text(t("absent.tasks", n=len(absent), tasks=", ".join(absent)))
    for cell, count in record.missing[:MOST_LISTED]:
        names = {"model": words.code(cell.model.id), "dataset": words.code(cell.dataset.key)}
        yield Text(t("absent.runs", n=count, task=words.tables.task(cell.task.value), **names))
    if len(record.missing) > MOST_LISTED:
        yield Text(t("absent.more", n=len(record.missing) - MOST_LISTED))
    if record.study.device == "cpu":
        yield Text(t("absent.gpu"))
    if not record.quality:
        yield Text(t("absent.quality"))
    yield from (Text(t("absent.failed", reason=words.code(reason))) for reason in _failures(record))


def run_facts(words: Words, material: Material) -> Iterator[Fact]:
    """What was run, and when."""
    t, record, study = words.t, material.record, material.record.study
    yield Fact(t("fact.study"), words.english(f"{study.title} ({study.name})"))
    yield Fact(t("fact.study_id"), Text(study.study_id[:16]))
    yield Fact(t("fact.nature"), Text(t(f"nature.{nature(record)}.heading")))
    used = [run for run in record.runs if isinstance(run.outcome, Measured) and run.use is None]
    cells = {run.cell_id for run in used}
    yield Fact(
        t("fact.models.label"),
        Text(t("fact.models.value", models=_count(record, cells, "model"), tasks=_count(record, cells, "task"))),
    )
    yield Fact(t("fact.datasets"), Text(t.notation.integer(_count(record, cells, "dataset"))))
    yield Fact(t("fact.cells.label"), Text(t("fact.cells.value", measured=len(cells), planned=len(study.cells))))
    yield Fact(t("fact.runs.label"), Text(_runs(words, record, len(used))))
    yield Fact(
        t("fact.device"),
        Text(t(f"device.{study.device}") if t.has(f"device.{study.device}") else words.code(study.device)),
    )
    region = ", ".join(part for part in (study.region, study.country) if part)
    yield Fact(t("fact.grid"), Text(words.code(region)))
    yield Fact(t("fact.dated"), Text(words.date(material.dated)))


def host_facts(words: Words, record: Record) -> Iterator[Fact]:
    """Where it ran and with which packages: everything that the host records say."""
    t = words.t
    for number, host in enumerate(record.hosts.values(), start=1):
        prefix = f"{t('fact.host')} {number}: " if len(record.hosts) > 1 else ""
        for key in (
            "cpu",
            "cpu_count",
            "gpu_model",
            "gpu_count",
            "ram_gb",
            "distribution",
            "system",
            "python",
            "kit",
            "commit",
            "image",
        ):
            if host.get(key) is not None:
                yield Fact(prefix + t(f"host.{key}"), Text(words.code(_plain(words, host[key]))))
        gpus = host.get("gpus")
        if isinstance(gpus, list | tuple) and gpus:
            names = [str(gpu.get("name", "GPU")) for gpu in gpus if isinstance(gpu, Mapping)]
            yield Fact(prefix + t("host.gpus"), Text(words.code(", ".join(names))))
        packages = host.get("packages")
        if isinstance(packages, Mapping):
            known = (f"{name} {version}" for name, version in sorted(packages.items()) if version is not None)
            yield Fact(prefix + t("host.packages"), Text(words.code(", ".join(known))))


def source_facts(words: Words, record: Record) -> Iterator[Fact]:
    """What a replay read, as the journal has it."""
    for key, value in sorted((record.source or {}).items()):
        label = words.t(f"source.{key}") if words.t.has(f"source.{key}") else words.code(key.replace("_", " "))
        yield Fact(label, Text(words.code(_plain(words, value))))


def _plain(words: Words, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return words.t.notation.integer(value)
    if isinstance(value, float):
        return words.t.notation.shortest(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(words, item)}" for key, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "; ".join(_plain(words, item) for item in value)
    return str(value)


def _runs(words: Words, record: Record, used: int) -> str:
    failed = sum(isinstance(run.outcome, Failed) for run in record.runs)
    unused = sum(isinstance(run.outcome, Measured) and run.use is not None for run in record.runs)
    parts = [words.t("fact.runs.used", n=used)]
    parts += [words.t("fact.runs.unused", n=unused)] if unused else []
    parts += [words.t("fact.runs.failed", n=failed)] if failed else []
    return "; ".join(parts)


def _count(record: Record, cells: set[str], what: str) -> int:
    return len(
        {
            {"model": cell.model.id, "task": cell.task.value, "dataset": cell.dataset.key}[what]
            for cell_id, cell in record.cells.items()
            if cell_id in cells
        }
    )


def _failures(record: Record) -> list[str]:
    measured = {(run.cell_id, run.repetition) for run in record.runs if isinstance(run.outcome, Measured)}
    return sorted(
        {
            run.outcome.reason
            for run in record.runs
            if isinstance(run.outcome, Failed) and (run.cell_id, run.repetition) not in measured
        }
    )
