"""The stand-in for NVML, compiled once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.standin.build import Standin, build


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Standin:
    """Needs a C compiler; without one the test is skipped, with the reason."""
    if not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("no C compiler to build the stand-in for NVML with")
    folder: Path = tmp_path_factory.mktemp("nvml")
    return build(folder)
