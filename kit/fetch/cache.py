"""Where artefacts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`KIT_CACHE`, else the user's cache folder."""
    chosen = environment.get("KIT_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = environment.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "power-hungry-kit"


def hub_folder(cache: Path, artefacts: str) -> Path:
    """The folder in the Hub's cache layout that holds artefacts of one kind (`hub`, `embedded`, `tiny`)."""
    return cache / artefacts / "hub"


def pins_path(cache: Path, study: str) -> Path:
    """Where the pins of a study lie until a run takes them into its folder."""
    return cache / "pins" / f"{study}.json"
