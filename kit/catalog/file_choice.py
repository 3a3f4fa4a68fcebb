"""Which files of a repository a pipeline needs: configuration, tokenizer, one format of weights; data of one split.

Code is never among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Final

ENOUGH_BYTES: Final = 256 * 2**20
"""Data files are taken in order until they hold this much: 3,000 texts of up to 85 kB, or 1,000 photographs of 260 kB.

Without it C4 alone would be 300 GB. Where the rows do not suffice after all, the run says so."""

SMALL_SUFFIXES: Final = (".json", ".txt", ".model", ".codes", ".jinja")
"""Of configurations, vocabularies and templates."""
STEMS: Final = ("model", "diffusion_pytorch_model")
"""File names of safetensors weights, without suffix; Diffusers has its own beside that of Transformers."""
PICKLED_STEMS: Final = ("pytorch_model", "diffusion_pytorch_model")
DATA_FORMATS: Final = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
}
USUAL_CONFIGS: Final = (None, "default", "plain_text")
"""What `datasets` calls the configuration of a data set that has only one."""
SPLIT_WORDS: Final = {
    "validation": ("validation", "valid", "val", "dev"),
    "val": ("validation", "valid", "val", "dev"),
    "test": ("test",),
    "train": ("train",),
}


def data_format(path: str) -> str | None:
    """The name of the reader of a data file (`parquet`, `csv`, `json`), or None where it is no such file."""
    return DATA_FORMATS.get(PurePosixPath(path.removesuffix(".gz")).suffix)


def model_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The files that a Transformers or Diffusers pipeline loads; empty where there are no weights in a usable format.

    In each folder one format: safetensors, else PyTorch's (which load as weights only).
    """
    every = sorted(paths)
    folders: dict[str, list[str]] = {}
    for path in every:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, []).append(name)
    if "model_index.json" not in folders.get("", ()):
        return _folder_files("", folders.get("", ()), with_weights=True) if _weights(folders.get("", ())) else ()
    chosen = list(_folder_files("", folders[""], with_weights=False))
    parts = {name: files for name, files in folders.items() if name and "/" not in name}
    for folder, names in parts.items():
        chosen += _folder_files(folder, names, with_weights=True)
    return tuple(chosen) if any(_weights(names) for names in parts.values()) else ()


def _folder_files(folder: str, names: Iterable[str], *, with_weights: bool) -> tuple[str, ...]:
    names = list(names)
    chosen = [name for name in names if name.endswith(SMALL_SUFFIXES) and not name.endswith(".index.json")]
    if with_weights:
        chosen += _weights(names)
    return tuple(f"{folder}/{name}" if folder else name for name in sorted(chosen))


def _weights(names: Iterable[str]) -> list[str]:
    """Weights of one folder: a single file, or its parts with their index; never a variant such as fp16."""
    present = set(names)
    for stems, suffix in ((STEMS, "safetensors"), (PICKLED_STEMS, "bin")):
        for stem in stems:
            if f"{stem}.{suffix}" in present:
                return [f"{stem}.{suffix}"]
            index = f"{stem}.{suffix}.index.json"
            parts = [name for name in present if re.fullmatch(rf"{stem}-\d{{5}}-of-\d{{5}}\.{suffix}", name)]
            if parts and index in present:
                return [index, *sorted(parts)]
    return []


def data_files(
    sizes: Mapping[str, int], config: str | None, split: str, card: Mapping[str, Any], patterns: Sequence[str]
) -> tuple[str, ...]:
    """The data files of a split, in order, as many as a study reads; empty where none loads without a script.

    Names of files are believed only where no script lies beside them, since it might read them in any way.

    Args:
        sizes: bytes by path, of the whole repository.
        config, split: as `datasets` calls them.
        card: the data set's card, whose `configs` say which files belong to what.
        patterns: where they are known, they alone decide.
    """
    data = sorted(path for path in sizes if data_format(path))
    found = _matching(data, patterns or _card_patterns(card, config, split))
    scripted = any(path.endswith(".py") and "/" not in path for path in sizes)
    if not found and not patterns and not scripted:
        found = _conventional(data, config, split)
    formats = {data_format(path) for path in found}
    if len(formats) > 1:
        found = [path for path in found if data_format(path) == "parquet"]
    chosen: list[str] = []
    total = 0
    for path in found:
        if total >= ENOUGH_BYTES:
            break
        chosen.append(path)
        total += sizes[path]
    return tuple(chosen)


def _matching(paths: Iterable[str], patterns: Sequence[str]) -> list[str]:
    return [path for path in paths if any(fnmatchcase(path, pattern.replace("**/", "*")) for pattern in patterns)]


def _card_patterns(card: Mapping[str, Any], config: str | None, split: str) -> list[str]:
    """Patterns that a card's `configs` give for a split; the card is anybody's writing, so nothing of it is trusted."""
    configs = card.get("configs")
    entries = [item for item in configs if isinstance(item, dict)] if isinstance(configs, list) else []
    named = [item for item in entries if item.get("config_name") == (config or "default")]
    for entry in named or (entries if len(entries) == 1 and config in (None, "default") else []):
        folder = entry.get("data_dir")
        prefix = f"{folder.strip('/')}/" if isinstance(folder, str) and folder.strip("/") else ""
        files = entry.get("data_files")
        for item in files if isinstance(files, list) else []:
            if isinstance(item, dict) and item.get("split") == split:
                paths = item.get("path")
                listed = paths if isinstance(paths, list) else [paths]
                return [prefix + path for path in listed if isinstance(path, str)]
    return []


def _conventional(data: Sequence[str], config: str | None, split: str) -> list[str]:
    """Files whose names say the split, in the folder of the configuration; the usual one may do without."""
    inside = [path for path in data if config and config in path.split("/")[:-1]]
    if not inside and config not in USUAL_CONFIGS:
        return []
    words = "|".join(map(re.escape, SPLIT_WORDS.get(split, (split,))))
    spoken = re.compile(rf"(?:^|[/._-])(?:{words})(?:[/._-]|$)")
    return [path for path in inside or data if spoken.search(path)]
