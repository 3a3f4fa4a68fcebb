"""The journal keeps whole runs, refuses doubles, and gives back what it was given."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from kit.errors import InputError, MeasurementError, SchemaError, StorageError
from kit.journal import JOURNAL_NAME, Journal, read_record, require_sound, snapshot
from kit.model.readings import Provenance, Reading
from kit.model.record import HostState, Lengths, Origin, Quality
from kit.model.runs import Failed, Grid, Measured, Phase, Run, Skipped, Window, Work
from kit.model.study import (
    Architecture,
    Cell,
    Dataset,
    Family,
    Generation,
    Model,
    PlannedCell,
    Protocol,
    Study,
    Task,
)


def cell(dataset: str = "c4") -> Cell:
    model = Model(
        id="bert", current_id="org/bert", tasks=(Task.FILL_MASK,), family=Family.TASK_SPECIFIC,
        architecture=Architecture.ENCODER,
    )  # fmt: skip
    data = Dataset(
        key=dataset, id=dataset, current_id=f"org/{dataset}", tasks=(Task.FILL_MASK,), split="train",
        fields=("text",),
    )  # fmt: skip
    protocol = Protocol(pipeline="fill-mask", inferences=10, preprocessing="field", generation=Generation(num_beams=1))
    return Cell(task=Task.FILL_MASK, model=model, dataset=data, protocol=protocol)


def study(*cells: Cell, repetitions: int = 2) -> Study:
    return Study(
        name="s", title="t", description="d", device="cpu", country="USA", region=None, time_limit_s=60.0, seed=1,
        deviations=("random weights",),
        cells=tuple(PlannedCell(cell=item, repetitions=repetitions) for item in cells),
    )  # fmt: skip


def run(cell_id: str, repetition: int, run_id: str) -> Run:
    readings = (
        Reading("cpu", 4.5, Provenance.MODEL, "codecarbon 3.3.2", 0.1),
        Reading("ram", 2.5, Provenance.CONSTANT, "codecarbon 3.3.2"),
    )
    grid = Grid("USA", "oregon", None, 0.5)
    windows = (
        Window(Phase.LOAD, "2026-01-01T00:00:00+00:00", 1.0, readings),
        Window(Phase.QUERY, "2026-01-01T00:00:01+00:00", 2.0, readings, Work(10, 50, None, None, 10), 1.9, 0.4, grid),
    )
    return Run(run_id, cell_id, repetition, "h", Measured(windows))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal.create(tmp_path, study(cell(), cell("oscar")), Origin.MEASURED)
    journal.add_host({"cpu": "x"}, "h")
    return journal


def test_what_goes_in_comes_out_the_same(journal: Journal, tmp_path: Path) -> None:
    first = cell()
    runs = (
        run(first.cell_id, 1, "a"),
        Run("b", first.cell_id, 2, "h", Failed("out of memory")),
        Run("c", first.cell_id, 2, "h", Skipped("over budget")),
    )
    journal.add_runs(runs)
    journal.add_lengths([Lengths(first.cell_id, (3, 4), (1, 1))])
    journal.add_quality([Quality("bert", "c4", "fill-mask", "accuracy", 0.5)])
    journal.add_deviation("forced")
    journal.add_deviation("forced")
    journal.close()

    record = read_record(tmp_path)

    assert record.runs == runs
    assert record.study == study(cell(), cell("oscar"))
    assert record.cells[first.cell_id] == first
    assert record.lengths == (Lengths(first.cell_id, (3, 4), (1, 1)),)
    assert record.quality[0].value == 0.5
    assert record.deviations == ("forced", "random weights")
    assert record.hosts == {"h": {"cpu": "x"}}


def test_missing_counts_what_was_planned_and_not_measured(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a"), Run("b", cell().cell_id, 2, "h", Failed("broke"))])
    missing = {(found.dataset.key, count) for found, count in read_record(tmp_path).missing}
    assert missing == {("c4", 1), ("oscar", 2)}


def test_a_repetition_cannot_be_measured_twice(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a")])
    with pytest.raises(MeasurementError, match="refuses a run"):
        journal.add_runs([run(cell().cell_id, 1, "b")])
    assert len(read_record(tmp_path).runs) == 1


def test_a_batch_with_one_bad_run_leaves_nothing(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(MeasurementError):
        journal.add_runs([run(cell().cell_id, 1, "a"), run("no such cell", 1, "b")])
    assert read_record(tmp_path).runs == ()


def test_a_negative_energy_is_refused(journal: Journal) -> None:
    good = run(cell().cell_id, 1, "a")
    assert isinstance(good.outcome, Measured)
    bad = replace(good.outcome.windows[0], readings=(Reading("cpu", -1.0, Provenance.COUNTER, "m"),))
    with pytest.raises(MeasurementError):
        journal.add_runs([replace(good, outcome=Measured((bad,)))])


def test_an_unused_run_may_repeat_a_repetition(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a"), replace(run(cell().cell_id, 1, "b"), use="not resized")])
    assert [found.use for found in read_record(tmp_path).runs] == [None, "not resized"]
    assert journal.measured() == {(cell().cell_id, 1)}


def test_a_newer_journal_is_refused_with_both_versions(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    with sqlite3.connect(tmp_path / JOURNAL_NAME) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    connection.close()
    with pytest.raises(SchemaError, match=r"version 99.*up to 2"):
        read_record(tmp_path)


def of_version_1(folder: Path) -> None:
    """Take away from a journal what version 2 added."""
    with sqlite3.connect(folder / JOURNAL_NAME) as connection:
        connection.executescript("DROP TABLE note; DROP TABLE state; UPDATE meta SET value = '1' WHERE key LIKE 'sch%'")
    connection.close()


def test_a_journal_of_version_1_is_read_as_it_lies(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a")])
    journal.close()
    whole = read_record(tmp_path)
    of_version_1(tmp_path)
    before = (tmp_path / JOURNAL_NAME).read_bytes()
    assert read_record(tmp_path) == whole
    assert (tmp_path / JOURNAL_NAME).read_bytes() == before


def edit(folder: Path, sql: str) -> None:
    """Do to a journal what its maker did not."""
    with sqlite3.connect(folder / JOURNAL_NAME) as connection:
        connection.executescript(sql)
    connection.close()


@pytest.mark.parametrize(
    ("sql", "odd"),
    [
        ("CREATE TABLE note (whatever TEXT)", "note"),
        ("CREATE TRIGGER on_upgrade AFTER UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'it ran'); END", "on_upgrade"),
    ],
)
def test_what_somebody_added_to_a_journal_of_version_1_is_refused_before_it_runs(
    journal: Journal, tmp_path: Path, sql: str, odd: str
) -> None:
    journal.close()
    of_version_1(tmp_path)
    edit(tmp_path, sql)
    before = (tmp_path / JOURNAL_NAME).read_bytes()
    for opened in (read_record, Journal.open):
        with pytest.raises(InputError, match=f"not the tables of the kit's journal: '{odd}'"):
            opened(tmp_path)
    assert (tmp_path / JOURNAL_NAME).read_bytes()[100:] == before[100:]


@pytest.mark.parametrize("sql", ["CREATE VIEW mine AS SELECT 1 AS one", "CREATE TABLE mine (a)", "DROP INDEX run_once"])
def test_a_journal_with_more_or_less_than_the_kits_tables_is_refused(
    journal: Journal, tmp_path: Path, sql: str
) -> None:
    journal.close()
    edit(tmp_path, sql)
    for opened in (read_record, lambda folder: snapshot(folder, tmp_path / "copy")):
        with pytest.raises(InputError, match="not the tables of the kit's journal"):
            opened(tmp_path)


def test_a_name_that_would_steer_the_terminal_is_written_out(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    edit(
        tmp_path,
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES ('table', char(27) || '[2J', 'x', 99, 'no')",
    )
    with pytest.raises(InputError, match=r"not a journal of the kit \(malformed database schema \(\\x1b"):
        read_record(tmp_path)


def test_a_view_in_place_of_a_table_is_never_asked(journal: Journal, tmp_path: Path) -> None:
    """Its answer could be one without an end; this one is an error."""
    journal.close()
    overflow = "abs(-9223372036854775807 - 1)"
    edit(tmp_path, f"DROP TABLE meta; CREATE VIEW meta AS SELECT 'schema_version' AS key, {overflow} AS value")
    with pytest.raises(InputError, match=r"not a journal of the kit$"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("INSERT INTO deviation VALUES (x'00')", "deviation.sentence holds what is no text"),
        ("INSERT INTO quality VALUES ('m', 'd', 't', 'x', 'much')", "quality.value holds what is no real"),
        ("UPDATE cell SET position = 'first'", "cell.position holds what is no integer"),
    ],
)
def test_a_value_of_another_type_is_no_sound_journal(journal: Journal, tmp_path: Path, sql: str, reason: str) -> None:
    journal.close()
    require_sound(tmp_path)
    edit(tmp_path, sql)
    with pytest.raises(InputError, match=reason):
        require_sound(tmp_path)


def test_two_tables_in_the_same_pages_are_no_sound_journal(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    same = "(SELECT rootpage FROM sqlite_master WHERE name = 'quality')"
    edit(
        tmp_path,
        f"PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = {same} WHERE name = 'deviation'",
    )
    with pytest.raises(InputError, match=r"the journal is damaged$"):
        require_sound(tmp_path)


@pytest.mark.parametrize("sql", ["DELETE FROM meta", "UPDATE meta SET value = '0' WHERE key = 'schema_version'"])
def test_a_journal_without_a_version_is_refused(journal: Journal, tmp_path: Path, sql: str) -> None:
    journal.close()
    edit(tmp_path, sql)
    with pytest.raises(InputError, match="without a schema version"):
        read_record(tmp_path)


NESTED = "[" * 100_000


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO lengths SELECT cell_id, '5', '5' FROM cell",
        f"INSERT INTO lengths SELECT cell_id, '{NESTED}', '[]' FROM cell",
        f"UPDATE host SET record = '{NESTED}'",
        f"UPDATE meta SET value = '{NESTED}' WHERE key IN ('study', 'source')",
        "UPDATE cell SET definition = '{}'",
    ],
)
def test_json_of_another_form_is_damage_told_in_one_line(journal: Journal, tmp_path: Path, sql: str) -> None:
    journal.close()
    edit(tmp_path, sql)
    with pytest.raises(InputError, match=r"^[^\n]*damaged[^\n]*$"):
        read_record(tmp_path)


def test_a_journal_of_version_1_can_be_gone_on_with(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    of_version_1(tmp_path)
    noted = run(cell().cell_id, 1, "a")
    assert isinstance(noted.outcome, Measured)
    windows = tuple(replace(window, notes=("It was hot.", "And dry.")) for window in noted.outcome.windows)
    noted = replace(noted, outcome=Measured(windows))
    state = HostState(
        host_id=noted.host_id, moment="before", taken_at="2025-01-01T00:00:00+00:00", model="m", values={"gpus": []}
    )
    with Journal.open(tmp_path) as upgraded:
        upgraded.add_runs([noted])
        upgraded.add_state(state)
    record = read_record(tmp_path)
    assert record.runs == (noted,)
    assert record.states == (state,)


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look at" * 50])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL_NAME).write_bytes(content)
    with pytest.raises(InputError, match="not a journal"):
        read_record(tmp_path)


def test_a_folder_without_a_journal_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no journal here"):
        read_record(tmp_path)


def test_a_damaged_journal_is_an_input_error(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a")])
    journal.close()
    with sqlite3.connect(tmp_path / JOURNAL_NAME) as connection:
        connection.execute("UPDATE window SET phase = 'unheard of'")
    connection.close()
    with pytest.raises(InputError, match="damaged"):
        read_record(tmp_path)


def test_a_cell_has_the_same_id_from_plan_and_journal(journal: Journal, tmp_path: Path) -> None:
    record = read_record(tmp_path)
    assert [found.cell_id for found in record.cells.values()] == list(record.cells)
    assert record.study.study_id == study(cell(), cell("oscar")).study_id


def test_a_full_disk_is_told_as_one_and_what_was_whole_stays(journal: Journal, tmp_path: Path) -> None:
    journal.add_runs([run(cell().cell_id, 1, "a")])
    journal._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way to have no more room
    many = [run(cell().cell_id, repetition, f"run-{repetition}") for repetition in range(2, 200)]
    with pytest.raises(StorageError, match="no space left on the disk"):
        journal.add_runs(many)
    assert [item.run_id for item in read_record(tmp_path).runs] == ["a"]
