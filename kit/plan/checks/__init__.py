"""Whether a machine is fit for a study: facts and a demand in, judgements out."""

from kit.model.machine import Check, Machine
from kit.plan.checks.demand import Demand, Repository, demand_of
from kit.plan.checks.gpu import gpu_checks
from kit.plan.checks.hub import hub_checks
from kit.plan.checks.system import (
    clock_check,
    container_check,
    disk_check,
    packages_check,
    python_check,
    ram_check,
    rapl_check,
    renderer_check,
    worst,
)

__all__ = ["Demand", "Repository", "checks", "demand_of", "worst"]


def checks(machine: Machine, demand: Demand, present_bytes: int) -> tuple[Check, ...]:
    """Every check, in the order in which one mends.

    Args:
        present_bytes: of the study's models that lie in the cache folder already.
    """
    host = machine.host
    return (
        python_check(host),
        packages_check(host, demand),
        *gpu_checks(machine.nvml, host, demand),
        rapl_check(machine.rapl, demand),
        ram_check(host, demand),
        disk_check(host, demand, present_bytes),
        *hub_checks(machine.hub, demand),
        container_check(host, gpus=bool(machine.nvml.gpus)),
        clock_check(host),
        renderer_check(machine.renderer),
    )
