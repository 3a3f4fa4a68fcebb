"""The Hub is asked by a server on loopback: who may read what, and to whom the token is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kit.host.hub import hub_facts
from kit.model.machine import Access

STATUSES = {
    "/": 200,
    "/api/models/org/open/auth-check": 200,
    "/api/datasets/org/anonymous/auth-check": 401,
    "/api/models/org/closed/auth-check": 403,
    "/api/models/org/gone/auth-check": 404,
    "/api/models/org/broken/auth-check": 500,
    "/api/models/org/moved/auth-check": 307,
}


class Hub(BaseHTTPRequestHandler):
    """Answers with the status of a path, and remembers who asked with what."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(STATUSES.get(self.path.rstrip("/") or "/", 418))
        self.send_header("Location", "/api/models/org/open/auth-check")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    Hub.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def environment(endpoint: str, tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path), **more}


def test_access_is_what_the_hub_answers(endpoint: str, tmp_path: Path) -> None:
    names = [("models", f"org/{name}") for name in ("open", "closed", "gone", "broken", "moved")]
    found = hub_facts(
        environment(endpoint, tmp_path, HF_TOKEN="hf_secret"), [*names, ("datasets", "org/anonymous")], ask=True
    )
    assert (found.fault, found.asked, found.token) == (None, True, True)
    assert found.access == {
        "org/open": Access.GRANTED,
        "org/closed": Access.REFUSED,
        "org/gone": Access.UNKNOWN_REPOSITORY,
        "org/broken": Access.NO_ANSWER,
        "org/moved": Access.NO_ANSWER,
        "org/anonymous": Access.NO_TOKEN,
    }
    assert "hf_secret" not in repr(found)


def test_the_token_is_told_for_access_alone_and_no_redirection_is_followed(endpoint: str, tmp_path: Path) -> None:
    hub_facts(environment(endpoint, tmp_path, HF_TOKEN="hf_secret"), [("models", "org/moved")], ask=True)
    assert [path.rstrip("/") for path, _ in Hub.asked] == ["", "/api/models/org/moved/auth-check"]
    assert [token for _, token in Hub.asked] == [None, "Bearer hf_secret"]


def test_an_address_without_encryption_gets_no_token(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.host.hub.LOOPBACK", ())
    hub_facts(environment(endpoint, tmp_path, HF_TOKEN="hf_secret"), [("models", "org/open")], ask=True)
    assert {token for _, token in Hub.asked} == {None}


def test_the_token_may_lie_in_its_file(endpoint: str, tmp_path: Path) -> None:
    assert not hub_facts(environment(endpoint, tmp_path), [], ask=False).token
    (tmp_path / "token").write_text("hf_secret\n", encoding="ascii")
    assert hub_facts(environment(endpoint, tmp_path), [], ask=False).token
    (tmp_path / "token").write_text("\n", encoding="ascii")
    assert not hub_facts(environment(endpoint, tmp_path), [], ask=False).token


def test_nobody_is_asked_offline_or_where_nothing_is_fetched(endpoint: str, tmp_path: Path) -> None:
    offline = hub_facts(environment(endpoint, tmp_path, HF_HUB_OFFLINE="1"), [("models", "org/open")], ask=True)
    assert (offline.offline, offline.asked, offline.access) == ("HF_HUB_OFFLINE", False, {})
    assert not hub_facts(environment(endpoint, tmp_path), [("models", "org/open")], ask=False).asked
    assert Hub.asked == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://127.0.0.1", "nonsense", "http://[broken"])
def test_an_address_that_does_not_answer_is_a_fault_and_no_exception(address: str, tmp_path: Path) -> None:
    found = hub_facts(environment(address, tmp_path, HF_TOKEN="hf_secret"), [("models", "org/open")], ask=True)
    assert found.fault
    assert "\n" not in found.fault
    assert found.access == {}
