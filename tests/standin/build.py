"""Building the stand-in for NVML, and running Python programs on it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("nvml.c")
CHECKOUT = Path(__file__).parents[2]
HIDDEN_VARIABLES = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "ROCR_VISIBLE_DEVICES", "NVML_STANDIN")


@dataclass(frozen=True)
class Standin:
    """A folder with `libnvidia-ml.so.1`, and one with `nvidia-smi`."""

    folder: Path

    def environment(self, *, smi: bool = True, **variables: str) -> dict[str, str]:
        """The variables under which a program finds the stand-in, with an `nvidia-smi` that works or one that fails."""
        kept = {name: value for name, value in os.environ.items() if name not in HIDDEN_VARIABLES}
        path = f"{self.folder / ('bin' if smi else 'broken')}{os.pathsep}{kept['PATH']}"
        return kept | {
            "LD_LIBRARY_PATH": str(self.folder),
            "PATH": path,
            "PYTHONPATH": str(CHECKOUT),
            "TMPDIR": str(self.folder),
            **variables,
        }

    def run(self, job: dict[str, Any] | list[dict[str, Any]], *, smi: bool = True, **variables: str) -> Any:
        """What `tests.standin.simulated` answers to a job, which says what each GPU does and what to measure."""
        answer = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.standin.simulated"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            cwd=CHECKOUT,
            env=self.environment(smi=smi, **variables),
            timeout=120,
            check=False,
        )
        if answer.returncode or answer.stderr:
            raise AssertionError(answer.stderr)
        return json.loads(answer.stdout)


def build(folder: Path) -> Standin:
    """Compile the stand-in into a folder.

    Raises:
        FileNotFoundError: if there is no C compiler.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise FileNotFoundError("cc")
    library = folder / "libnvidia-ml.so.1"
    flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-Wl,-soname,libnvidia-ml.so.1"]
    subprocess.run([compiler, *flags, "-o", str(library), str(SOURCE), "-lm"], check=True)
    for name, code in (("bin", 0), ("broken", 9)):
        program = folder / name / "nvidia-smi"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nexit {code}\n", encoding="ascii")
        program.chmod(0o755)
    return Standin(folder)
