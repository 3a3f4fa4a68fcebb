"""The Jinja2 environment: strict escaping, strict names, and the few filters that set type."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kit.report.fonts import visible
from kit.report.templates import templates_folder

POWER: Final = re.compile(r"10\^([\N{MINUS SIGN}-]?\d+)")
SIGNS: Final = re.compile(r"([_.])(?=[^\W_])")
LONG: Final = re.compile(r"[^\W_]{20}(?=[^\W_])")
ROOM: Final = 20
"""A shorter name needs no such places; hyphens and slashes are some by themselves."""
FORMULA: Final = re.compile(r"CO2")


def environment() -> Environment:
    """An environment for `templates/`; every value is escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters["typeset"] = typeset
    made.filters["breakable"] = breakable
    made.filters["embedded_json"] = embedded_json
    return made


def typeset(text: str) -> Markup:
    """Text with its powers of ten and chemical formula set as such."""
    raised = POWER.sub(r"10<sup>\1</sup>", str(escape(visible(text))))
    return Markup(FORMULA.sub("CO<sub>2</sub>", raised))  # noqa: S704 (escaped by the line before)


def breakable(text: str) -> Markup:
    """A name with the places marked where a line may break: after its signs, and within what is too long for a line."""
    if len(text) <= ROOM:
        return escape(visible(text))
    marked = SIGNS.sub("\\1\0", LONG.sub("\\g<0>\0", visible(text)))
    return Markup("<wbr>").join(marked.split("\0"))


def embedded_json(text: str) -> Markup:
    """JSON for a script element: nothing in it can end the element."""
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe.replace("\N{LINE SEPARATOR}", "\\u2028").replace("\N{PARAGRAPH SEPARATOR}", "\\u2029"))  # noqa: S704


def script_source(script: str) -> str:
    """The hash by which a content security policy lets one script run and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def to_json(value: Any) -> str:
    """JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
