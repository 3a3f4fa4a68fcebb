"""Workloads: the study's pipelines on the study's inputs. The only layer that imports torch, and it does so lazily."""

from __future__ import annotations

from kit.errors import StudyError
from kit.model.study import Cell
from kit.workloads.interface import Setting, Workload

__all__ = ["Setting", "Workload", "open_workload"]


def open_workload(cell: Cell, setting: Setting) -> Workload:
    """The workload of a cell, not yet loaded.

    Raises:
        StudyError: if the cell's pipeline is none of the study's.
    """
    if cell.protocol.pipeline == "diffusion":
        from kit.workloads.diffusion import DiffusionWorkload

        return DiffusionWorkload(cell, setting)
    from kit.workloads.pipelines import KINDS, PipelineWorkload

    if cell.protocol.pipeline not in KINDS:
        raise StudyError(
            f"{cell.protocol.pipeline}: not a pipeline of the study", f"choose among {', '.join(KINDS)}, diffusion"
        )
    return PipelineWorkload(cell, setting)
