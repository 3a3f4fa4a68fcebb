"""pins.json: written canonically, read as something that anybody may have written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from kit.catalog.loader import IDENTIFIER, REVISION
from kit.catalog.yaml_file import CONTROL
from kit.errors import InputError, SchemaError
from kit.model.canonical import canonical_json
from kit.model.pins import SCHEMA, Algorithm, Pin, PinnedFile, Pins

NAME: Final = "pins.json"
MAX_BYTES: Final = 16 * 2**20
MAX_FILES: Final = 2_000
"""Of one artefact; the largest model of the study has some tens."""
MAX_SIZE: Final = 2**42
MAX_TEXT: Final = 2_000
FILE_PATH: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[\w.-][\w. ()+=@-]*(?:/[\w.-][\w. ()+=@-]*)*", re.ASCII)
"""A path within a repository; nothing that leads out of it."""
DIGEST: Final = {
    Algorithm.SHA256: re.compile("[0-9a-f]{64}"),
    Algorithm.GIT_SHA1: re.compile("[0-9a-f]{40}"),
}
ADVICE: Final = "make new pins with `kit lock`"


def pins_text(pins: Pins) -> str:
    """The file's content: the same pins give the same bytes."""
    return canonical_json(pins) + "\n"


def read_pins(path: Path) -> Pins:
    """The pins of a file.

    Raises:
        InputError: if it cannot be read, or is no file of pins.
        SchemaError: if a newer kit wrote it.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})", "check the path, or run `kit lock`") from error
    return parse_pins(raw, str(path))


def parse_pins(raw: bytes, name: str) -> Pins:
    """The pins of a file's bytes; every id, path, size and digest in them is checked.

    Raises:
        InputError: if they are no pins.
        SchemaError: if a newer kit wrote them.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES // 2**20} MiB", ADVICE)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON", ADVICE) from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise SchemaError(f"{name}: schema version {version}, this kit knows {SCHEMA}", "use a newer kit")
    try:
        pins = _adapter().validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{name}, {place:.120}: {first['msg']}", ADVICE) from error
    _check_texts((pins.study, pins.endpoint, pins.as_of), name)
    for entry in pins.entries:
        if isinstance(entry, Pin):
            _check(entry, name)
        else:
            _check_texts((entry.name, entry.reason), name)
    counted = Counter((entry.kind, entry.name) for entry in pins.entries)
    for (_, artefact), times in counted.items():
        if times > 1:
            raise InputError(f"{name}: {artefact!r:.100} stands {times} times", ADVICE)
    return pins


def check_file(file: PinnedFile, where: str) -> None:
    """Make sure that a file's path stays in its repository and its size and digest can be some.

    Raises:
        InputError: naming the file.
    """
    if not FILE_PATH.fullmatch(file.path):
        raise InputError(f"{where}: {file.path!r:.100} is no path in a repository", ADVICE)
    if not 0 <= file.size <= MAX_SIZE:
        raise InputError(f"{where}, {file.path}: {file.size} is no size of a file", ADVICE)
    if not DIGEST[file.algorithm].fullmatch(file.digest):
        raise InputError(f"{where}, {file.path}: {file.digest!r:.80} is no {file.algorithm.value}", ADVICE)


def _check_texts(texts: Iterable[str | None], where: str) -> None:
    """Refuse what would steer a terminal, or is no sentence: these texts are printed."""
    for text in texts:
        if text is not None and (CONTROL.search(text) or "\n" in text or len(text) > MAX_TEXT):
            raise InputError(f"{where}: {text!a:.60} is no plain text of one line", ADVICE)


def _check(pin: Pin, name: str) -> None:
    where = f"{name}, {pin.name!r:.100}"
    for text in (pin.name, pin.published, pin.id):
        if not IDENTIFIER.fullmatch(text):
            raise InputError(f"{where}: {text!r:.100} is not an id as the Hub has them", ADVICE)
    if not REVISION.fullmatch(pin.revision):
        raise InputError(f"{where}: {pin.revision!r:.60} is not a commit hash", ADVICE)
    if not 0 < len(pin.files) <= MAX_FILES:
        raise InputError(f"{where}: {len(pin.files)} files", ADVICE)
    _check_texts((pin.committed_at, pin.licence, pin.deviation), where)
    for file in pin.files:
        check_file(file, where)


@cache
def _adapter() -> TypeAdapter[Pins]:
    return TypeAdapter(Pins)
