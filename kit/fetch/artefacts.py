"""Artefacts that the kit builds: built once, reused while whole, built again when damaged or out of date.

Beside each artefact lies a manifest with the SHA-256 of every file. An artefact
counts as present only if its manifest matches what would be built today and all
digests match what lies there.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from kit.errors import MeasurementError, StorageError
from kit.files import make_folder, write_text
from kit.model.canonical import canonical_json

READERS: Final = 2
"""Files that are digested side by side."""

BYTES_TO_SPARE: Final = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Artefact:
    """A model that the kit builds.

    Attributes:
        model: published id.
        scale: `embedded` or `tiny`.
        spec_digest: hash of everything that decides its bytes.
    """

    model: str
    scale: str
    spec_digest: str

    @property
    def folder_name(self) -> str:
        """The Hub's name of the model's cache folder."""
        return "models--" + self.model.replace("/", "--")


class Condition(StrEnum):
    """What lies in the cache for an artefact."""

    PRESENT = "present"
    MISSING = "missing"
    OUTDATED = "out of date"
    DAMAGED = "damaged"


Builder = Callable[[Artefact, Path], None]
"""Builds one artefact into a hub folder, or raises a KitError."""

Notice = Callable[[Artefact, Condition, int, int], None]
"""Told before an artefact is built: which, why, its number and how many there are to build."""


def condition(artefact: Artefact, hub: Path) -> Condition:
    """Whether an artefact lies whole in the hub folder. Reads all its bytes."""
    manifest = _read_manifest(_manifest_path(artefact, hub))
    folder = hub / artefact.folder_name
    if manifest is None or not folder.is_dir():
        return Condition.MISSING
    if manifest.get("spec_digest") != artefact.spec_digest:
        return Condition.OUTDATED
    return Condition.PRESENT if _digests(folder) == manifest.get("files") else Condition.DAMAGED


def prepare(artefacts: Iterable[Artefact], hub: Path, build: Builder, notice: Notice) -> tuple[Artefact, ...]:
    """Make every artefact present; what is whole is left alone.

    Returns:
        The artefacts that were built.

    Raises:
        StorageError: if the folder cannot be written or the disk is too full.
        MeasurementError: if a build did not give what it should.
    """
    make_folder(hub)
    conditions = {artefact: condition(artefact, hub) for artefact in artefacts}
    wanted = [artefact for artefact, found in conditions.items() if found is not Condition.PRESENT]
    for number, artefact in enumerate(wanted, start=1):
        notice(artefact, conditions[artefact], number, len(wanted))
        _check_space(hub)
        _remove(artefact, hub)
        build(artefact, hub)
        folder = hub / artefact.folder_name
        if not folder.is_dir():
            raise MeasurementError(
                f"{artefact.model}: building it left nothing in {hub}",
                "see the log; remove the cache folder and try again",
            )
        manifest = {"model": artefact.model, "spec_digest": artefact.spec_digest, "files": _digests(folder)}
        make_folder(_manifest_path(artefact, hub).parent)
        write_text(_manifest_path(artefact, hub), canonical_json(manifest))
    return tuple(wanted)


def _manifest_path(artefact: Artefact, hub: Path) -> Path:
    return hub.parent / "manifests" / f"{artefact.folder_name}.json"


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip((str(path.relative_to(folder)) for path in paths), pool.map(_sha256, paths), strict=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(artefact: Artefact, hub: Path) -> None:
    _manifest_path(artefact, hub).unlink(missing_ok=True)
    shutil.rmtree(hub / artefact.folder_name, ignore_errors=True)


def _check_space(hub: Path) -> None:
    free = shutil.disk_usage(hub).free
    if free < BYTES_TO_SPARE:
        raise StorageError(
            f"{hub}: {free / 2**30:.1f} GiB free, {BYTES_TO_SPARE / 2**30:.0f} GiB are needed to go on",
            "free some space, or set KIT_CACHE to a folder on a larger disk",
        )
