"""What is thought of the way to the Hub: the network, the token, and repositories that ask for accepted conditions."""

from __future__ import annotations

from kit.model.machine import Access, Check, HubFacts, Level
from kit.plan.checks.demand import Demand

LOG_IN = "hf auth login"


def hub_checks(hub: HubFacts, demand: Demand) -> list[Check]:
    """Network, token and access, for a study that fetches from the Hub."""
    if not demand.from_hub:
        whose = (
            f"{demand.study} fetches nothing"
            if demand.study
            else "name a study, as `kit doctor paper`, to have it tried"
        )
        return [Check("network", Level.OK, f"not tried: {whose}")]
    tried = hub.asked and hub.fault is None and hub.token and demand.gated
    return [_network(hub), _token(hub, demand), *([_access(hub, demand)] if tried else [])]


def _network(hub: HubFacts) -> Check:
    if hub.offline is not None:
        says = f"{hub.offline} is set: only what lies in the cache can be used"
        return Check("network", Level.WARNING, says, f"unset {hub.offline}")
    if hub.fault is not None:
        says = f"{hub.endpoint} cannot be reached: {hub.fault}"
        return Check("network", Level.ERROR, says, f"curl -I {hub.endpoint}; behind a proxy, export HTTPS_PROXY")
    return Check("network", Level.OK, f"{hub.endpoint} answers")


def _token(hub: HubFacts, demand: Demand) -> Check:
    if hub.token:
        return Check("token", Level.OK, "there is one")
    if demand.gated:
        names = ", ".join(repository.id for repository in demand.gated)
        return Check("token", Level.ERROR, f"none, and {names} can only be read with one", LOG_IN)
    return Check("token", Level.OK, "none; the study reads nothing that is gated")


def _access(hub: HubFacts, demand: Demand) -> Check:
    closed = [
        (repository, answer)
        for repository in demand.gated
        if (answer := hub.access.get(repository.id, Access.NO_ANSWER)) is not Access.GRANTED
    ]
    if not closed:
        return Check("gated", Level.OK, f"{len(demand.gated)} repositories are open to the token")
    says = "; ".join(f"{repository.id}: {answer}" for repository, answer in closed)
    tokenless = all(answer is Access.NO_TOKEN for _, answer in closed)
    pages = ", ".join(
        f"{hub.endpoint}/{'datasets/' if repository.kind == 'datasets' else ''}{repository.id}"
        for repository, _ in closed
    )
    unsure = all(answer is Access.NO_ANSWER for _, answer in closed)
    mend = LOG_IN if tokenless else f"accept the conditions at {pages}"
    return Check("gated", Level.WARNING if unsure else Level.ERROR, says, "try again" if unsure else mend)
