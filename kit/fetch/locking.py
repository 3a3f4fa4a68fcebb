"""Locking: every artefact of a study to a commit, by the first of its sources that gives what a pipeline needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from kit.catalog.file_choice import data_files, model_files
from kit.catalog.sources import Source, Wanted
from kit.errors import InputError
from kit.fetch.hub_client import HubClient, Repository
from kit.fetch.hub_errors import GateError, GoneError
from kit.model.pins import Choice, Gate, Pin, Pins, RepoKind, Unavailable

LockNotice = Callable[[Wanted, int, int], None]
"""Told before an artefact is asked for: which, its number and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSetting:
    """How to lock.

    Attributes:
        as_of: the last commit on or before this day; None for known hashes, and the last commits where none is known.
        leave_out_gated: whether an artefact behind a gate that this user has not passed is left out, or an error.
    """

    as_of: date | None
    leave_out_gated: bool


def lock(study: str, artefacts: Sequence[Wanted], client: HubClient, setting: LockSetting, notice: LockNotice) -> Pins:
    """Pin every artefact.

    Args:
        study: name of the study.
        artefacts: what it needs.

    Raises:
        GateError: if a gate is closed and nothing is to be left out.
        NetworkError: if the Hub cannot be asked.
    """
    entries = []
    for number, artefact in enumerate(artefacts, start=1):
        notice(artefact, number, len(artefacts))
        entries.append(_resolve(artefact, client, setting))
    return Pins(
        study=study,
        endpoint=client.endpoint,
        as_of=setting.as_of.isoformat() if setting.as_of else None,
        artefacts=tuple(entry for entry in entries if isinstance(entry, Pin)),
        unavailable=tuple(entry for entry in entries if isinstance(entry, Unavailable)),
    )


class _NotHereError(InputError):
    """A source gives nothing that the kit can use; the next one is tried."""


def _resolve(artefact: Wanted, client: HubClient, setting: LockSetting) -> Pin | Unavailable:
    """The known commit, wherever it is; where it is nowhere, the last one of the first source that has something.

    That order also keeps out a repository that somebody else made under the name of one that was removed.
    """
    refused: list[str] = []
    for known in dict.fromkeys((artefact.known if setting.as_of is None else None, None)):
        refused = []
        for source in artefact.sources:
            try:
                return _pin(artefact, source, known, refused, client, setting)
            except GateError as error:
                if not setting.leave_out_gated:
                    raise GateError(error.message, f"{error.advice}; or leave it out with --without-gated") from error
                refused.append(f"{source.id}: its licence has to be accepted")
            except (GoneError, _NotHereError) as error:
                refused.append(f"{source.id}: {error.message.removeprefix(f'{source.id}: ')}")
    return Unavailable(kind=artefact.kind, name=artefact.name, reason="; ".join(refused))


def _pin(
    artefact: Wanted,
    source: Source,
    known: str | None,
    refused: Sequence[str],
    client: HubClient,
    setting: LockSetting,
) -> Pin:
    """The pin that a source gives: of the known commit, of a date, or of the last one."""
    found = client.repository(artefact.kind, source.id, known or source.branch)
    choice, committed_at, revision = (Choice.KNOWN, None, known) if known else (Choice.LAST, None, found.revision)
    if setting.as_of is not None:
        commit = client.last_commit(artefact.kind, found.id, source.branch, setting.as_of)
        if commit is None:
            raise _NotHereError(f"no commit on or before {setting.as_of.isoformat()}", "")
        choice, committed_at, revision = Choice.AS_OF, commit.committed_at, commit.revision
        found = client.repository(artefact.kind, found.id, revision)
    if found.revision != revision:
        raise InputError(f"{found.id}: asked for {revision}, the Hub gives {found.revision}", "check HF_ENDPOINT")
    paths = _needed(artefact, source, found)
    if found.gate is not Gate.NONE:
        client.check_access(artefact.kind, found.id)
    lost = artefact.known is not None and choice is Choice.LAST
    return Pin(
        kind=artefact.kind,
        name=artefact.name,
        published=artefact.published,
        id=found.id,
        revision=found.revision,
        choice=choice,
        committed_at=committed_at,
        licence=found.licence,
        gate=found.gate,
        deviation=source.deviation or _deviation(artefact, found.id, refused, lost_known=lost),
        files=tuple(found.files[path] for path in paths),
    )


def _needed(artefact: Wanted, source: Source, found: Repository) -> tuple[str, ...]:
    if artefact.kind is RepoKind.MODEL:
        paths = model_files(found.files)
        missing = "no weights as safetensors or for PyTorch"
    else:
        sizes = {path: file.size for path, file in found.files.items()}
        paths = data_files(sizes, artefact.config, artefact.split or "train", found.card, source.files)
        missing = f"no data of the split {artefact.split} that load without a script"
    if not paths:
        raise _NotHereError(missing, "")
    return paths


def _deviation(artefact: Wanted, repo_id: str, refused: Sequence[str], *, lost_known: bool) -> str | None:
    """A redirect of the Hub leads to the same repository; anything after a refusal is another one."""
    if refused:
        return f"{artefact.name}: {repo_id} stands in for the published {artefact.published} ({'; '.join(refused)})."
    if lost_known:
        return f"{artefact.name}: its known commit is not to be had; the last one of {repo_id} stands in."
    return None
