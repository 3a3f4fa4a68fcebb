"""Whether the paper's inferences to parity come out of the paper's own inputs, to the last digit.

All arithmetic is exact, on the decimals as they are printed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Final

from kit.catalog.break_even_data import PublishedParity, TrainedModel, load_training

HALF: Final = Fraction(1, 2)
SIGNIFICANT: Final = 2
"""Digits to which the paper prints the energy of an inference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityAudit:
    """One published parity against the quotient of its published inputs.

    Attributes:
        published: as printed.
        truncated, rounded: (training + fine-tuning) / inference, cut off and to the nearest.
        rules: which of the two give the printed digits.
        energy_kwh: the whole kWh of training and fine-tuning together that the printed parity asks for, where there
            are such; energy_rules: which of the two rules then give the printed digits.
        inference_kwh: the energy of an inference that it asks for, the training energies being as printed.
        lowest, highest: parities that the rounding of the printed energy of an inference alone allows.
        finding: one sentence.
    """

    model: str
    label: str
    published: int
    truncated: int
    rounded: int
    rules: tuple[str, ...]
    energy_kwh: int | None
    energy_rules: tuple[str, ...]
    inference_kwh: float
    lowest: int
    highest: int
    finding: str

    @property
    def exact(self) -> bool:
        """Whether the published inputs give the printed digits."""
        return bool(self.rules)


def published_parity_audit() -> tuple[ParityAudit, ...]:
    """The audit of every parity that the paper prints, in the order of the catalogue."""
    return audit_parities(load_training().models.values())


def audit_parities(models: Iterable[TrainedModel]) -> tuple[ParityAudit, ...]:
    """The audit of those models that have a published parity."""
    return tuple(_audit(model, model.published) for model in models if model.published is not None)


def _audit(model: TrainedModel, published: PublishedParity) -> ParityAudit:
    training = _exact(model.training_kwh) + _exact(model.fine_tuning_kwh or 0.0)
    inference = _exact(published.inference_kwh)
    quotient = training / inference
    rules = _rules(quotient, published.parity)
    energy = floor(published.parity * inference + HALF)
    energy_rules = _rules(energy / inference, published.parity)
    step = _last_digit(inference) / 2
    return ParityAudit(
        model=model.id,
        label=model.label,
        published=published.parity,
        truncated=floor(quotient),
        rounded=floor(quotient + HALF),
        rules=rules,
        energy_kwh=energy if energy_rules else None,
        energy_rules=energy_rules,
        inference_kwh=float(training / published.parity),
        lowest=ceil(training / (inference + step)),
        highest=floor(training / (inference - step)),
        finding=_came_out(model, published, quotient, rules)
        if rules
        else _did_not(model, published, quotient, energy if energy_rules else None, energy_rules),
    )


def _exact(printed: float) -> Fraction:
    return Fraction(repr(printed))


def _rules(quotient: Fraction, printed: int) -> tuple[str, ...]:
    results = {"truncated": floor(quotient), "rounded": floor(quotient + HALF)}
    return tuple(rule for rule, result in results.items() if result == printed)


def _last_digit(value: Fraction) -> Fraction:
    """One unit of the last of the two digits to which an energy of an inference is printed."""
    exponent = 0
    while value * 10**exponent < 1:
        exponent += 1
    return Fraction(1, 10 ** (exponent + SIGNIFICANT - 1))


def _division(model: TrainedModel, published: PublishedParity) -> str:
    return f"{model.label}: ({model.training_kwh:,g} + {model.fine_tuning_kwh or 0:,g}) / {published.inference_kwh:g}"


def _came_out(model: TrainedModel, published: PublishedParity, quotient: Fraction, rules: tuple[str, ...]) -> str:
    how = "exactly" if quotient.denominator == 1 else f"{' or '.join(rules)} from {float(quotient):,.2f}"
    return f"{_division(model, published)} gives the printed {published.parity:,}, {how}"


def _did_not(
    model: TrainedModel, published: PublishedParity, quotient: Fraction, energy: int | None, rules: tuple[str, ...]
) -> str:
    """Which single input would have given the printed parity."""
    said = f"{_division(model, published)} gives {float(quotient):,.2f}, not the printed {published.parity:,}"
    asked = float(quotient * _exact(published.inference_kwh) / published.parity)
    other = f"an inference of {asked:.10g} kWh"
    if energy is None:
        return f"{said}; {other} would"
    more = float(energy - quotient * _exact(published.inference_kwh))
    inputs = [f"training of {model.training_kwh + more:,g} kWh"]
    if model.fine_tuning_kwh is not None:
        inputs.append(f"fine-tuning of {model.fine_tuning_kwh + more:,g} kWh")
    return (
        f"{said}; {' or '.join(inputs)} would, that is {abs(more):g} kWh {'more' if more > 0 else 'less'} "
        f"({' or '.join(rules)}), or {other}"
    )
