"""YAML whose mistakes can be pointed at: every key and item knows its line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from kit.errors import StudyError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

MAX_BYTES: Final = 4 * 2**20
MAX_DEPTH: Final = 12
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

        Raises:
            StudyError: naming the first mistake.
        """
        from pydantic import ValidationError

        try:
            return adapter.validate_python(value)
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
        node = yaml.compose(raw.decode("utf-8"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise StudyError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})", "save it as UTF-8") from error
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise StudyError(f"{path}{line}: {problem}", "mend the YAML") from error
    lines: dict[Path_, int] = {}
    file_ = YamlFile(str(path), None, lines)
    file_.content = _value(node, (), lines, file_) if node is not None else None
    return file_


def _value(node: yaml.Node, place: Path_, lines: dict[Path_, int], file: YamlFile) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) > MAX_DEPTH:
        raise file.error(place, "nested too deeply")
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
        key = key_node.value
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
            return node.value
        case "null":
            return None
        case "bool":
            return node.value.lower() in ("true", "yes", "on")
        case "int" | "float" as kind:
            try:
                return int(node.value.replace("_", ""), 0) if kind == "int" else float(node.value.replace("_", ""))
            except ValueError as error:
                raise file.error(place, f"{node.value!r} is not a plain number") from error
        case _:
            raise file.error(
                place, f"{node.value!r:.60}: only text, numbers, true, false and null are allowed; quote it"
            )


def _dotted(place: Iterable[str | int]) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
