"""The break-even of a record: a row a model and boundary, for the command line, the tables and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kit.analyse.break_even import (
    Assumptions,
    Basis,
    InferenceEnergy,
    Never,
    inferences_per_download,
    parity,
    time_to_parity,
)
from kit.analyse.break_even_audit import ParityAudit, published_parity_audit
from kit.analyse.break_even_energies import Energies, energies_of
from kit.analyse.break_even_figures import Curve, Sensitivity, curves, sensitivities
from kit.analyse.break_even_page import page_json
from kit.analyse.observations import Observation, observe, published
from kit.catalog.break_even_data import (
    DownloadCounts,
    TrainedModel,
    TrainingCatalogue,
    load_downloads,
    load_training,
)
from kit.model.record import Record
from kit.model.results import Boundary, Estimate, Unavailable
from kit.model.units import INFERENCES_PER_FIGURE

Answer = Estimate | Never | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one basis (energy or carbon) answers.

    Attributes:
        parity: inferences. days: until then, at the assumed use.
        per_download: inferences that each download makes until then; None where no download was counted.
    """

    parity: Answer
    days: Answer
    per_download: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEvenRow:
    """One model within one boundary.

    Attributes:
        inference: kWh of one inference. provenance: how its energies came about.
        downloads: of a month, at the date of the view's counts.
        published_parity: as the paper prints it (by energy, boundary `published`).
    """

    model: str
    label: str
    boundary: Boundary
    training_kwh: float
    fine_tuning_kwh: float | None
    inference: Estimate | Unavailable
    provenance: str | None
    by_energy: Answers
    by_carbon: Answers
    downloads: int | None
    published_parity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEvenView:
    """Everything that the report, the command line and the page show of the break-even.

    Attributes:
        rows: a row a model and boundary, in the catalogue's order.
        curves: cumulative energy against time, a model, at the boundary `published`.
        sensitivity: days to parity against one assumption at a time, the others as assumed.
        audit: of the paper's own figures.
        downloads_date, downloads_source: of the counts.
        sources: of every published input.
        page: the JSON that templates/assets/break-even.js reads; plain values.
    """

    assumptions: Assumptions
    rows: tuple[BreakEvenRow, ...]
    curves: tuple[Curve, ...]
    sensitivity: tuple[Sensitivity, ...]
    audit: tuple[ParityAudit, ...]
    downloads_date: str
    downloads_source: str
    sources: tuple[str, ...]
    page: Mapping[str, Any]


def published_assumptions() -> Assumptions:
    """The published setting, with the kit's stated uncertainty of the training energy."""
    training = load_training()
    return Assumptions(
        training_grid_g_per_kwh=training.cluster.grid_g_per_kwh,
        serving_grid_g_per_kwh=training.serving.grid_g_per_kwh,
        users_per_day=training.serving.users_per_day,
        relative_uncertainty=training.relative_uncertainty,
    )


def published_downloads() -> DownloadCounts:
    """The counts of November 2023, which the paper states: the oldest that ship with the kit."""
    return load_downloads()[0]


def view(
    record: Record, assumptions: Assumptions | None = None, downloads: DownloadCounts | None = None
) -> BreakEvenView:
    """The break-even of what a record measured; models that it did not measure are there with the reason.

    Args:
        assumptions: the published setting where not given.
        downloads: the counts of November 2023 where not given.
    """
    return view_of(measured_energies(record), assumptions or published_assumptions(), downloads)


def view_of(energies: Energies, assumptions: Assumptions, downloads: DownloadCounts | None = None) -> BreakEvenView:
    """The break-even of given energies of an inference."""
    training = load_training()
    counts = downloads or published_downloads()
    return BreakEvenView(
        assumptions=assumptions,
        rows=rows_of(energies, assumptions, counts),
        curves=curves(training, energies, assumptions),
        sensitivity=sensitivities(training, energies, assumptions),
        audit=published_parity_audit(),
        downloads_date=counts.date,
        downloads_source=counts.source,
        sources=_sources(training, counts),
        page=MappingProxyType(page_json(training, energies, counts, assumptions)),
    )


def rows_of(energies: Energies, assumptions: Assumptions, counts: DownloadCounts) -> tuple[BreakEvenRow, ...]:
    """A row a model and boundary, in the catalogue's order."""
    training = load_training()
    return tuple(
        _row(training, model, boundary, energies[model.id][boundary], assumptions, counts)
        for model in training.models.values()
        for boundary in Boundary
    )


def measured_energies(record: Record) -> Energies:
    """The energy of an inference of each model of the training catalogue, as a record has it."""
    return energies_observed(observe(record))


def energies_observed(observations: tuple[Observation, ...]) -> Energies:
    """The same of a record's observations.

    Only runs that count for published tables are used; a data set read by two tasks counts once for each.
    """
    found: dict[tuple[str, Boundary], dict[str, dict[str, list[float]]]] = {}
    provenance: dict[tuple[str, Boundary], set[str]] = {}
    for observation in published(observations):
        key = observation.cell.key
        for boundary, energy in observation.energy_kwh_per_1000.items():
            by_dataset = found.setdefault((key.model, boundary), {}).setdefault(key.task, {})
            by_dataset.setdefault(key.dataset, []).append(energy / INFERENCES_PER_FIGURE)
            provenance.setdefault((key.model, boundary), set()).add(observation.provenance[boundary])
    return energies_of(found, {place: ", ".join(sorted(words)) for place, words in provenance.items()})


def _row(
    training: TrainingCatalogue,
    model: TrainedModel,
    boundary: Boundary,
    energy: InferenceEnergy | Unavailable,
    assumptions: Assumptions,
    counts: DownloadCounts,
) -> BreakEvenRow:
    count = counts.counts.get(model.id)
    downloads = count.monthly if count else None

    def answers(basis: Basis) -> Answers:
        if isinstance(energy, Unavailable):
            return Answers(parity=energy, days=energy, per_download=None if downloads is None else energy)
        inferences = parity(model, training.cluster, energy, assumptions, basis)
        return Answers(
            parity=inferences,
            days=time_to_parity(inferences, assumptions),
            per_download=inferences_per_download(inferences, downloads),
        )

    return BreakEvenRow(
        model=model.id,
        label=model.label,
        boundary=boundary,
        training_kwh=model.training_kwh,
        fine_tuning_kwh=model.fine_tuning_kwh,
        inference=energy if isinstance(energy, Unavailable) else energy.estimate(assumptions.seed),
        provenance=None if isinstance(energy, Unavailable) else energy.provenance,
        by_energy=answers(Basis.ENERGY),
        by_carbon=answers(Basis.CARBON),
        downloads=downloads,
        published_parity=model.published.parity if model.published else None,
    )


def _sources(training: TrainingCatalogue, counts: DownloadCounts) -> tuple[str, ...]:
    """Each source once, with what was taken from it."""
    uses = [
        (training.cluster.source, "cluster of training"),
        (training.serving.grid_source, "grid of serving"),
        (training.serving.users_source, "users"),
        (counts.source, "downloads"),
    ]
    for model in training.models.values():
        uses.append((model.training_source, f"training of {model.label}"))
        uses.append((model.fine_tuning_source or "", f"fine-tuning of {model.label}"))
    taken: dict[str, list[str]] = {}
    for source, use in uses:
        if source:
            taken.setdefault(source, []).append(use)
    return tuple(f"{', '.join(found)}: {source}" for source, found in taken.items())
