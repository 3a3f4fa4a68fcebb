"""The bundled fonts: their families in the order in which a character is looked for, and what they cover.

A PDF for archiving may use no font of the machine that it is made on. So every character is either in a bundled font or
written as its code.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kit.report.templates import templates_folder


@dataclass(frozen=True, slots=True)
class Font:
    """One font file and how CSS names it.

    Attributes:
        in_page: whether the page embeds it too; a browser has fonts of its own for what is rare.
    """

    family: str
    file: str
    weight: int = 400
    style: str = "normal"
    in_page: bool = False


FONTS: Final = (
    Font("KitSerif", "source-serif-4-latin-400-normal.woff2", in_page=True),
    Font("KitSerif", "source-serif-4-latin-400-italic.woff2", style="italic"),
    Font("KitSerif", "source-serif-4-latin-600-normal.woff2", weight=600, in_page=True),
    Font("KitSans", "source-sans-3-latin-400-normal.woff2", in_page=True),
    Font("KitSans", "source-sans-3-latin-600-normal.woff2", weight=600, in_page=True),
    Font("KitMono", "source-code-pro-latin-400-normal.woff2", in_page=True),
    Font("KitSansExtended", "source-sans-3-latin-ext-400-normal.woff2"),
    Font("KitSansExtended", "source-sans-3-latin-ext-600-normal.woff2", weight=600),
    Font("KitGreek", "source-sans-3-greek-400-normal.woff2"),
    Font("KitHebrew", "noto-sans-hebrew-hebrew-400-normal.woff2"),
    Font("KitArabic", "noto-sans-arabic-arabic-400-normal.woff2"),
)
SANS: Final = "KitSans"
MEASURING: Final = "metrics"
"""Folder of the unpacked copies that the chart renderer measures labels with."""

_EVERYWHERE: Final = ("KitSansExtended", "KitGreek", "KitHebrew", "KitArabic")


def stack(first: str, last: str) -> str:
    """Value of CSS's font-family: a family, then those for other scripts, then the generic one."""
    return ", ".join((first, *(family for family in ("KitSans", *_EVERYWHERE) if family != first), last))


def font_bytes(file: str) -> bytes:
    """The content of a bundled font file."""
    return (templates_folder() / "fonts" / file).read_bytes()


def face_rules(*, embedded: bool, text: str = "") -> str:
    """@font-face rules: embedded ones for the page, ones that name the file for the PDF.

    Args:
        text: of the PDF; the fonts of other scripts are left out where it needs none of them.
    """
    rules = []
    western = not set(text) - _characters(next(font.file for font in FONTS if font.family == SANS)) - {"\n", "\t"}
    for font in FONTS:
        if (embedded and not font.in_page) or (not embedded and western and font.family in _EVERYWHERE):
            continue
        if embedded:
            source = f"data:font/woff2;base64,{base64.b64encode(font_bytes(font.file)).decode()}"
        else:
            source = f"kit:/fonts/{font.file}"
        rules.append(
            f"@font-face {{ font-family: {font.family}; font-weight: {font.weight}; font-style: {font.style}; "
            f'font-display: block; src: url("{source}") format("woff2"); }}'
        )
    return "\n".join(rules)


def visible(text: str) -> str:
    """Text whose control, direction-changing and unassigned characters are shown as their codes.

    Neither HTML nor XML can hold a NUL, and a direction override in a name would turn the text around it.
    """
    if text.isprintable():
        return text
    return "".join(char if _shown(char) else f"[U+{ord(char):04X}]" for char in text)


def printable() -> Callable[[str], str]:
    """A function like `visible` that also codes what no bundled font has."""
    covered = _coverage()

    def coded(text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        return "".join(
            char if char in "\n\t" or (_shown(char) and char in covered) else f"[U+{ord(char):04X}]" for char in text
        )

    return coded


def _shown(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def _coverage() -> frozenset[str]:
    """Characters that the font of tables has, or one of another script."""
    regular = [font for font in FONTS if font.style == "normal" and font.weight == 400]
    return frozenset().union(*(_characters(font.file) for font in regular if font.family in (SANS, *_EVERYWHERE)))


def _characters(file: str) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(templates_folder() / "fonts" / file, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
