"""YAML whose mistakes can be pointed at: every key and item knows its line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from kit.errors import StudyError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_BYTES: Final = 4 * 2**20
MAX_DEPTH: Final = 12
MAX_EVENTS: Final = 200_000
"""Of the parser, about two for each key and item; the catalogue's largest file has a fortieth of it."""
LARGEST: Final = 2**63
"""What a journal and JSON readers elsewhere still hold as an integer."""
CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn the direction of a text."""
UNKNOWN_KEY: Final = ("unexpected_keyword_argument", "extra_forbidden")
"""What pydantic calls a key that means nothing: named first, since a missing key is often a misspelt one."""

Path_ = tuple[str | int, ...]


class YamlFile:
    """A YAML document as plain values, with the line of each key and item.

    Attributes:
        name: how the file is called in messages.
        content: mappings, lists, strings, numbers, booleans and None.
    """

    def __init__(self, name: str, content: Any, lines: dict[Path_, int]) -> None:
        self.name = name
        self.content = content
        self._lines = lines

    def error(self, place: Path_, message: str) -> StudyError:
        """The error of a place in the file, with its key and line."""
        line = next((self._lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self._lines), 1)
        key = _dotted(place)
        return StudyError(
            f"{self.name}, line {line}{f', {key}' if key else ''}: {message}",
            "mend the file; docs/catalogue.md has all keys",
        )

    def validated(self, adapter: TypeAdapter[Any], place: Path_, value: Any) -> Any:
        """A part of the content as a frozen type.

        It is read as JSON, strictly: "3" is no number and `true` is no 1, while lists and words may become tuples and
        enumerations.

        Raises:
            StudyError: naming the first mistake.
        """
        from pydantic import ValidationError

        try:
            return adapter.validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            raise self._invalid(error, place) from error

    def _invalid(self, error: ValidationError, place: Path_) -> StudyError:
        errors = error.errors(include_url=False, include_context=False)
        first = min(errors, key=lambda item: item["type"] not in UNKNOWN_KEY)
        more = f" (and {len(errors) - 1} more mistakes)" if len(errors) > 1 else ""
        location = tuple(part for part in first["loc"] if isinstance(part, str | int))
        message = "there is no such key" if first["type"] in UNKNOWN_KEY else first["msg"]
        found = first["input"]
        shown = f", not {found!r:.60}" if isinstance(found, str | int | float) and message == first["msg"] else ""
        return self.error((*place, *location), f"{message}{shown}{more}")


def read_yaml(path: Path) -> YamlFile:
    """The YAML file at a path.

    Raises:
        StudyError: if it cannot be read, is too large, or is no YAML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error.strerror})", "check the path") from error
    if len(raw) > MAX_BYTES:
        raise StudyError(f"{path}: larger than {MAX_BYTES // 2**20} MiB", "a study file is small; check the path")
    try:
        text = raw.decode("utf-8")
        _check_shape(path, text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})", "save it as UTF-8") from error
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise StudyError(f"{path}{line}: {problem}", "mend the YAML") from error
    lines: dict[Path_, int] = {}
    file_ = YamlFile(str(path), None, lines)
    file_.content = _value(node, (), lines, file_) if node is not None else None
    return file_


def _check_shape(path: Path, text: str) -> None:
    """Refuse what would overrun the composer: it recurses in C, and an alias can stand for any number of copies."""
    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        problem = ""
        if depth > MAX_DEPTH:
            problem = "nested too deeply"
        elif isinstance(event, yaml.AliasEvent):
            problem = "aliases are not allowed; write it out"
        elif number > MAX_EVENTS:
            problem = "too many entries"
        if problem:
            line = f", line {event.start_mark.line + 1}" if event.start_mark else ""
            raise StudyError(f"{path}{line}: {problem}", "mend the YAML")


def _value(node: yaml.Node, place: Path_, lines: dict[Path_, int], file: YamlFile) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, number), lines, file) for number, item in enumerate(node.value)]
    return _scalar(node, place, file)


def _mapping(node: yaml.MappingNode, place: Path_, lines: dict[Path_, int], file: YamlFile) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise file.error(place, "a key is not a word")
        key = _text(key_node.value, place, file)
        inner = (*place, key)
        if key in content:
            lines[inner] = key_node.start_mark.line + 1
            raise file.error(inner, "the key stands twice")
        lines[inner] = key_node.start_mark.line + 1
        content[key] = _value(value_node, inner, lines, file)
    return content


def _scalar(node: yaml.Node, place: Path_, file: YamlFile) -> Any:
    match node.tag.rpartition(":")[2]:
        case "str":
            return _text(node.value, place, file)
        case "null":
            return None
        case "bool":
            return node.value.lower() in ("true", "yes", "on")
        case "int" | "float" as kind:
            return _number(node.value.replace("_", ""), kind, place, file)
        case _:
            raise file.error(
                place, f"{node.value!r:.60}: only text, numbers, true, false and null are allowed; quote it"
            )


def _text(text: str, place: Path_, file: YamlFile) -> str:
    found = CONTROL.search(text)
    if found:
        raise file.error(place, f"the character {found.group()!a} is not allowed in a text")
    return text


def _number(digits: str, kind: str, place: Path_, file: YamlFile) -> int | float:
    try:
        number = int(digits, 0) if kind == "int" else float(digits)
    except ValueError as error:
        raise file.error(place, f"{digits!r:.60} is not a plain number") from error
    if not math.isfinite(number) or abs(number) >= LARGEST:
        raise file.error(place, f"{digits!r:.60} is not a number that the kit can hold")
    return number


def _dotted(place: Iterable[str | int]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return CONTROL.sub("?", text.replace("\n", "?"))[:200]
