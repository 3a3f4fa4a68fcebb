"""What the tests put on the stand-in Hub, and how they ask for it."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from kit.catalog.sources import Source, Wanted
from kit.fetch.hub_client import HubClient
from kit.fetch.locking import LockSetting, lock
from kit.model.pins import Pins, RepoKind
from tests.standin.hub import Commit, StandInHub

OLD, NEW = date(2023, 10, 1), date(2025, 2, 3)
WEIGHTS = random.Random(1).randbytes(30_000)
MODEL_FILES = {
    "config.json": b'{"model_type": "bert"}',
    "vocab.txt": b"[PAD]\n[UNK]\n",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": WEIGHTS[::-1],
    "modeling_own.py": b"raise SystemExit",
    "README.md": b"a card",
}
ROWS = b"".join(b'{"text": "row %d"}\n' % number for number in range(5_000))
DATA_FILES = {"data/test.jsonl": ROWS, "data/train.jsonl": ROWS[::-1], "loader.py": b"raise SystemExit"}
CARD = {
    "license": "mit",
    "configs": [
        {
            "config_name": "default",
            "data_files": [
                {"split": "train", "path": "data/train*"},
                {"split": "test", "path": "data/test*"},
            ],
        }
    ],
}


def put_model(hub: StandInHub, repo_id: str = "org/bert", **facts: object) -> tuple[Commit, Commit]:
    """A model with an old and a new commit."""
    old = Commit(OLD, MODEL_FILES | {"config.json": b'{"model_type": "bert", "old": true}'})
    new = Commit(NEW, MODEL_FILES)
    hub.model(repo_id, old, new, card={"license": "apache-2.0"}, **facts)
    return old, new


def put_dataset(hub: StandInHub, repo_id: str = "org/notes", **facts: object) -> Commit:
    """A data set with a script that must not matter."""
    commit = Commit(OLD, DATA_FILES)
    hub.dataset(repo_id, commit, card=CARD, **facts)
    return commit


def model(*ids: str, known: str | None = None) -> Wanted:
    """A model with its sources."""
    sources = tuple(Source(id=name) for name in ids)
    return Wanted(kind=RepoKind.MODEL, name=ids[0], published=ids[0], sources=sources, known=known)


def dataset(*sources: Source, split: str = "test") -> Wanted:
    """A data set with its sources."""
    return Wanted(
        kind=RepoKind.DATASET, name="notes", published=sources[0].id, sources=sources, known=None, split=split
    )


def locked(client: HubClient, *wanted: Wanted, as_of: date | None = None, leave_out_gated: bool = False) -> Pins:
    """Pins of what is wanted."""
    return lock("mine", wanted, client, LockSetting(as_of=as_of, leave_out_gated=leave_out_gated), lambda *_: None)


def files_below(folder: Path) -> set[str]:
    """Every file, by its path."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or path.is_file()}
