"""What keeps figures from being held against the paper's: another machine, other weights, missing runs."""

from __future__ import annotations

from typing import Final

from kit.analyse.quantities import Scale
from kit.model.record import Origin, Record
from kit.model.results import Boundary, Estimate
from kit.model.runs import Measured

PAPER_GPU: Final = "A100"
PUBLISHED_ARTEFACTS: Final = "hub"


def obstacle(record: Record, scale: Scale, observed: Estimate) -> str | None:
    """Why a number of this scale cannot be held against the published one, in one sentence; None where it can.

    A ratio travels from machine to machine, and is judged with its own uncertainty; an absolute energy does not.
    """
    if scale is Scale.ABSOLUTE and observed.boundary not in (None, Boundary.PUBLISHED):
        return (
            f"The paper states this of the whole node; within the boundary `{observed.boundary}` it is another figure."
        )
    if record.origin is Origin.REPLAYED or scale in (Scale.RELATIVE, Scale.STATED):
        return None
    if scale is Scale.ABSOLUTE and (other := _made_otherwise(record)):
        return f"It is an absolute figure of a node of {PAPER_GPU} GPUs; this run was made {other}."
    if built := _built(record):
        what = "what the paper measured" if scale is Scale.DESIGN else "the published weights and data"
        return f"It is a figure of {what}; this run was made {built}."
    if scale is not Scale.CONTENT and record.missing:
        missing = sum(count for _, count in record.missing)
        return f"The run is incomplete: {missing} of its {_planned(record)} planned runs are missing."
    return None


def _made_otherwise(record: Record) -> str:
    machine = _machine(record)
    return ", ".join(part for part in (f"on {machine}" if machine else "", _built(record)) if part)


def _built(record: Record) -> str:
    artefacts = {cell.protocol.artefacts for cell in record.cells.values()}
    return "" if artefacts == {PUBLISHED_ARTEFACTS} else "with weights and data that the kit built"


def empty(record: Record) -> str | None:
    """Why a record answers nothing at all, or None where it holds runs."""
    measured = [run for run in record.runs if isinstance(run.outcome, Measured)]
    if not measured:
        return "No run was measured."
    if all(run.use is not None for run in measured):
        return "No measured run is one that the published tables use."
    return None


def _planned(record: Record) -> int:
    return sum(planned.repetitions for planned in record.study.cells)


def _machine(record: Record) -> str | None:
    """What the run was made on, where it is not GPUs as the paper's throughout."""
    used = {run.host_id for run in record.runs if isinstance(run.outcome, Measured)}
    names: list[str] = []
    for host_id in sorted(used):
        host = record.hosts.get(host_id, {})
        gpus = host.get("gpus")
        found = [str(gpu.get("name")) for gpu in gpus if isinstance(gpu, dict)] if isinstance(gpus, list) else []
        names += found or [str(host.get("gpu_model") or host.get("cpu") or "a machine without a record")]
    others = [name for name in dict.fromkeys(names) if PAPER_GPU not in name]
    if record.study.device != "cuda" and not others:
        return "its processor"
    return ", ".join(others) if others else None
