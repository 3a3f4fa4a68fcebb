"""The words of the report, by language: catalogues in templates/messages/, and how a message is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from kit.errors import InputError
from kit.report.numbers import NO_BREAK, NOTATIONS, Notation
from kit.report.templates import templates_folder

LANGUAGES: Final = tuple(NOTATIONS)
SOURCE_LANGUAGE: Final = "en"
"""Language of the registry of claims; every other one has a catalogue of them."""
CATALOGUE: Final = "{language}.yaml"
CLAIMS: Final = "claims.{language}.yaml"
_SINGULAR: Final = {"en": (1,), "fr": (0, 1)}
"""Counts that take the singular."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The catalogue of one language.

    Attributes:
        words: message by key; keys are dotted (`verdict.heading`).
    """

    language: str
    words: Mapping[str, str]
    notation: Notation

    def __call__(self, key: str, **values: Any) -> str:
        """A message with its places filled in. Numbers are written as the language does.

        With a value `n` the message may have the two forms `KEY.one` and `KEY.other`.

        Raises:
            KeyError: if the catalogue lacks the message.
        """
        if "n" in values and key not in self.words:
            key = f"{key}.{'one' if values['n'] in _SINGULAR[self.language] else 'other'}"
        return self.words[key].format_map({name: self._written(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self.words

    def _written(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self.notation.integer(value) if isinstance(value, int) else self.notation.number(value)


def require_language(language: str) -> None:
    """See that there is a report in a language, before anything is read for it.

    Raises:
        InputError: if there is none.
    """
    if language not in LANGUAGES:
        raise InputError(f"{language:.20}: no report in this language", f"there are {', '.join(LANGUAGES)}")


def load_messages(language: str) -> Messages:
    """The catalogue of a language.

    Raises:
        InputError: if there is none.
    """
    require_language(language)
    words: dict[str, str] = {}
    for path in (CATALOGUE, CLAIMS):
        file = templates_folder() / "messages" / path.format(language=language)
        if path == CATALOGUE or language != SOURCE_LANGUAGE:
            words |= _flat(yaml.load(file.read_text(encoding="utf-8"), Loader=_loader()))  # noqa: S506 (a safe loader)
    if language == "fr":
        words = {key: _spaced(text) for key, text in words.items()}
    return Messages(language, words, NOTATIONS[language])


def _spaced(text: str) -> str:
    """French puts a blank, that does not break, before double signs and inside its quotation marks."""
    return re.sub(r" (?=[:;?!%»])|(?<=«) |(?<=\d) (?=\d{3}\b)", NO_BREAK, text)


def _loader() -> Any:
    """The C loader where libyaml is there: the catalogues are long."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        key = f"{prefix}{name}"
        flat |= _flat(value, f"{key}.") if isinstance(value, Mapping) else {key: str(value).strip()}
    return flat
