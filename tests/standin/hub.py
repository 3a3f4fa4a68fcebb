"""A stand-in for the Hub: repositories with commits, files, gates, moves and removals, over HTTP on the loopback.

It answers what huggingface_hub asks: facts of a repository, its commits, access, HEAD and GET of a file with ranges.
Faults are asked for by tests: a rate limit, a connection cut within a file, other bytes than listed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

LARGE = 1_000
"""Files of more bytes than this are listed by SHA-256, as the Hub does with its large ones."""


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass
class Commit:
    """A state of a repository. Its hash is made of its place, so that tests can name it."""

    day: date
    files: dict[str, bytes]
    sha: str = ""

    def __post_init__(self) -> None:
        text = f"{self.day} {sorted((path, git_sha1(content)) for path, content in self.files.items())}"
        self.sha = self.sha or hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class Repository:
    """A repository; the last commit is the newest.

    `branches` are others than main; `gated` is `auto` or `manual`; `moved_to` redirects; `gone` is 404, `disabled` 403.
    """

    commits: list[Commit]
    branches: dict[str, list[Commit]] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    gated: str | bool = False
    moved_to: str | None = None
    gone: bool = False
    disabled: bool = False

    def history(self, revision: str) -> list[Commit]:
        """The branch of a name, newest last; a commit's hash names the history up to it."""
        for commits in ([*self.commits], *self.branches.values()):
            for number, commit in enumerate(commits):
                if commit.sha == revision:
                    return commits[: number + 1]
        return self.commits if revision == "main" else self.branches.get(revision, [])


class StandInHub:
    """What the server holds, what is to go wrong, and what was asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.endpoint = ""
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.tokens_with_access: set[str] = set()
        self.rate_limits: list[str | None] = []
        self.broken: list[int] = []
        self.cuts: Counter[str] = Counter()
        self.corrupt: Counter[str] = Counter()
        self.stalls: dict[str, Event] = {}

    def model(self, repo_id: str, *commits: Commit, **facts: Any) -> Repository:
        """Add a model."""
        return self.repositories.setdefault(repo_id, Repository(list(commits), **facts))

    def dataset(self, repo_id: str, *commits: Commit, **facts: Any) -> Repository:
        """Add a data set."""
        return self.repositories.setdefault(f"datasets/{repo_id}", Repository(list(commits), **facts))

    def limit_rate(self, *retry_after: str | None) -> None:
        """Answer the next requests with 429, each with its Retry-After."""
        self.rate_limits += retry_after

    def break_down(self, *statuses: int) -> None:
        """Answer the next requests with these statuses."""
        self.broken += statuses

    def cut(self, path: str, times: int = 1) -> None:
        """Cut the connection half way through a file."""
        self.cuts[path] += times

    def swap(self, path: str, times: int = 1) -> None:
        """Send other bytes of the same length for a file."""
        self.corrupt[path] += times

    def stall(self, path: str) -> Event:
        """Stop half way through a file, once, until the event is set."""
        return self.stalls.setdefault(path, Event())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: StandInHub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_arguments: object) -> None:
        pass

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.hub.asked.append(f"{self.command} {path}")
        if self.hub.rate_limits:
            wait = self.hub.rate_limits.pop(0)
            return self._send(429, b"{}", {} if wait is None else {"Retry-After": wait})
        if self.hub.broken:
            return self._send(self.hub.broken.pop(0), b"{}")
        if path.startswith("api/"):
            return self._api(path.removeprefix("api/"))
        return self._file(path)

    def _api(self, path: str) -> None:
        kind, _, rest = path.partition("/")
        name, wish = rest, ""
        for word in ("/revision/", "/commits/", "/auth-check"):
            if word in rest:
                name, _, wish = rest.partition(word)
                wish = wish or "main"
                break
        found = self._repository("" if kind == "models" else "datasets/", name, f"/api/{kind}/{{}}{rest[len(name) :]}")
        if found is None:
            return None
        if "/auth-check" in rest:
            return self._json({}) if self._has_access(found) else self._refuse("GatedRepo", 403)
        history = found.history(wish or "main")
        if not history:
            return self._refuse("RevisionNotFound", 404)
        if "/commits/" in rest:
            return self._json([_commit(commit) for commit in reversed(history)])
        return self._json(_info(name, found, history[-1]))

    def _file(self, path: str) -> None:
        place, _, rest = path.partition("/resolve/")
        prefix = "datasets/" if place.startswith("datasets/") else ""
        found = self._repository(prefix, place.removeprefix(prefix), f"/{prefix}{{}}/resolve/{rest}")
        if found is None:
            return None
        if not self._has_access(found):
            return self._refuse("GatedRepo", 403)
        for revision in (
            [commit.sha for commit in found.commits],
            *([c.sha for c in b] for b in found.branches.values()),
        ):
            for sha in revision:
                if rest.startswith(f"{sha}/"):
                    content = found.history(sha)[-1].files.get(rest.removeprefix(f"{sha}/"))
                    return self._refuse("EntryNotFound", 404) if content is None else self._content(rest, sha, content)
        return self._refuse("RevisionNotFound", 404)

    def _content(self, rest: str, sha: str, content: bytes) -> None:
        name = rest.removeprefix(f"{sha}/")
        headers = {
            "X-Repo-Commit": sha,
            "ETag": f'"{hashlib.sha256(content).hexdigest() if len(content) > LARGE else git_sha1(content)}"',
            "Accept-Ranges": "bytes",
        }
        if self.command == "HEAD":
            return self._send(200, content, headers)
        if self.hub.corrupt[name] > 0:
            self.hub.corrupt[name] -= 1
            content = bytes(255 - byte for byte in content)
        status, first = 200, 0
        if wanted := self.headers.get("Range"):
            self.hub.ranges.append(f"{name} {wanted}")
            first = int(wanted.removeprefix("bytes=").rstrip("-"))
            status = 206
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        body = content[first:]
        if self.hub.cuts[name] > 0:
            self.hub.cuts[name] -= 1
            self._send(status, body[: len(body) // 2], headers | {"Content-Length": str(len(body))})
            self.close_connection = True
            return None
        released = self.hub.stalls.pop(name, None)  # before sending: whoever asks may be killed while it receives
        if released is not None:
            self._send(status, body[: len(body) // 2], headers | {"Content-Length": str(len(body))})
            self.wfile.flush()
            released.wait(30)
            self.close_connection = True
            return None
        return self._send(status, body, headers)

    def _repository(self, prefix: str, name: str, address: str) -> Repository | None:
        """The repository, or None when something else was answered."""
        found = self.hub.repositories.get(prefix + name)
        if found is None or found.gone:
            self._refuse("RepoNotFound", 404)
        elif found.disabled:
            self._send(403, b"{}", {"X-Error-Message": "Access to this resource is disabled."})
        elif found.moved_to is not None:
            query = urlsplit(self.path).query
            self._send(307, b"", {"Location": address.format(found.moved_to) + (f"?{query}" if query else "")})
        else:
            return found
        return None

    def _has_access(self, found: Repository) -> bool:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        return not found.gated or token in self.hub.tokens_with_access

    def _refuse(self, code: str, status: int) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _commit(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.sha, "authors": [{"user": "somebody"}], "date": f"{commit.day}T12:00:00.000Z", "title": "a change",
        "message": "",
    }  # fmt: skip


def _info(name: str, repository: Repository, commit: Commit) -> dict[str, Any]:
    return {
        "_id": "0", "id": name, "sha": commit.sha, "gated": repository.gated, "cardData": repository.card, "tags": [],
        "downloads": 12_345, "downloadsAllTime": 6_789_012, "private": False, "disabled": False,
        "siblings": [_sibling(path, content) for path, content in sorted(commit.files.items())],
    }  # fmt: skip


def _sibling(path: str, content: bytes) -> dict[str, Any]:
    facts: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": git_sha1(content)}
    if len(content) > LARGE:
        facts["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
    return facts


@contextmanager
def serving() -> Iterator[StandInHub]:
    """A stand-in that serves until the context ends."""
    hub = StandInHub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
