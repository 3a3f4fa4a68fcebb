"""The sections of the report, in order, and what is in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kit.model.record import Origin
from kit.model.results import Boundary, Table, Value
from kit.report import break_even_figures, figure_views
from kit.report.break_even_part import SLIDERS
from kit.report.figure_writer import FigureWriter
from kit.report.head import Words, host_facts, nature, not_measured, run_facts, source_facts
from kit.report.layouts import How, Shown, shown
from kit.report.material import Material
from kit.report.matrices import cells_by_task, lengths_by_model, quality_by_task
from kit.report.printed import printed_by_task, printed_of_model
from kit.report.protocol import protocol_table
from kit.report.table_views import Row, within
from kit.report.view import Fact, FigureView, Section, TableView, Text

_UNUSED: Final = (
    shown("model", How.NAME),
    shown("dataset", How.NAME),
    shown("task", How.TASK),
    shown("n_runs", How.INTEGER),
    shown("mean_kwh", How.NUMBER),
    shown("unused", How.ENGLISH),
)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the sections of one report."""

    words: Words
    figures: FigureWriter
    material: Material

    def sections(self) -> tuple[Section, ...]:
        """All of them; numbers of tables and figures follow this order."""
        return tuple(self._all())

    def _all(self) -> Iterator[Section]:
        yield self._section("verdict")
        yield self._run()
        yield self._tasks()
        yield self._section("claims")
        yield self._break_even()
        yield self._multi_purpose()
        yield self._quality()
        yield self._boundaries()
        yield self._deviations()
        yield self._data_quality()
        yield self._audit()
        yield self._provenance()
        yield self._section("cite")
        yield self._appendix()

    def _section(
        self,
        name: str,
        *,
        lead: tuple[Text, ...] = (),
        empty: bool = False,
        tables: tuple[TableView | None, ...] = (),
        figures: tuple[FigureView | None, ...] = (),
        items: tuple[Text, ...] = (),
        **facts: tuple[object, ...],
    ) -> Section:
        t = self.words.t
        first = (Text(t(f"section.{name}.lead")),) if t.has(f"section.{name}.lead") else ()
        return Section(
            name=name,
            title=t(f"section.{name}.title"),
            lead=(*first, *lead),
            empty=t(f"section.{name}.empty") if empty else "",
            tables=tuple(table for table in tables if table is not None and table.rows),
            figures=tuple(figure for figure in figures if figure is not None),
            items=items,
            **facts,  # type: ignore[arg-type]
        )

    def _run(self) -> Section:
        study = self.material.record.study
        lead = (self.words.english(study.description),) if study.description else ()
        absent = tuple(not_measured(self.words, self.material))
        made = protocol_table(self.material.record.study)
        protocol = self._table("protocol", made, made.records(), source="")
        facts = tuple(run_facts(self.words, self.material))
        return self._section("run", lead=lead, facts=facts, items=absent, tables=(protocol,))

    def _tasks(self) -> Section:
        made = self.material.tables
        ranking = within(made["ranking"], Boundary.PUBLISHED)
        paper = {row["task"]: row["paper_kwh"] for row in ranking}
        printed = printed_by_task()
        rows = [
            {**row, "paper_kwh": paper.get(row["task"]), "paper_printed_kwh": printed.get(str(row["task"]))}
            for row in within(made["table2"], Boundary.PUBLISHED)
        ]
        return self._section(
            "tasks",
            empty=not rows,
            tables=(
                self._table("table2", made["table2"], rows),
                self._table("kinds", made["kinds"], within(made["kinds"], Boundary.PUBLISHED)),
                self._table("ranking", made["ranking"], ranking),
            ),
            figures=(
                figure_views.tasks(self.figures, rows, printed),
                figure_views.models_by_task(self.figures, made["figure1"]),
                figure_views.size(self.figures, made["figure2"]),
                figure_views.datasets(self.figures, made["figure3"]),
            ),
        )

    def _break_even(self) -> Section:
        shown_view, made = self.material.break_even, self.material.tables["break-even"]
        published = within(made, Boundary.PUBLISHED)
        measured = [row for row in published if row["inference_kwh"] is not None]
        others = [
            row
            for row in made.records()
            if row["boundary"] != Boundary.PUBLISHED.value and row["inference_kwh"] is not None
        ]
        t = self.words.t
        foreign = nature(self.material.record) in ("embedded", "tiny")
        return self._section(
            "parity",
            lead=(Text(t("section.parity.foreign")),) if foreign else (),
            facts=tuple(self._setting()),
            tables=(
                self._table("table5", made, published),
                self._table("table5-time", made, measured, source=""),
                self._table("table5-boundaries", made, others, source=""),
            ),
            figures=(
                break_even_figures.curves(self.figures, shown_view.curves),
                *break_even_figures.sensitivities(self.figures, shown_view.sensitivity),
            ),
            items=tuple(
                self.words.english(f"{row['model']}: {row['remark']}.")
                for row in published
                if row["remark"] is not None
            ),
        )

    def _setting(self) -> Iterator[Fact]:
        """The published setting, which the tables and figures rest on."""
        assumed, notation = self.material.break_even.assumptions, self.words.t.notation
        for name, *_ in SLIDERS:
            yield Fact(self.words.t(f"setting.{name}"), Text(notation.shortest(getattr(assumed, name))))

    def _multi_purpose(self) -> Section:
        made = self.material.tables
        rows = [{**row, **printed_of_model(str(row["model"]))} for row in within(made["table3"], Boundary.PUBLISHED)]
        lengths, models = made["table4"], [str(row["model"]) for row in rows]
        return self._section(
            "multi-purpose",
            empty=not rows,
            tables=(
                self._table("table3", made["table3"], rows),
                lengths_by_model(self.words, "table4", lengths, "output", models),
                lengths_by_model(self.words, "table4-input", lengths, "input", models),
            ),
            figures=(
                figure_views.multi_purpose(self.figures, made["figure5"]),
                figure_views.output_length(self.figures, made["figure6"]),
            ),
        )

    def _quality(self) -> Section:
        made = self.material.tables
        rows = made["appendix_b"].records()
        return self._section(
            "quality",
            empty=not rows,
            tables=(
                self._table("appendix_b", made["appendix_b"], rows, long=True, medium="page"),
                *quality_by_task(self.words, rows),
            ),
            figures=(figure_views.quality(self.figures, made["figure4"]),),
        )

    def _boundaries(self) -> Section:
        made = self.material.tables
        rows = made["table2"].records()
        budgets = [
            {**row, **self._cell_names(row["cell_id"])}
            for row in made["uncertainty"].records()
            if row["combined"] is not None
        ]
        return self._section(
            "boundaries",
            empty=not rows,
            tables=(
                self._table("boundaries", made["table2"], _by_task(rows), source=""),
                self._table("uncertainty", made["uncertainty"], budgets, long=True, medium="page"),
            ),
            figures=(figure_views.boundaries(self.figures, rows),),
            items=tuple(Text(sentence) for sentence in self._provenances(rows)),
        )

    def _provenances(self, rows: list[dict[str, Value]]) -> Iterator[str]:
        """How the energies within each boundary came about."""
        for boundary in Boundary:
            found = dict.fromkeys(str(row["provenance"]) for row in rows if row["boundary"] == boundary.value)
            parts = dict.fromkeys(part for text in found for part in text.split("; "))
            if parts:
                said = "; ".join(self.words.tables.provenance(part) for part in parts)
                yield self.words.t("provenance.of", boundary=self.words.tables.word(boundary.value), said=said)

    def _deviations(self) -> Section:
        items = tuple(self.words.english(text) for text in self.material.record.deviations)
        return self._section("deviations", empty=not items, items=items)

    def _data_quality(self) -> Section:
        made = self.material.tables["quality"]
        return self._section(
            "data-quality", empty=not made.rows, tables=(self._table("quality", made, made.records()),)
        )

    def _audit(self) -> Section:
        replayed = self.material.record.origin is Origin.REPLAYED
        section = self._section("audit", empty=not self.material.findings)
        if replayed:
            return section
        return self._section(
            "audit", lead=(Text(self.words.t("section.audit.measured")),), empty=not self.material.findings
        )

    def _provenance(self) -> Section:
        record = self.material.record
        facts = (*source_facts(self.words, record), *host_facts(self.words, record))
        states = self.material.tables["host_states"]
        stood = self._table("host_states", states, states.records(), long=True, medium="page")
        return self._section("provenance", facts=facts, empty=not facts, tables=(stood,))

    def _appendix(self) -> Section:
        made = self.material.tables
        cells = within(made["cells"], Boundary.PUBLISHED)
        used = [row for row in cells if row["unused"] is None]
        others = [row for row in cells if row["unused"] is not None]
        models = within(made["models"], Boundary.PUBLISHED)
        return self._section(
            "appendix",
            empty=not cells,
            lead=(Text(self.words.t("section.appendix.unused", n=len(others))),) if others else (),
            tables=(
                self._table("cells", made["cells"], used, long=True, medium="page"),
                *cells_by_task(self.words, used),
                self._table("unused", made["cells"], others, layout=_UNUSED, source="", long=True, medium="page"),
                self._table("models", made["models"], models, long=True, medium="page"),
            ),
        )

    def _table(
        self,
        name: str,
        table: Table,
        rows: list[dict[str, Value]],
        *,
        layout: tuple[Shown, ...] | None = None,
        source: str | None = None,
        long: bool = False,
        medium: str = "both",
    ) -> TableView | None:
        if not rows:
            return None
        return self.words.tables.view(name, table, rows, layout=layout, source=source, long=long, medium=medium)

    def _cell_names(self, cell_id: Value) -> Row:
        cell = self.material.record.cells.get(str(cell_id))
        if cell is None:
            return {}
        return {"model": cell.model.id, "dataset": cell.dataset.key, "task": cell.task.value}


def _by_task(rows: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """A row a task with the figures of all its boundaries side by side."""
    tasks: dict[Value, dict[str, Value]] = {}
    for row in rows:
        merged = tasks.setdefault(row["task"], {"task": row["task"]})
        boundary = row["boundary"]
        merged |= {f"{boundary}_mean": row["mean_kwh"]}
        merged |= {f"{boundary}_low": row["ci_low_kwh"], f"{boundary}_high": row["ci_high_kwh"]}
        if boundary == Boundary.NET.value:
            merged |= {"idle_low_kwh": row["idle_low_kwh"], "idle_high_kwh": row["idle_high_kwh"]}
    return list(tasks.values())
