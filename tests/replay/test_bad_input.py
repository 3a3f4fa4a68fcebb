"""Files that lie: each mistake is named by file, line and column, in one line, and nothing else can happen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.errors import InputError
from kit.replay import csv_files, read_release
from kit.replay.cells import NO_READABLE_FILE
from tests.replay.small import copy_small, edit, first_base, rewrite

RESULTS = Path("data", "emissions", "complete", "text_classif_sst2.csv")
BLOOMZ = Path("data", "emissions", "complete", "zeroshot_sentiment_sst2_bloomz.csv")
LENGTHS = Path("data", "lengths", "complete", "sst2.csv")
QUALITY = Path("eval", "performance.csv")


def test_a_small_release_is_read(small: Path) -> None:
    release = read_release(small)
    assert len(release.runs) == 120
    assert all(run.use is None for run in release.runs)
    assert (len(release.lengths), len(release.quality), release.quarantined) == (4, 144, ())


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("gpu_energy", "much", "'much' is not a number"),
        ("gpu_energy", "nan", "'nan' is not a finite number above zero"),
        ("cpu_energy", "inf", "'inf' is not a finite number above zero"),
        ("ram_energy", "-1", "'-1' is not a finite number above zero"),
        ("duration", "0", "'0' is not a finite number above zero"),
        ("duration", "1_0", "'1_0' is not a number"),
        ("duration", "\u0661", "is not a number"),
        ("duration", "1e300", "'1e300' is more than any run can have"),
        ("duration", "1e-320", "'1e-320' is less than any run can have"),
        ("energy_consumed", "1", "not the sum of its components"),
        ("timestamp", "yesterday", "'yesterday' is no date and time"),
        ("timestamp", "2023-02-30T10:00:00", "is no date and time"),
        ("task_name", "sing", "'sing' is no phase of the release"),
        ("run_id", "another", "not that of the file's name"),
        ("project_name", "", "empty"),
        ("project_name", "no\nbody", r"'no\nbody' is no model of the paper or its release"),
        ("gpu_count", "8.5", "'8.5' is not a count"),
        ("gpu_count", "0", "'0' is not a count"),
        ("ram_total_size", "plenty", "'plenty' is not a number"),
    ],
)
def test_a_bad_field_is_named_with_file_line_and_column(small: Path, column: str, value: str, message: str) -> None:
    path = first_base(small)
    edit(path, column, value)
    line = 3 if "\n" in value else 2
    said = refused(small)
    assert said.startswith(f"{path.name}, line {line}, column {column}: ")
    assert message in said


def refused(small: Path) -> str:
    """What is said when a release is refused."""
    with pytest.raises(InputError) as caught:
        read_release(small)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_phase_that_stands_twice_and_a_change_of_model_are_told(small: Path) -> None:
    path = first_base(small)
    whole = path.read_bytes()
    edit(path, "task_name", "load model", line=2)
    assert "line 3, column task_name: the phase stands twice" in refused(small)
    path.write_bytes(whole)
    edit(path, "project_name", "gpt2", line=2)
    assert "line 3, column project_name: another model than in the line before" in refused(small)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda whole: whole.replace(b"gpu_energy", b"gpu_energie"), "line 1: no column 'gpu_energy'"),
        (lambda whole: whole.replace(b"longitude", b"latitude"), "line 1: a column stands twice"),
        (lambda whole: whole[:-20], "line 3: cut in the middle of a line"),
        (lambda whole: whole.replace(b"United States", b"\xff\xfe"), "line 2: not UTF-8"),
        (lambda whole: whole.decode().encode("utf-16"), "line 1: not UTF-8"),
        (lambda whole: whole.splitlines(keepends=True)[0], "no row of the phase 'query model'"),
        (lambda whole: b"".join(whole.splitlines(keepends=True)[:2]), "no row of the phase 'query model'"),
        (lambda _: b"", "cut in the middle of a line"),
        (lambda _: b'{"emissions": 1}\n', "this is not a file of the release"),
        (lambda _: b"x" * (csv_files.MAX_BYTES + 1), "larger than 16 MiB"),
        (lambda whole: whole + b"query model,1\n", "line 4: 2 fields under 31 columns"),
        (lambda whole: whole + b'"never closed\n', "unexpected end of data"),
        (lambda whole: whole + b"x" * 200_000 + b"\n", "field larger than field limit"),
    ],
)
def test_a_spoilt_file_is_told(small: Path, spoil: Callable[[bytes], bytes], message: str) -> None:
    path = first_base(small)
    path.write_bytes(spoil(path.read_bytes()))
    said = refused(small)
    assert path.name in said
    assert message in said


def test_what_a_desktop_leaves_in_a_folder_is_no_part_of_a_release(small: Path) -> None:
    for path in (first_base(small), small / RESULTS, small / LENGTHS):
        path.with_name(".DS_Store").write_bytes(b"\0")
        path.with_name(f"._{path.name}").write_bytes(b"\0")
    assert len(read_release(small).runs) == 120


def test_a_run_without_a_base_file_is_told(small: Path) -> None:
    gone = first_base(small)
    gone.unlink()
    run_id = gone.stem.removeprefix("emissions_base_")
    said = refused(small)
    assert "column run_id" in said
    assert f"'{run_id}' is in no base file" in said


def test_a_run_in_two_results_is_told(small: Path) -> None:
    shutil.copy(small / RESULTS, small / RESULTS.with_name("text_classif_imdb.csv"))
    assert "text_classif_sst2.csv, line 2, column run_id" in refused(small)
    (small / RESULTS.with_name("text_classif_imdb.csv")).unlink()
    text = (small / RESULTS).read_text(encoding="utf-8")
    (small / RESULTS).write_text(text + text.splitlines(keepends=True)[1], encoding="utf-8")
    assert "line 82, column run_id" in refused(small)


def test_a_model_that_nobody_names_is_told(small: Path) -> None:
    edit(small / RESULTS, "project_name", "nobody/nothing", line=5)
    assert refused(small).startswith("text_classif_sst2.csv, line 6, column project_name: 'nobody/nothing' is no model")


def test_files_of_another_tool_and_empty_folders_are_told(small: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no release here"):
        read_release(tmp_path / "nowhere")
    for folder, name, message in (
        ("data/emissions/complete", "results.csv", "not a results file"),
        ("data/emissions/complete", "text_classif_sst2.json", "not a results file"),
        ("data/emissions/base", "notes.txt", "not a base file"),
        ("data/emissions/base", "a\nb.csv", r"'a\nb.csv': not a base file"),
        ("data/emissions/base", os.fsdecode(b"\xff.csv"), r"'\udcff.csv': not a base file"),
        ("data/lengths/complete", "poems.csv", "not a lengths file"),
    ):
        extra = small / folder / name
        extra.write_text("a,b\n1,2\n", encoding="utf-8")
        assert message in refused(small)
        extra.unlink()
    shutil.rmtree(small / "data" / "emissions" / "base")
    (small / "data" / "emissions" / "base").mkdir()
    assert "empty" in refused(small)


def test_lengths_that_cannot_be_are_told(small: Path) -> None:
    path = small / LENGTHS
    whole = path.read_bytes()
    shutil.copy(path, path.with_name("sst2_flan.csv"))
    assert refused(small) == "sst2_flan.csv: lengths that another file holds, too"
    path.with_name("sst2_flan.csv").unlink()
    edit(path, "Output", "-1", line=7)
    assert refused(small) == "sst2.csv, line 8, column Output: '-1' is not a count"
    path.write_bytes(whole)
    edit(path, "dataset", "imdb", line=7)
    assert refused(small) == "sst2.csv, line 8, column dataset: 'imdb' in a file of 'sst'"
    path.write_bytes(whole)
    edit(path, "model", "bigscience/bloomz-1b7", line=7)
    assert "under two names" in refused(small)


def test_quality_that_cannot_be_is_told(small: Path) -> None:
    path = small / QUALITY
    whole = path.read_bytes()
    edit(path, "sst2 (acc)", "92.4")
    assert refused(small) == "performance.csv, line 2, column sst2 (acc): '92.4' is more than one"
    path.write_bytes(whole + b"\n" + whole.splitlines()[1] + b"\n")
    assert "has a value in a line above" in refused(small)
    path.unlink()
    assert read_release(small).quality == ()


# ---- set aside ----


def test_a_bad_base_file_is_set_aside_alone(small: Path) -> None:
    path = first_base(small)
    edit(path, "gpu_energy", "much")
    release = read_release(small, quarantine=True)
    assert release.quarantined == (f"{path.name}, line 2, column gpu_energy: 'much' is not a number",)
    assert release.source["files_set_aside"] == 1
    assert len(release.runs) == 119
    assert all(run.use is None for run in release.runs)


def test_a_bad_results_file_leaves_its_runs_without_a_place(small: Path) -> None:
    edit(small / RESULTS, "energy_consumed", "-3", line=80)
    release = read_release(small, quarantine=True)
    assert len(release.quarantined) == 1
    assert len(release.runs) == 120
    assert {run.use for run in release.runs} == {None, NO_READABLE_FILE}
    assert sum(run.use is None for run in release.runs) == 40


def test_strangers_are_set_aside(small: Path) -> None:
    for folder in ("data/emissions/base", "data/emissions/complete", "data/lengths/complete"):
        (small / folder / "stranger.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    release = read_release(small, quarantine=True)
    assert len(release.quarantined) == 3
    assert len(release.runs) == 120
    assert len(release.lengths) == 4


def test_bad_lengths_and_quality_are_set_aside(small: Path) -> None:
    edit(small / LENGTHS, "Input", "few")
    edit(small / QUALITY, "sst2 (acc)", "nan")
    release = read_release(small, quarantine=True)
    assert [text.partition(",")[0] for text in release.quarantined] == ["sst2.csv", "performance.csv"]
    assert (release.lengths, release.quality) == ((), ())


def test_a_release_of_which_nothing_is_left_is_refused(small: Path) -> None:
    for path in (small / "data" / "emissions" / "base").iterdir():
        path.write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="no file in it could be used; the first: emissions_base_"):
        read_release(small, quarantine=True)


# ---- whatever else ----


@pytest.fixture(scope="module")
def tiny(paper_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one model in one results file, four lengths and the quality table: quick to read again and again."""
    small = copy_small(paper_data, tmp_path_factory.mktemp("tiny"))
    (small / BLOOMZ).unlink()
    path = small / RESULTS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:3]), encoding="utf-8")
    kept = {line.split(",")[2] for line in lines[1:3]}
    for base in (small / "data" / "emissions" / "base").iterdir():
        if base.stem.removeprefix("emissions_base_") not in kept:
            base.unlink()
    counts: dict[str, int] = {}
    path = small / LENGTHS
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for line in lines[1:]:
        counts[line] = counts.get(line, 0) + 1
    path.write_text("".join(lines[:5]), encoding="utf-8")
    return small


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, 4),
    position=st.floats(0, 1),
    junk=st.one_of(
        st.binary(max_size=8),
        st.sampled_from([b",", b"\n", b'"', b"\r", b"\0", b"-", b"e9", b"nan", b"\xef\xbb\xbf", b'"\n"', b"=1+1"]),
    ),
    cut=st.integers(0, 60),
    quarantine=st.booleans(),
)
def test_a_mutated_file_gives_a_release_or_a_clear_error(
    tiny: Path, which: int, position: float, junk: bytes, cut: int, quarantine: bool
) -> None:
    bases = sorted((tiny / "data" / "emissions" / "base").iterdir())
    path = [*bases, tiny / RESULTS, tiny / LENGTHS, tiny / QUALITY][which]
    whole = path.read_bytes()
    place = int(position * len(whole))
    path.write_bytes(whole[:place] + junk + whole[place + cut :])
    said: tuple[str, ...]
    try:
        release = read_release(tiny, quarantine=quarantine)
        said, refused_it, left = release.quarantined, False, len(release.runs)
    except InputError as error:
        said, refused_it, left = (error.message,), True, 0
    finally:
        path.write_bytes(whole)
    assert all(text.isprintable() and path.name in text for text in said)
    assert refused_it is (left == 0)
    assert not (refused_it and quarantine)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.sampled_from(["duration", "emissions", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed"]),
    value=st.one_of(
        st.floats(max_value=0).map(repr),
        st.sampled_from(["nan", "inf", "-inf", "", " ", "1,5", "0x10", "1e400", "None", "0.0", "-0.0", "1__0"]),
    ),
)
def test_no_energy_that_cannot_be_gets_through(tiny: Path, column: str, value: str) -> None:
    path = first_base(tiny)
    whole = path.read_bytes()

    def change(row: dict[str, str]) -> None:
        row[column] = value

    rewrite(path, change)
    try:
        with pytest.raises(InputError, match=f"{path.name}, line 2, column {column}: "):
            read_release(tiny)
    finally:
        path.write_bytes(whole)
