"""Pins: the commits of the Hub, and the very bytes, that a study's models and data sets come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kit.model.study import STRICT

SCHEMA = 1
"""Version of pins.json."""


class RepoKind(StrEnum):
    """What a repository of the Hub holds."""

    MODEL = "model"
    DATASET = "dataset"


class Algorithm(StrEnum):
    """How the Hub names the bytes of a file: large ones by SHA-256, small ones as git does."""

    SHA256 = "sha256"
    GIT_SHA1 = "git-sha1"


class Gate(StrEnum):
    """Whether the Hub asks for an accepted licence, and who decides."""

    NONE = "none"
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class Choice(StrEnum):
    """Why it is this commit."""

    KNOWN = "known hash"
    """The catalogue has this hash from public files."""
    LAST = "last commit"
    """No hash was known: the last commit when the study was locked."""
    AS_OF = "last commit on or before the date"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file of a commit.

    Attributes:
        path: in the repository, with slashes.
        size: bytes.
        algorithm, digest: of its bytes, in hexadecimal.
    """

    __pydantic_config__ = STRICT

    path: str
    size: int
    algorithm: Algorithm
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Where an artefact comes from.

    Attributes:
        name: of a model its published id, of a data set its key in the catalogue.
        published: id of 2023. id: where the commit lies now; the Hub redirects from the published one, or it is a copy.
        revision: commit hash of 40 hexadecimal digits.
        committed_at: when it was made, ISO 8601, where a date decided.
        licence: as its card states it, or None.
        deviation: one sentence where another source than the published one is used.
        files: what a pipeline needs of the commit, in order.
    """

    __pydantic_config__ = STRICT

    kind: RepoKind
    name: str
    published: str
    id: str
    revision: str
    choice: Choice
    committed_at: str | None = None
    licence: str | None = None
    gate: Gate = Gate.NONE
    deviation: str | None = None
    files: tuple[PinnedFile, ...]

    @property
    def folder_name(self) -> str:
        """The Hub's name of the repository's cache folder."""
        return f"{self.kind.value}s--{self.id.replace('/', '--')}"

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """An artefact that no source gives; the reason is one sentence."""

    __pydantic_config__ = STRICT

    kind: RepoKind
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What a study's artefacts are pinned to.

    Attributes:
        study: its name.
        endpoint: of the Hub that was asked.
        as_of: the date that decided, ISO 8601, or None where known hashes and the last commits did.
        artefacts, unavailable: every model and data set of the study stands in one of the two.
    """

    __pydantic_config__ = STRICT

    schema_version: int = SCHEMA
    study: str
    endpoint: str
    as_of: str | None
    artefacts: tuple[Pin, ...]
    unavailable: tuple[Unavailable, ...] = field(default=())

    @property
    def entries(self) -> tuple[Pin | Unavailable, ...]:
        """Every artefact of the study."""
        return (*self.artefacts, *self.unavailable)

    def find(self, kind: RepoKind, name: str) -> Pin | Unavailable | None:
        """The entry of an artefact."""
        return next((entry for entry in self.entries if entry.kind is kind and entry.name == name), None)
