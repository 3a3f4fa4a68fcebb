"""The versions that decide the bytes of tables and report; two that are equal render the same bytes."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import kit

PACKAGES: Final = (
    "numpy", "scipy", "pydantic", "jinja2", "altair", "vl-convert-python", "weasyprint", "pydyf", "fonttools",
    "tinycss2", "tinyhtml5", "cssselect2", "pyphen", "pillow",
)  # fmt: skip
LOCKS: Final = ("requirements-core.lock", "requirements-measure.lock")


def software() -> dict[str, Any]:
    """The kit, Python, processor's architecture, packages and text layout library at work here."""
    from weasyprint.text.ffi import pango

    return {
        "schema": 1,
        "kit": kit.__version__,
        "python": platform.python_version(),
        "architecture": platform.machine(),
        "pango": pango.pango_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def locks() -> dict[str, bytes]:
    """The locks of the checkout that the kit runs from, by file name; none where it runs from an installed package."""
    root = Path(kit.__file__).parents[1]
    return {name: (root / name).read_bytes() for name in LOCKS if (root / name).is_file()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
