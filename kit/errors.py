"""The one error base of the kit, and the exit code of each kind.

Nothing below the command line prints or exits: it raises one of these. The
command line turns it into one line of message, one of advice, and the code.
"""

from __future__ import annotations

from typing import ClassVar


class KitError(Exception):
    """Something that the user can act on.

    Args:
        message: one line that says what is wrong, naming file, key or row.
        advice: one line that says what to do about it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class InputError(KitError):
    """A file from outside (a release, a table, an archive) is not what it should be."""

    exit_code = 2


class StudyError(KitError):
    """A study, profile or catalogue file is wrong, or does not exist."""

    exit_code = 3


class StorageError(KitError):
    """A folder cannot be written, or the disk is full."""

    exit_code = 4


class PlatformError(KitError):
    """Python, a system library or a package is missing or unsupported."""

    exit_code = 5


class ResumeError(KitError):
    """A run folder holds another study, or another process is at work in it."""

    exit_code = 6


class MeasurementError(KitError):
    """A meter, a workload or a child process failed."""

    exit_code = 7


class SchemaError(KitError):
    """A file was written by a newer version of the kit, or is not one of its files."""

    exit_code = 8


class IncompleteError(KitError):
    """The study ended with cells that failed or were cut by their time limit."""

    exit_code = 9


class NetworkError(KitError):
    """A service on the network cannot be reached, or is not to be asked."""

    exit_code = 10


class VerificationError(KitError):
    """An archive is not what its signature, or its own raw data, say that it should be."""

    exit_code = 13
