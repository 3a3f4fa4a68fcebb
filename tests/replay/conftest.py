"""A small release that a test may spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.small import copy_small


@pytest.fixture
def small(paper_data: Path, tmp_path: Path) -> Path:
    """The `released` folder of a fresh small copy."""
    return copy_small(paper_data, tmp_path)
