"""What is looked at before anything is measured."""

from __future__ import annotations

import pytest

from kit.run import preflight as module


def test_where_the_cpu_does_the_work_no_gpu_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def list_gpus() -> None:
        raise AssertionError("the GPUs were asked for")

    monkeypatch.setattr(module, "list_gpus", list_gpus)
    assert module.preflight("cpu", {"CUDA_VISIBLE_DEVICES": "MIG-1"}, forced=False) == ()
    assert module.preflight("cpu", {}, forced=True) == ()
