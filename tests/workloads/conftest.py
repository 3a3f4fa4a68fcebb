"""Workloads are tried without a network, as `kit run` runs them on artefacts of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is asked of the Hub.

    The client keeps its sessions for the whole process, and one that was made offline stays so; tests of another file
    may follow in this process.
    """
    import huggingface_hub.constants
    from huggingface_hub.utils._http import reset_sessions

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    reset_sessions()
    yield
    reset_sessions()
