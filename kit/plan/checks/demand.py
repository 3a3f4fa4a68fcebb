"""What a study demands of a machine, in so far as a machine can fail it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kit.model.machine import Level
from kit.model.study import Study
from kit.plan.estimate import StudySize

BYTES_IN_MEMORY: Final = 4
"""Of a parameter, once it is loaded as float32; float16 takes half."""
HALF: Final = ("float16", "bfloat16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository of the Hub that only those may read who accepted its conditions.

    Attributes:
        kind: `models` or `datasets`, as in the Hub's addresses.
    """

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked for.

    Attributes:
        study: its name; None where the machine is looked at for no study in particular.
        device: `cuda` or `cpu`. meters: that read it.
        from_hub: whether weights and data come from the Hub.
        gated: repositories that ask for accepted conditions.
        disk_bytes: of known sizes, whether they lie there already or not.
        unknown_sizes: models and data sets whose size is not in it.
        largest_bytes: weights of the largest model in memory; None where no parameters are known.
        largest: that model.
    """

    study: str | None = None
    device: str | None = None
    meters: tuple[str, ...] = ()
    from_hub: bool = False
    gated: tuple[Repository, ...] = ()
    disk_bytes: int = 0
    unknown_sizes: int = 0
    largest_bytes: int | None = None
    largest: str | None = None

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU does the work."""
        return self.device == "cuda"

    def level(self, *, hinders: bool) -> Level:
        """How grave something is that hinders the study asked for, or not; a warning where none is asked for."""
        if self.study is None:
            return Level.WARNING
        return Level.ERROR if hinders else Level.OK


def demand_of(study: Study, size: StudySize) -> Demand:
    """The demand of a study."""
    cells = [planned.cell for planned in study.cells]
    fetched = [cell for cell in cells if cell.protocol.artefacts == "hub"]
    gated = [Repository(kind="models", id=cell.model.current_id) for cell in fetched if cell.model.gated]
    gated += [Repository(kind="datasets", id=cell.dataset.current_id) for cell in fetched if cell.dataset.gated]
    weights = {
        cell.model.id: cell.model.parameters * BYTES_IN_MEMORY // (2 if cell.protocol.dtype in HALF else 1)
        for cell in cells
        if cell.model.parameters is not None and cell.protocol.artefacts != "tiny"
    }
    largest = max(weights, key=lambda name: weights[name], default=None)
    return Demand(
        study=study.name,
        device=study.device,
        meters=study.meters,
        from_hub=bool(fetched),
        gated=tuple(dict.fromkeys(gated)),
        disk_bytes=size.disk_bytes,
        unknown_sizes=len(size.unknown_datasets) + len(size.unknown_models),
        largest_bytes=None if largest is None else weights[largest],
        largest=largest,
    )
