from __future__ import annotations

import pytest

from kit.errors import MeasurementError
from kit.meters.gpus import Gpu, foreign_among, foreign_processes, visible_gpus

GPUS = tuple(Gpu(index, f"GPU-{uuid}", "A100") for index, uuid in enumerate(("aaaa-1", "aaab-2", "cccc-3")))


@pytest.mark.parametrize(
    ("visible", "indices"),
    [
        (None, [0, 1, 2]),
        ("", []),
        (" ", []),
        ("-1", []),
        ("0", [0]),
        ("2,0", [2, 0]),
        (" 2 , 1 ", [2, 1]),
        ("GPU-cccc-3", [2]),
        ("GPU-aaab", [1]),
        ("GPU-cccc-3,0", [2, 0]),
        ("0,7,1", [0]),
        ("1,1,2", []),
        ("0,GPU-aaaa-1", []),
        ("1,\u00b2", [1]),
        ("0,,1", [0]),
        ("GPU-zzzz", []),
    ],
)
def test_gpus_are_visible_as_cuda_shows_them(visible: str | None, indices: list[int]) -> None:
    assert [gpu.index for gpu in visible_gpus(GPUS, visible, None)] == indices


def test_an_ambiguous_uuid_is_refused() -> None:
    with pytest.raises(MeasurementError, match="the beginning of 2 UUIDs"):
        visible_gpus(GPUS, "GPU-aaa", None)


def test_a_partition_is_refused() -> None:
    with pytest.raises(MeasurementError, match="MIG partition"):
        visible_gpus(GPUS, "MIG-aaaa-1", None)


def test_different_gpus_are_counted_alike_only_by_bus() -> None:
    mixed = (*GPUS, Gpu(3, "GPU-dddd-4", "H100"))
    with pytest.raises(MeasurementError, match="GPUs of different kinds"):
        visible_gpus(mixed, "0", None)
    assert visible_gpus(mixed, "3", "PCI_BUS_ID")[0].name == "H100"
    assert visible_gpus(mixed, "GPU-dddd", None)[0].name == "H100"


@pytest.mark.parametrize(
    ("listed", "initial_namespace", "found"),
    [
        ([], True, ()),
        ([10], True, ()),
        ([10, 77], True, (77,)),
        ([77], True, (77,)),
        ([77], False, ()),
        ([77, 78], False, (77, 78)),
        ([10, 77], False, (77,)),
    ],
)
def test_processes_of_others_are_told_from_the_own(
    listed: list[int], initial_namespace: bool, found: tuple[int, ...]
) -> None:
    assert foreign_among(listed, {10, 11}, initial_namespace=initial_namespace) == found


def test_no_process_is_not_foreign() -> None:
    assert foreign_processes([]) == ()
