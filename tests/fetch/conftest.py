"""A stand-in Hub, an environment that knows no other, and patience that does not wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kit.fetch.hub_client import HubClient, Patience
from tests.standin.hub import StandInHub, serving


@pytest.fixture(autouse=True)
def no_other_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_ENDPOINT", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInHub]:
    constants = pytest.importorskip(
        "huggingface_hub.constants", reason="huggingface_hub comes with the extra `measure`"
    )
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1_000)  # what was kept of a cut file is whole chunks
    with serving() as hub:
        yield hub


@pytest.fixture
def waits() -> list[float]:
    """Seconds that the client would have waited."""
    return []


@pytest.fixture
def client(hub: StandInHub, waits: list[float]) -> HubClient:
    return HubClient(hub.endpoint, Patience(tries=4, longest_wait_s=60.0, sleep=waits.append))
