"""What the Hub's client raises, as the kit's errors: each with what the user can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kit.errors import InputError, KitError, NetworkError, PlatformError
from kit.files import storage_error

OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
DEFAULT_ENDPOINT: Final = "https://huggingface.co"
TROUBLE: Final = (500, 502, 503, 504)
RATE_LIMITED: Final = 429
RANGE_REFUSED: Final = 416


class GoneError(InputError):
    """The repository, or the commit, is not there (any more)."""


class GateError(NetworkError):
    """The Hub wants its licence accepted before it gives the artefact."""


class PassingError(NetworkError):
    """What may be over in a moment: a rate limit, a cut connection, a server in trouble.

    Attributes:
        wait_s: what the Hub asks to wait, where it says so.
    """

    def __init__(self, message: str, advice: str, wait_s: float | None = None) -> None:
        super().__init__(message, advice)
        self.wait_s = wait_s


class PartError(NetworkError):
    """The part of a file that lies here cannot be gone on with."""


def endpoint(environment: Mapping[str, str]) -> str:
    """The Hub's address: `HF_ENDPOINT`, else the public one."""
    return (environment.get("HF_ENDPOINT") or DEFAULT_ENDPOINT).rstrip("/")


def require_online(environment: Mapping[str, str], purpose: str) -> None:
    """Refuse to ask the Hub where the environment says not to.

    Raises:
        NetworkError: naming the variable.
    """
    for name in OFFLINE:
        if environment.get(name, "").upper() in ("1", "ON", "YES", "TRUE"):
            raise NetworkError(f"{name} is set: the Hub is not asked", f"unset {name} {purpose}")


def missing_client(error: ImportError) -> PlatformError:
    """The error where huggingface_hub, or what it needs, is not installed."""
    return PlatformError(f"{error.name} is not installed", "pip install 'power-hungry-kit[measure]', which brings it")


def kit_error(error: Exception, name: str, hub: str) -> KitError:
    """The kit's error for one of the client's.

    Args:
        name: of the artefact, as the user knows it.
        hub: the endpoint.
    """
    from huggingface_hub import errors
    from requests.exceptions import RequestException

    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        return kit_error(error.__cause__, name, hub)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return NetworkError(f"{name}: the Hub's client is offline", f"unset {' and '.join(OFFLINE)}, or use a bundle")
    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(error, name, hub)
    if isinstance(error, RequestException):
        return PassingError(
            f"{name}: the connection to {hub} failed ({type(error).__name__})",
            "connect this machine to the network and try again: what is whole is kept; or use an offline bundle",
        )
    if isinstance(error, OSError):
        return _of_disk(error, name, hub)
    return InputError(f"{name}: {hub} does not answer as the Hub does ({type(error).__name__})", "check HF_ENDPOINT")


def _of_disk(error: OSError, name: str, hub: str) -> KitError:
    """The operating system's error; the client uses one without a number for a file of a wrong size."""
    if error.errno is None:
        return PartError(f"{name}: a file arrived with another size than {hub} states", "try again")
    return storage_error(Path(str(error.filename or name)), error)


def _refusal(error: Exception, name: str, hub: str) -> KitError:
    """Of an answer that says what is wrong with the repository; else of its status."""
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return GateError(
            f"{name}: {hub} asks for its licence to be accepted first",
            f"accept it at {hub}/{name} with an account, put a token of it into HF_TOKEN, and try again",
        )
    if isinstance(error, errors.DisabledRepoError):
        return GoneError(f"{name}: {hub} has disabled it", "see docs/artefacts.md for artefacts that were taken down")
    if isinstance(error, errors.RepositoryNotFoundError):
        return GoneError(
            f"{name}: {hub} does not know it", "it was removed, or is private; see docs/artefacts.md on other sources"
        )
    if isinstance(error, errors.RevisionNotFoundError | errors.EntryNotFoundError):
        return GoneError(f"{name}: {hub} has not got the commit or file", "make new pins with `kit lock`")
    return _of_status(error, name, hub)


def _of_status(error: Exception, name: str, hub: str) -> KitError:
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else None
    if status == RATE_LIMITED:
        wait_s = _seconds(response.headers.get("Retry-After")) if response is not None else None
        stated = f"wait {wait_s:.0f} s and try again" if wait_s is not None else "wait some minutes and try again"
        return PassingError(
            f"{name}: {hub} limits the rate of requests (status 429)",
            f"{stated}; with a token in HF_TOKEN the limit is higher",
            wait_s,
        )
    if status in TROUBLE:
        return PassingError(f"{name}: {hub} is in trouble (status {status})", "try again later: what is whole is kept")
    if status == RANGE_REFUSED:
        return PartError(f"{name}: {hub} refuses to go on with a part of a file", "try again")
    if status in (401, 403):
        return GateError(
            f"{name}: {hub} refuses it (status {status})", "check the token in HF_TOKEN, and what it may read"
        )
    return NetworkError(f"{name}: {hub} answers with {status or 'no status'}", "try again later")


def _seconds(text: str | None) -> float | None:
    """What Retry-After says, where it says it in seconds."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
