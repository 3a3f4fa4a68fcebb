"""Where the templates, fonts and assets lie: `templates/` beside the package, in a checkout and in an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import kit
from kit.errors import PlatformError

FOLDER: Final = "templates"


def templates_folder() -> Path:
    """The folder of templates.

    Raises:
        PlatformError: if it is not beside the package.
    """
    folder = Path(kit.__file__).resolve().parents[1] / FOLDER
    if not (folder / "fonts").is_dir():
        raise PlatformError(f"{folder}: the report's templates are not there", "install or clone the kit anew")
    return folder


def asset(name: str) -> str:
    """The text of a file of `templates/assets/`."""
    return (templates_folder() / "assets" / name).read_text(encoding="utf-8")


def vendored(name: str) -> str:
    """The text of a library of `templates/vendor/`."""
    return (templates_folder() / "vendor" / name).read_text(encoding="utf-8")
