"""Replay, analysis and report of the authors' release, once and ten times over: seconds, peak memory, cost of a run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TIMES = 10
ANALYSED = """
from kit.analyse import tables
from kit.cli.app import run_command_line
from kit.journal import read_record
assert run_command_line(["replay", sys.argv[1], "--out", sys.argv[2], "--json"]) == 0
tables(read_record(Path(sys.argv[2])))
"""
REPORTED = """
from kit.cli.app import run_command_line
assert run_command_line(["report", sys.argv[2]]) == 0
"""
TIMED = """
import resource, sys, time
from pathlib import Path
started = time.perf_counter()
{body}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{{time.perf_counter() - started:.1f}} {{peak:.0f}}")
"""


def main() -> None:
    """Print both, where the release is at hand."""
    paper = Path(os.environ.get("PAPER_DATA") or Path(__file__).parents[3] / "shared" / "paper")
    if not (paper / "released").is_dir():
        print(f"replay: the authors' released data are not at {paper}")
        return
    scratch = Path(tempfile.mkdtemp())
    repeated = scratch / "released"
    _repeat(paper / "released" / "data" / "emissions", repeated / "data" / "emissions")
    runs = sum(1 for _ in (paper / "released" / "data" / "emissions" / "base").iterdir())
    for name, path, times in (("release", paper, 1), (f"release x {TIMES}", repeated, TIMES)):
        run = scratch / name.replace(" ", "-")
        for what, body in (("replayed and analysed", ANALYSED), ("report, page and PDF", REPORTED)):
            command = [sys.executable, "-c", TIMED.format(body=body), str(path), str(run)]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
            seconds, peak_mb = answer.split()
            each_ms = 1000 * float(seconds) / (runs * times)
            print(f"{name}, {runs * times:,} runs, {what}: {seconds} s, {peak_mb} MB, {each_ms:.2f} ms a run")


def _repeat(source: Path, target: Path) -> None:
    """Copies of the release side by side, each with run ids of its own."""
    for folder in ("base", "complete"):
        (target / folder).mkdir(parents=True)
    for path in (source / "base").iterdir():
        text, run_id = path.read_text(encoding="utf-8"), path.stem.removeprefix("emissions_base_")
        for copy in range(TIMES):
            (target / "base" / f"emissions_base_{copy}{run_id[1:]}x.csv").write_text(
                text.replace(run_id, f"{copy}{run_id[1:]}x"), encoding="utf-8"
            )
    known = {path.stem.removeprefix("emissions_base_") for path in (source / "base").iterdir()}
    for path in (source / "complete").iterdir():
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        place = header.split(",").index("run_id")
        rows = [header]
        for line in lines:
            run_id = line.split(",")[place]
            assert run_id in known
            rows += [line.replace(run_id, f"{copy}{run_id[1:]}x") for copy in range(TIMES)]
        (target / "complete" / path.name).write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
