"""Being asked to end by SIGTERM, as a spot machine is two minutes before it goes: an orderly end, and how to go on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

TERMINATED: Final = 128 + signal.SIGTERM
"""Exit code after SIGTERM: 143, as a shell has it."""


class TerminatedError(BaseException):
    """SIGTERM came. It is no fault, so that nothing that handles faults takes it for one."""


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Within this, SIGTERM raises TerminatedError in the main thread; a second one changes nothing."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
