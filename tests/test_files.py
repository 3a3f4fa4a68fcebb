"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from kit.errors import StorageError
from kit.files import make_folder, make_place, storage_error, write_bytes, write_text


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "one")
    write_text(tmp_path / "a.txt", "zwei \N{SNOWMAN}")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "zwei \N{SNOWMAN}"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "a.txt", "old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="no space left"):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="No such file"):
        write_bytes(tmp_path / "no" / "a", b"")


def test_a_file_in_the_place_of_a_folder_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StorageError, match="File exists"):
        make_folder(tmp_path / "a")


def test_a_place_for_a_file_is_made_with_its_folder_and_refused_where_a_folder_lies(tmp_path: Path) -> None:
    place = make_place(tmp_path / "new" / "a.txt")
    assert place.parent.is_dir()
    assert not place.exists()
    with pytest.raises(StorageError, match="new: Is a directory"):
        make_place(tmp_path / "new")


def test_the_mode_is_as_asked(tmp_path: Path) -> None:
    write_text(tmp_path / "key", "secret", mode=0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_quota_counts_as_a_full_disk(tmp_path: Path) -> None:
    assert "no space left" in storage_error(tmp_path, OSError(errno.EDQUOT, "quota")).message
