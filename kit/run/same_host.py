"""Whether a run goes on where it began: what different hardware takes must not be averaged unawares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kit.errors import ResumeError
from kit.model.record import Record
from kit.model.runs import Measured

MOST_NAMED: Final = 6
_LEFT_OUT: Final = frozenset({"installed"})
"""Every package with its version; those that can change an energy are in `packages` too."""


def other_host(record: Record, host: Mapping[str, Any]) -> str | None:
    """What a reader has to know of a run that goes on on another host than the one of its first measured run.

    Args:
        record: of the run so far.
        host: values of the host that is to measure now.

    Returns:
        One sentence, or None where nothing differs that is recorded (or nothing was measured).

    Raises:
        ResumeError: if the work is done by another kind of GPU, or of CPU, or by another number of GPUs.
    """
    first = next((run.host_id for run in record.runs if isinstance(run.outcome, Measured)), None)
    if first is None:
        return None
    before = record.hosts[first]
    at_work, now_at_work = (_at_work(record.study.device, values) for values in (before, host))
    if at_work != now_at_work:
        raise ResumeError(
            f"the run began on {at_work}, and here is {now_at_work}",
            "go on with it where it began, or choose another --out: what they take is not averaged",
        )
    was, now = dict(_flat(before)), dict(_flat(host))
    changes = [
        f"{name}: {was.get(name)} became {now.get(name)}"
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    ]
    if not changes:
        return None
    more = f"; and {len(changes) - MOST_NAMED} more" if len(changes) > MOST_NAMED else ""
    return (
        f"The run was continued on another host than the one where it began ({'; '.join(changes[:MOST_NAMED])}{more})."
    )


def _at_work(device: str, host: Mapping[str, Any]) -> str:
    if device != "cuda":
        return str(host.get("cpu"))
    names = [str(gpu.get("name")) for gpu in host.get("gpus") or ()]
    return ", ".join(f"{names.count(name)} x {name}" for name in sorted(set(names))) or "no GPU"


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values of a record by the way to them, as `gpus 0 driver`."""
    if isinstance(value, Mapping):
        parts = [(str(key), part) for key, part in value.items() if path or key not in _LEFT_OUT]
    elif isinstance(value, list | tuple):
        parts = [(str(place), part) for place, part in enumerate(value)]
    else:
        yield path, value
        return
    for name, part in parts:
        yield from _flat(part, f"{path} {name}".strip())
