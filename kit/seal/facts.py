"""What a sealed run says of itself. All of it follows from the journal, and from whoever seals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from kit.errors import InputError
from kit.model.canonical import canonical_json
from kit.model.record import Origin, Record
from kit.model.runs import Measured
from kit.seal.deposit import require_name
from kit.seal.keys import Identity

RFC_3339: Final = "%Y-%m-%dT%H:%M:%SZ"
SPDX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """For the crate's metadata and the statement.

    Attributes:
        name: of the deposit.
        creator: who seals; self-asserted.
        license: SPDX identifier that the deposit is given under.
        started_at, ended_at: first and last window, RFC 3339 in UTC with a Z, as in-toto wants it.
        missing: planned runs that were not measured.
        packages: name to version, of the hosts that measured; empty for a replay.
        models, datasets: what was pinned, as values of `revisions.json`.
    """

    name: str
    creator: Identity
    license: str
    title: str
    description: str
    origin: Origin
    study_id: str
    study: str
    started_at: str
    ended_at: str
    missing: int
    deviations: tuple[str, ...]
    packages: tuple[tuple[str, str], ...]
    models: tuple[dict[str, Any], ...]
    datasets: tuple[dict[str, Any], ...]

    @property
    def complete(self) -> bool:
        """Whether every planned run was measured."""
        return self.missing == 0

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statement says of the run, to be compared with the journal."""
        return {
            "study": self.study_id,
            "origin": self.origin.value,
            "complete": self.complete,
            "missing_runs": self.missing,
            "deviations": list(self.deviations),
        }


def facts_of(record: Record, name: str, creator: Identity, license_id: str) -> SealFacts:
    """The facts of a record.

    Raises:
        InputError: if nothing was measured, or name or licence are none.
    """
    require_name(name)
    if not SPDX.fullmatch(license_id):
        raise InputError(f"{license_id[:80]!a}: not an SPDX identifier of a licence", "give one like CC-BY-4.0")
    times = sorted(_times(record))
    if not times:
        raise InputError("the journal holds no measured run", "there is nothing to seal; measure or replay first")
    missing = sum(count for _, count in record.missing)
    return SealFacts(
        name=name,
        creator=creator,
        license=license_id,
        title=f"{record.study.title}: a reproduction of Power Hungry Processing",
        description=_description(record, missing),
        origin=record.origin,
        study_id=record.study.study_id,
        study=canonical_json(record.study),
        started_at=f"{times[0]:{RFC_3339}}",
        ended_at=f"{times[-1]:{RFC_3339}}",
        missing=missing,
        deviations=record.deviations,
        packages=tuple(sorted(set(_packages(record.hosts)))),
        models=_distinct(record, "model"),
        datasets=_distinct(record, "dataset"),
    )


def _description(record: Record, missing: int) -> str:
    made = "measured" if record.origin is Origin.MEASURED else "replayed from the authors' released data"
    whole = f" It is not complete: {missing:,} planned runs are missing." if missing else ""
    return (
        f"{record.study.description} {len(record.runs):,} runs, {made}, with raw readings, tables, a verdict on every "
        f"claim of the paper, and the report.{whole}"
    )


def _times(record: Record) -> Iterator[datetime]:
    for run in record.runs:
        if isinstance(run.outcome, Measured):
            for window in run.outcome.windows:
                time = datetime.fromisoformat(window.started_at)
                yield time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _packages(hosts: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for host in hosts.values():
        packages = host.get("packages")
        if isinstance(packages, Mapping):
            yield from ((str(name), str(version)) for name, version in packages.items() if version is not None)


def _distinct(record: Record, what: str) -> tuple[dict[str, Any], ...]:
    """Models or data sets of the study's cells, once each, with the commit that pins them where one does."""
    found: dict[str, dict[str, Any]] = {}
    for planned in record.study.cells:
        pinned = planned.cell.model if what == "model" else planned.cell.dataset
        found[pinned.id] = {"id": pinned.id, "current_id": pinned.current_id, "revision": pinned.revision}
    return tuple(found[key] for key in sorted(found))
