"""Lines from a pipe, and silence made audible."""

from __future__ import annotations

import os
import selectors
from collections.abc import Iterator
from typing import IO


def lines_or_silence(pipe: IO[bytes], every_s: float) -> Iterator[str | None]:
    """Whole lines as they come; None whenever nothing came for `every_s` seconds; ends with the pipe.

    A last line that was cut is dropped: its sender died in the middle of it.
    """
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(every_s):
                yield None
                continue
            part = os.read(pipe.fileno(), 65_536)
            if not part:
                return
            *lines, rest = (rest + part).split(b"\n")
            yield from (line.decode() for line in lines)
