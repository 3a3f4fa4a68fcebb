"""A claim rests on exactly the cells that its quantity pools: the same number comes of them alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kit.analyse.evidence import Evidence
from kit.catalog import load_study
from kit.catalog.claims import Claim, load_claims
from kit.claims.judging import judge_claims, observed_value
from kit.claims.needs import Needed, OutOfReach, needs
from kit.model.record import Origin
from kit.model.results import Estimate, Verdict
from kit.model.study import CellKey
from tests.claims.studies import record_of

CLAIMS = load_claims()
CELLS = [planned.cell for planned in load_study("paper").cells]
FOUND = needs(CLAIMS, CELLS)


@dataclass(frozen=True)
class Case:
    needed: Needed
    claims: tuple[Claim, ...]


def by_cells() -> list[Case]:
    """Claims that rest on the same cells, together: their evidence is made once."""
    groups: dict[frozenset[CellKey], list[tuple[Needed, Claim]]] = {}
    for found, claim in zip(FOUND, CLAIMS, strict=True):
        if isinstance(found, Needed) and found.cells:
            groups.setdefault(found.cells, []).append((found, claim))
    return [Case(items[0][0], tuple(claim for _, claim in items)) for items in groups.values()]


@pytest.fixture(scope="module")
def everything() -> Evidence:
    return Evidence(record_of(origin=Origin.MEASURED))


@pytest.mark.parametrize("case", by_cells(), ids=lambda case: case.needed.claim)
def test_the_cells_of_a_claim_alone_give_what_the_whole_study_gives(case: Case, everything: Evidence) -> None:
    alone = Evidence(record_of(lambda key: key in case.needed.cells, origin=Origin.MEASURED))
    for claim in case.claims:
        whole, part = observed_value(everything, claim), observed_value(alone, claim)
        assert isinstance(whole, Estimate)
        assert isinstance(part, Estimate)
        assert part.value == pytest.approx(whole.value, rel=1e-12), claim.id
        assert part.n_runs == whole.n_runs, claim.id
    assert all(result.verdict is not Verdict.NOT_TESTABLE for result in judge_claims(alone, case.claims))


def test_what_is_out_of_reach_cannot_be_tested_on_the_energies_of_the_whole_study(everything: Evidence) -> None:
    beyond = [claim for found, claim in zip(FOUND, CLAIMS, strict=True) if isinstance(found, OutOfReach)]
    assert {result.verdict for result in judge_claims(everything, tuple(beyond))} == {Verdict.NOT_TESTABLE}


def test_a_claim_without_cells_is_testable_on_any_cell() -> None:
    free = [claim for found, claim in zip(FOUND, CLAIMS, strict=True) if found == Needed(found.claim, frozenset())]
    one = CELLS[0].key
    evidence = Evidence(record_of(lambda key: key == one, origin=Origin.MEASURED))
    assert [claim.id for claim in free] == ["D3", "B1.energy", "B3"]
    assert all(result.verdict is not Verdict.NOT_TESTABLE for result in judge_claims(evidence, tuple(free)))


def test_editions_are_told_apart_by_name() -> None:
    names = [found.claim for found in FOUND]
    assert len(set(names)) == len(names)
    assert {"S7 (v1)", "S7 (final)"} <= set(names)
