"""Text from outside, as it may be shown."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text in one line, with whatever would steer a terminal written out."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
