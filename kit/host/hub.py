"""How the Hub stands to this machine: the token, the network, and access to gated repositories.

The token goes to the Hub's own address alone: a redirection is not followed, and an address without encryption gets
none, unless it is this machine.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from kit.model.machine import Access, HubFacts

HUB: Final = "https://huggingface.co"
OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
TOKENS: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
TIMEOUT_S: Final = 10.0
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
ANSWERS: Final = {
    200: Access.GRANTED,
    401: Access.NO_TOKEN,
    403: Access.REFUSED,
    404: Access.UNKNOWN_REPOSITORY,
}
MOST_TOKEN: Final = 1_000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the answer itself is what is asked for."""


def hub_facts(environment: Mapping[str, str], gated: Iterable[tuple[str, str]], *, ask: bool) -> HubFacts:
    """The facts; without `ask` the network is left alone.

    Args:
        gated: repositories as (`models` or `datasets`, id).
    """
    endpoint = (environment.get("HF_ENDPOINT") or HUB).rstrip("/")
    offline = next((name for name in OFFLINE if environment.get(name, "").upper() in ("1", "ON", "YES", "TRUE")), None)
    token = _token(environment)
    ask = ask and offline is None
    fault = _fault(endpoint) if ask else None
    access = {
        name: _access(f"{endpoint}/api/{kind}/{quote(name)}/auth-check", token)
        for kind, name in gated
        if ask and fault is None
    }
    return HubFacts(endpoint=endpoint, offline=offline, token=token is not None, asked=ask, fault=fault, access=access)


def _token(environment: Mapping[str, str]) -> str | None:
    """The token, as huggingface_hub looks for it."""
    for name in TOKENS:
        if environment.get(name, "").strip():
            return environment[name].strip()
    cache = environment.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    home = environment.get("HF_HOME") or str(Path(cache) / "huggingface")
    path = Path(environment.get("HF_TOKEN_PATH") or str(Path(home) / "token"))
    try:
        with path.expanduser().open(encoding="ascii") as file:
            return file.read(MOST_TOKEN).strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _fault(endpoint: str) -> str | None:
    """Why an address does not answer; any answer of HTTP is one."""
    try:
        parts = urlsplit(endpoint)
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "not an address of the web"
    answer = _status(endpoint, {})
    return answer if isinstance(answer, str) else None


def _access(address: str, token: str | None) -> Access:
    parts = urlsplit(address)
    safe = parts.scheme == "https" or parts.hostname in LOOPBACK
    answer = _status(address, {"Authorization": f"Bearer {token}"} if token and safe else {})
    return Access.NO_ANSWER if isinstance(answer, str) else ANSWERS.get(answer, Access.NO_ANSWER)


def _status(address: str, headers: Mapping[str, str]) -> int | str:
    """The status that an address answers with, or why there is none."""
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(address, headers={"User-Agent": "power-hungry-kit", **headers})  # noqa: S310
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return f"{reason}"[:120].splitlines()[0] if f"{reason}" else type(error).__name__
