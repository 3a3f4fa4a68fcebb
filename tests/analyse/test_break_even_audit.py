from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest

from kit.analyse.break_even_audit import audit_parities, published_parity_audit
from kit.catalog.break_even_data import PublishedParity, load_training

BLOOMZ = "bigscience/bloomz-"


def audited(suffix):
    return next(audit for audit in published_parity_audit() if audit.model == BLOOMZ + suffix)


@pytest.mark.parametrize(
    ("suffix", "printed", "rules"),
    [
        ("7b1", 592_570_000, ("truncated", "rounded")),
        ("1b7", 292_467_741, ("truncated",)),
        ("560m", 204_592_592, ("truncated",)),
    ],
)
def test_three_published_parities_come_out_to_the_last_digit(suffix, printed, rules):
    audit = audited(suffix)
    assert audit.exact
    assert audit.published == printed
    assert audit.truncated == printed
    assert audit.rules == rules
    assert f"{printed:,}" in audit.finding


def test_the_parity_of_bloomz_3b_does_not_come_out_and_the_audit_says_what_would_give_it():
    audit = audited("3b")
    assert not audit.exact
    assert (audit.truncated, audit.rounded) == (395_561_643, 395_561_644)
    assert audit.energy_kwh == 28_879
    assert audit.energy_rules == ("rounded",)
    assert floor(Fraction(28_879) / Fraction("7.3e-5") + Fraction(1, 2)) == 395_602_740
    assert "training of 25,637 kWh or fine-tuning of 3,245 kWh would, that is 3 kWh more" in audit.finding


def test_the_energy_of_an_inference_that_the_sentence_names_gives_the_printed_parity():
    audit = audited("3b")
    named = audit.finding.rpartition("an inference of ")[2].split()[0]
    assert abs(Fraction(28_876) / Fraction(named) - 395_602_740) < 1


def test_two_digits_of_an_inference_allow_a_band_that_holds_the_printed_parity():
    audits = published_parity_audit()
    assert len(audits) == 4
    for audit in audits:
        assert audit.lowest < audit.published < audit.highest
    seven = audited("7b1")
    assert seven.lowest < 59_257 / 1.04e-4 < seven.highest


def test_a_parity_that_no_whole_energy_gives_is_explained_by_the_inference_alone():
    model = replace(
        load_training().models[BLOOMZ + "7b1"],
        fine_tuning_kwh=None,
        published=PublishedParity(source="a test", inference_kwh=1.0e-4, parity=516_861_234),
    )
    (audit,) = audit_parities([model])
    assert audit.energy_kwh is None
    assert not audit.exact
    assert audit.finding.endswith("kWh would")
    assert "fine-tuning" not in audit.finding


def test_a_model_without_a_published_parity_is_not_audited():
    assert audit_parities([load_training().models["bigscience/bloom"]]) == ()
