"""What the kit asks of the Hub, through its own client: facts of a repository, its commits, a file of a commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from kit.catalog.loader import IDENTIFIER, REVISION
from kit.catalog.pins_file import check_file
from kit.catalog.yaml_file import CONTROL
from kit.errors import InputError
from kit.fetch.hub_errors import PassingError, kit_error, missing_client
from kit.model.pins import Algorithm, Gate, PinnedFile, RepoKind

TIMEOUT_S: Final = 30.0
MAX_LISTED: Final = 100_000
"""Files of one repository; C4 has some thousands."""
GATES: Final = {"auto": Gate.AUTOMATIC, "manual": Gate.MANUAL}

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often and how long what may pass is waited for.

    Attributes:
        tries: calls in all.
        first_wait_s: before the second call, doubled before each further one, where the Hub names no time.
        longest_wait_s: a longer wait is the user's to decide.
    """

    tries: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 300.0
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository at a commit.

    Attributes:
        id: its present one: the Hub redirects from older ones.
        revision: commit hash.
        licence: as its card states it.
        card: of a data set, its metadata; anybody's writing.
        files: by path.
    """

    id: str
    revision: str
    gate: Gate
    licence: str | None
    card: Mapping[str, Any]
    files: Mapping[str, PinnedFile]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and when it was made, ISO 8601."""

    revision: str
    committed_at: str


@dataclass(frozen=True, slots=True)
class HubClient:
    """The Hub at an address. A token is read by the client from where it always reads it (`HF_TOKEN`, or its file)."""

    endpoint: str
    patience: Patience = field(default=Patience())

    def repository(self, kind: RepoKind, repo_id: str, revision: str | None) -> Repository:
        """Facts and files of a repository at a commit or branch (None: main).

        Raises:
            GoneError, GateError, NetworkError: if it is not there, not given, or cannot be asked.
            InputError: if the answer is none of the Hub's.
        """
        place = _place(kind, repo_id)
        info = self._ask(
            place,
            lambda api: api.repo_info(
                repo_id, repo_type=kind.value, revision=revision, files_metadata=True, timeout=TIMEOUT_S
            ),
        )
        return _repository(info, place)

    def last_commit(self, kind: RepoKind, repo_id: str, branch: str | None, day: date) -> Commit | None:
        """The last commit on or before the end of a day in UTC; None where the branch began later.

        Raises:
            GoneError, GateError, NetworkError, InputError: as `repository`.
        """
        place = _place(kind, repo_id)
        commits = self._ask(place, lambda api: api.list_repo_commits(repo_id, repo_type=kind.value, revision=branch))
        for commit in commits:
            made: datetime = commit.created_at.astimezone(UTC)
            if made.date() <= day:
                return Commit(_revision(commit.commit_id, place), made.isoformat(timespec="seconds"))
        return None

    def check_access(self, kind: RepoKind, repo_id: str) -> None:
        """Make sure that a gate is open to this user.

        Raises:
            GateError: if it is not.
        """
        self._ask(_place(kind, repo_id), lambda api: api.auth_check(repo_id, repo_type=kind.value))

    def download(self, kind: RepoKind, repo_id: str, revision: str, path: str, folder: Path) -> Path:
        """A file of a commit into a folder outside the cache; goes on with the part that lies there.

        Raises:
            GoneError, GateError, NetworkError, StorageError: if it cannot be had or kept.
        """

        def fetch(_api: Any) -> Any:
            from huggingface_hub import hf_hub_download

            return hf_hub_download(
                repo_id, path, repo_type=kind.value, revision=revision, local_dir=folder, endpoint=self.endpoint,
                cache_dir=folder / ".none",
            )  # fmt: skip

        return Path(self._ask(_place(kind, repo_id), fetch))

    def _ask(self, place: str, call: Callable[[Any], T]) -> T:
        """Call the client, again where the failure may pass; its errors become the kit's."""
        try:
            from huggingface_hub import HfApi
            from huggingface_hub.utils import disable_progress_bars
            from requests.exceptions import RequestException
        except ImportError as error:
            raise missing_client(error) from error
        disable_progress_bars()
        api = HfApi(endpoint=self.endpoint)
        tries = self.patience.tries
        for number in range(1, tries + 1):
            try:
                return call(api)
            except (RequestException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
                # The last four are how the client answers to something that is no answer of a Hub.
                found = kit_error(error, place, self.endpoint)
                wait_s = self._wait_s(found, number)
                if wait_s is None:
                    raise found from error
                log.warning("%s; trying again in %.0f s", found.message, wait_s)
                self.patience.sleep(wait_s)
        raise AssertionError("the last try either returns or raises")

    def _wait_s(self, error: Exception, number: int) -> float | None:
        """Seconds until the next try; None where there is none."""
        if not isinstance(error, PassingError) or number >= self.patience.tries:
            return None
        stated = error.wait_s
        wait_s = stated if stated is not None else self.patience.first_wait_s * 2 ** (number - 1)
        return wait_s if wait_s <= self.patience.longest_wait_s else None


def _place(kind: RepoKind, repo_id: str) -> str:
    """The address of a repository below the Hub's own."""
    return repo_id if kind is RepoKind.MODEL else f"datasets/{repo_id}"


def _repository(info: Any, place: str) -> Repository:
    if not isinstance(info.id, str) or not IDENTIFIER.fullmatch(info.id):
        raise InputError(f"{place}: the Hub calls it {info.id!r:.80}, which is no id", "check HF_ENDPOINT")
    siblings = info.siblings or []
    if len(siblings) > MAX_LISTED:
        raise InputError(f"{place}: {len(siblings)} files", "this is no repository of the study")
    files = [found for found in (_file(item) for item in siblings) if found is not None]
    card = dict(info.card_data.to_dict()) if info.card_data is not None else {}
    licence = card.get("license")
    if isinstance(licence, list):
        licence = ", ".join(map(str, licence))
    return Repository(
        id=info.id,
        revision=_revision(info.sha, place),
        gate=GATES.get(info.gated, Gate.NONE) if isinstance(info.gated, str) else Gate.NONE,
        licence=CONTROL.sub("?", str(licence).replace("\n", " "))[:100] if licence else None,
        card=card,
        files={file.path: file for file in files},
    )


def _file(sibling: Any) -> PinnedFile | None:
    """A listed file with its digest; None for one whose name or facts the kit would not take anyway."""
    digest = sibling.lfs.sha256 if sibling.lfs is not None else sibling.blob_id
    algorithm = Algorithm.SHA256 if sibling.lfs is not None else Algorithm.GIT_SHA1
    size = sibling.lfs.size if sibling.lfs is not None else sibling.size
    if not isinstance(digest, str) or not isinstance(size, int) or not isinstance(sibling.rfilename, str):
        return None
    found = PinnedFile(path=sibling.rfilename, size=size, algorithm=algorithm, digest=digest)
    try:
        check_file(found, "listing")
    except InputError:
        return None
    return found


def _revision(sha: Any, place: str) -> str:
    if not isinstance(sha, str) or not REVISION.fullmatch(sha):
        raise InputError(f"{place}: the Hub's commit {sha!r:.60} is no hash", "check HF_ENDPOINT")
    return sha
