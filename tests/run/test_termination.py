"""SIGTERM, as a spot machine sends it: an orderly end with everything that was measured, and a start that goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from kit.cli.termination import TERMINATED
from kit.journal import read_record
from kit.model.runs import Measured

QUICK = Path(__file__).with_name("quick.py")


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(QUICK), "cli", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_sigterm_in_a_window_ends_the_run_and_a_new_start_goes_on_with_the_next_cell(tmp_path: Path) -> None:
    # Model 1 hangs in its window, so that the signal falls into it.
    process = start(tmp_path)
    log = tmp_path / "run.log"
    while not (log.exists() and "hanging" in log.read_text()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    asked_at = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert time.monotonic() - asked_at < 30
    assert process.returncode == TERMINATED == 143
    assert "ended by SIGTERM" in said
    assert "--resume" in said
    record = read_record(tmp_path)
    assert record.runs
    assert all(isinstance(run.outcome, Measured) for run in record.runs)
    assert (tmp_path / "closed-model-1").exists(), "the measuring process closed its meters"
    before = record.runs
    done = subprocess.run([sys.executable, str(QUICK), "study", str(tmp_path)], check=False)
    assert done.returncode == 0
    after = read_record(tmp_path)
    assert after.complete
    assert after.runs[: len(before)] == before
