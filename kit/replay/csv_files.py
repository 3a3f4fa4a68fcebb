"""Reading CSV that nobody vouches for: bounded, complete, and every mistake with file, line and column."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from kit.errors import InputError

MAX_BYTES: Final = 16 * 2**20
MAX_NUMBER: Final = 1e9
"""Seconds, kilowatt-hours and kilograms of a run are far below it."""
MIN_NUMBER: Final = 1e-12
"""And far above it: a power over less would not be finite."""
NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)
ADVICE: Final = "fetch the release anew, or set bad files aside with --quarantine"


@dataclass(frozen=True, slots=True)
class Row:
    """One row and where it stands."""

    name: str
    line: int
    values: Mapping[str, str]

    def error(self, column: str, message: str) -> InputError:
        """The error of one column of this row."""
        return InputError(f"{self.name}, line {self.line}, column {column}: {message}", ADVICE)

    def text(self, column: str) -> str:
        """The text of a column, not empty."""
        value = self.values[column].strip()
        if not value:
            raise self.error(column, "empty")
        return value

    def positive(self, column: str) -> float:
        """A finite number above zero: no energy or duration of a real run is anything else."""
        text = self.text(column)
        try:
            number = float(text)
        except ValueError as error:
            raise self.error(column, f"{text!r:.40} is not a number") from error
        if not math.isfinite(number) or number <= 0:
            raise self.error(column, f"{text!r:.40} is not a finite number above zero")
        if NUMBER.fullmatch(text) is None:  # Python also takes 1_0 and digits of other scripts
            raise self.error(column, f"{text!r:.40} is not a number")
        if number > MAX_NUMBER:
            raise self.error(column, f"{text!r:.40} is more than any run can have")
        if number < MIN_NUMBER:
            raise self.error(column, f"{text!r:.40} is less than any run can have")
        return number

    def share(self, column: str) -> float:
        """A number above zero and at most one."""
        number = self.positive(column)
        if number > 1:
            raise self.error(column, f"{self.text(column)!r:.40} is more than one")
        return number

    def count(self, column: str, *, least: int = 0) -> int:
        """A whole number, not below `least`."""
        text = self.text(column)
        if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) < least:
            raise self.error(column, f"{text!r:.40} is not a count")
        return int(text)

    def moment(self, column: str) -> str:
        """A date and time without a zone, in ISO 8601, as it stands."""
        text = self.text(column)
        try:
            if MOMENT.fullmatch(text) is None:
                raise ValueError(text)
            datetime.fromisoformat(text)
        except ValueError as error:
            raise self.error(column, f"{text!r:.40} is no date and time") from error
        return text


def shown_name(path: Path) -> str:
    """The last part of a path for a message of one line, whatever characters it has."""
    return path.name if path.name.isprintable() else ascii(path.name)


def load(path: Path) -> bytes:
    """The content of a file, not more than `MAX_BYTES`.

    Raises:
        InputError: if it cannot be read or is larger.
    """
    name = shown_name(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})", ADVICE) from error
    if len(raw) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES // 2**20} MiB, no file of the release is", ADVICE)
    return raw


def read_rows(name: str, raw: bytes, columns: Sequence[str], *, ended: bool = True) -> Iterator[Row]:
    """The rows of CSV that has at least the wanted columns.

    Args:
        name: how the file is called in messages.
        ended: whether the last line has to end; a program's output does, a table edited by hand need not.

    Raises:
        InputError: naming file, line and column.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{name}, line {line}: not UTF-8", ADVICE) from error
    if ended and not text.endswith("\n"):
        raise InputError(f"{name}, line {text.count(chr(10)) + 1}: cut in the middle of a line", ADVICE)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise InputError(f"{name}, line 1: no column {missing[0]!r}; this is not a file of the release", ADVICE)
        if len(set(header)) != len(header):
            raise InputError(f"{name}, line 1: a column stands twice", ADVICE)
        for fields in reader:
            if len(fields) != len(header):
                raise InputError(
                    f"{name}, line {reader.line_num}: {len(fields)} fields under {len(header)} columns", ADVICE
                )
            yield Row(name, reader.line_num, dict(zip(header, fields, strict=True)))
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: {error}", ADVICE) from error
