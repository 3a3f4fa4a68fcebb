"""What surrounds CodeCarbon in a process: its logger, which is kept from the terminal, and its lock file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from kit.errors import MeasurementError

KEPT_MESSAGES = 100


class _Collector(logging.Handler):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._messages) < KEPT_MESSAGES:
            self._messages.append(" ".join(record.getMessage().split()))


@contextmanager
def captured_log(messages: list[str]) -> Iterator[None]:
    """Collect CodeCarbon's warnings and errors, and keep them from the terminal.

    CodeCarbon hangs a handler for the terminal on its logger when it is
    imported and again with each tracker; none of them is left afterwards. (The
    constructor of a tracker writes to what stands for stderr while it runs.)
    """
    logger = logging.getLogger("codecarbon")
    collector = _Collector(messages)
    logger.handlers = [collector]
    try:
        yield
    finally:
        logger.handlers = [logging.NullHandler()]


def refuse_other_tracker() -> None:
    """Refuse to measure beside another CodeCarbon tracker that holds the machine, or that left its lock behind.

    Raises:
        MeasurementError: if there is a lock file; it says whose and since when, as the file itself is empty.
    """
    from codecarbon.lock import LOCKFILE

    path = Path(LOCKFILE)
    try:
        state = path.stat()
        owner = path.owner()
    except FileNotFoundError:
        return
    except KeyError:
        owner = f"user {state.st_uid}"
    since = datetime.fromtimestamp(state.st_mtime).astimezone().isoformat(timespec="seconds")
    raise MeasurementError(
        f"{path}: a lock of another CodeCarbon tracker, made by {owner} at {since}",
        "end that process; if none is running, it was killed and left the file behind: delete it",
    )
