"""How two studies differ, in sentences: why a half-done run is not gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.model.canonical import plain
from kit.model.study import CellKey, PlannedCell, Study

_SETTINGS = ("device", "country", "region", "seed", "idle_s", "load_each_run", "meters", "procedure")


def difference(old: Study, new: Study) -> tuple[str, ...]:
    """Every difference that changes what is measured; empty where the two are the same study."""
    if old.study_id == new.study_id:
        return ()
    lines = _settings_changed(old, new)
    before, after = _by_key(old), _by_key(new)
    lines += [f"{_name(key)}: no longer in the study" for key in before if key not in after]
    lines += [f"{_name(key)}: new in the study" for key in after if key not in before]
    for key in before:
        if key in after:
            lines += [f"{_name(key)}: {line}" for line in _changes(before[key], after[key])]
    return tuple(lines) or ("the order of the cells changed",)


def _settings_changed(old: Study, new: Study) -> list[str]:
    before = _flat({name: plain(getattr(old, name)) for name in _SETTINGS})
    after = _flat({name: plain(getattr(new, name)) for name in _SETTINGS})
    return [f"{name}: {before[name]} became {value}" for name, value in after.items() if before[name] != value]


def _by_key(study: Study) -> dict[CellKey, PlannedCell]:
    return {planned.cell.key: planned for planned in study.cells}


def _name(key: CellKey) -> str:
    return f"{key.task.value}, {key.model}, {key.dataset}"


def _changes(old: PlannedCell, new: PlannedCell) -> list[str]:
    before = _flat({**old.cell.identity, "repetitions": old.repetitions})
    after = _flat({**new.cell.identity, "repetitions": new.repetitions})
    names = sorted(before.keys() | after.keys())
    return [
        f"{name}: {before.get(name)} became {after.get(name)}" for name in names if before.get(name) != after.get(name)
    ]


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, Mapping):
            flat |= _flat(item, f"{prefix}{key}.")
        else:
            flat[prefix + key] = item
    return flat
