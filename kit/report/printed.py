"""What the paper prints in its Tables 2 to 4, from the registry of claims, to stand beside the run's own figures."""

from __future__ import annotations

from collections.abc import Iterator

from kit.catalog.claims import Claim, load_claims
from kit.model.results import Value


def printed_by_task() -> dict[str, float]:
    """Mean energies of Table 2, kWh for 1,000 inferences, by task."""
    return {
        str(claim.parameters["task"]): value
        for claim, value in _of("Table 2")
        if "task" in claim.parameters and claim.id.endswith(".mean")
    }


def printed_of_model(model: str) -> dict[str, Value]:
    """Grams and kWh of Table 3 for 1,000 inferences of a multi-purpose model; empty where it does not list it."""
    columns = {"emissions": "paper_printed_g", "energy": "paper_printed_kwh"}
    return {
        columns[str(claim.parameters["of"])]: value
        for claim, value in _of("Table 3")
        if claim.parameters.get("model") == model and claim.parameters.get("of") in columns
    }


def printed_lengths(side: str) -> dict[tuple[str, str], float]:
    """Mean tokens of Table 4 by data set and model; the model is empty for `input`, which it states by data set."""
    return {
        (str(claim.parameters["dataset"]), str(claim.parameters.get("model", ""))): value
        for claim, value in _of("Table 4")
        if claim.parameters.get("side") == side
    }


def _of(place: str) -> Iterator[tuple[Claim, float]]:
    for claim in load_claims():
        if claim.where == place and claim.printed is not None:
            yield claim, float(claim.printed)
