"""What all tests share: where the authors' released data lie."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def paper_data() -> Path:
    """The folder with the paper's released data; without it the test is skipped, with the reason."""
    folder = Path(os.environ.get("PAPER_DATA") or Path(__file__).parents[2] / "shared" / "paper")
    if not (folder / "released").is_dir():
        pytest.skip(f"the authors' released data are not at {folder}; set PAPER_DATA")
    return folder
