"""How long a user waits: start-up of commands, analysis and report of a run, as whole processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kit.journal import Journal
from tests import builders

TIMES = 5


def main() -> None:
    """Print the median of each command's wall time and its peak memory."""
    record = builders.record()
    folder = Path(tempfile.mkdtemp()) / "run"
    folder.mkdir()
    with Journal.create(folder, record.study, record.origin) as journal:
        for host_id, host in record.hosts.items():
            journal.add_host(host, host_id)
        journal.add_runs(record.runs)
    for arguments in (["--help"], ["catalog"], ["plan", "paper"], ["analyse", str(folder)], ["report", str(folder)]):
        seconds = []
        for _ in range(TIMES):
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "kit.cli", *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ
            )
            seconds.append(time.perf_counter() - started)
        print(f"kit {arguments[0]:8} {statistics.median(seconds):.2f} s (median of {TIMES})")
