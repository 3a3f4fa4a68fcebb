"""A run that goes on elsewhere: refused where other hardware does the work, said where anything else differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kit.errors import ResumeError
from kit.model.record import Record
from kit.model.runs import Failed, Measured, Run
from kit.run.same_host import other_host
from tests.builders import record

A100 = {"index": 0, "uuid": "GPU-1", "name": "A100", "driver": "535"}
HOST = {"cpu": "Xeon", "gpus": [A100], "packages": {"torch": "2"}, "installed": {"torch": "2"}}


def begun(host: dict[str, Any], device: str = "cuda") -> Record:
    empty = record(lacking=99)
    runs = (
        Run("a", "cell", 1, "failed on", Failed("lost")),
        Run("b", "cell", 1, "host", Measured(())),
        Run("c", "cell", 2, "later", Measured(())),
    )
    hosts = {"failed on": {"cpu": "Z80"}, "host": host, "later": {"cpu": "Z80"}}
    return replace(empty, study=replace(empty.study, device=device), hosts=hosts, runs=runs)


def test_the_same_host_and_one_of_a_run_without_measurements_need_no_word() -> None:
    assert other_host(begun(HOST), HOST) is None
    assert other_host(replace(begun(HOST), runs=()), {"cpu": "Z80"}) is None


def test_what_differs_is_said_by_its_name_and_the_list_of_all_packages_is_not() -> None:
    now = HOST | {"gpus": [A100 | {"uuid": "GPU-2", "driver": "580"}], "installed": {"torch": "3"}}
    assert other_host(begun(HOST), now) == (
        "The run was continued on another host than the one where it began "
        "(gpus 0 uuid: GPU-1 became GPU-2; gpus 0 driver: 535 became 580)."
    )


def test_more_differences_than_one_can_read_are_counted() -> None:
    now = HOST | {str(number): number for number in range(8)}
    assert str(other_host(begun(HOST), now)).endswith("5: None became 5; and 2 more).")


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (HOST | {"gpus": [A100 | {"name": "H100"}]}, "began on 1 x A100, and here is 1 x H100"),
        (HOST | {"gpus": [A100, A100]}, "and here is 2 x A100"),
        (HOST | {"gpus": []}, "and here is no GPU"),
    ],
)
def test_other_gpus_are_refused_where_a_gpu_does_the_work(now: dict[str, Any], reason: str) -> None:
    with pytest.raises(ResumeError, match=reason):
        other_host(begun(HOST), now)
    assert other_host(begun(HOST, "cpu"), now) is not None


def test_another_cpu_is_refused_where_it_does_the_work() -> None:
    now = HOST | {"cpu": "EPYC"}
    with pytest.raises(ResumeError, match="began on Xeon, and here is EPYC"):
        other_host(begun(HOST, "cpu"), now)
    assert "cpu: Xeon became EPYC" in str(other_host(begun(HOST), now))
