"""The release's runs: one base file each, with a row a phase, as CodeCarbon 2.3.1 wrote them."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.errors import InputError
from kit.model.readings import Provenance, Reading
from kit.model.runs import Grid, Phase, Window, Work
from kit.model.units import j_from_kwh
from kit.replay.csv_files import ADVICE, Row, read_rows

PHASES: Final = {
    "load model": Phase.LOAD,
    "transfer model to GPU": Phase.TRANSFER,
    "query model": Phase.QUERY,
}
INFERENCES: Final = 1_000
"""Of a query window, by the published protocol."""
G_PER_KG: Final = 1_000.0

COLUMNS: Final = (
    "task_name", "timestamp", "project_name", "run_id", "duration", "emissions", "cpu_energy", "gpu_energy",
    "ram_energy", "energy_consumed", "country_iso_code", "region", "cloud_region", "gpu_count", "gpu_model",
    "cpu_model", "ram_total_size", "os", "python_version", "codecarbon_version",
)  # fmt: skip
RUN_FILE: Final = re.compile(r"emissions_base_([0-9A-Za-z-]{1,64})\.csv", re.ASCII)


@dataclass(frozen=True, slots=True)
class BaseRun:
    """One run of the release.

    Attributes:
        ended_at: time stamp of its last phase; without a zone, as the release states it.
        host: what it says of the machine, under the names of the kit's own host records.
    """

    run_id: str
    model: str
    ended_at: str
    windows: tuple[Window, ...]
    host: Mapping[str, Any]
    source: str


def read_base_run(name: str, raw: bytes, run_id: str, models: Container[str]) -> BaseRun:
    """The run of a base file.

    Args:
        name: of the file, whose content is `raw`.
        run_id: as the name of the file has it.
        models: those that paper or release name.

    Raises:
        InputError: naming file, line and column.
    """
    windows: dict[Phase, Window] = {}
    last: Row | None = None
    host: Mapping[str, Any] = {}
    for row in read_rows(name, raw, COLUMNS):
        if row.text("run_id") != run_id:
            raise row.error("run_id", "not that of the file's name")
        if row.text("project_name") not in models:
            raise row.error("project_name", f"{row.text('project_name')!r:.80} is no model of the paper or its release")
        phase = PHASES.get(row.values["task_name"])
        if phase is None:
            raise row.error("task_name", f"{row.values['task_name']!r:.40} is no phase of the release")
        if phase in windows:
            raise row.error("task_name", "the phase stands twice")
        if last is not None and row.text("project_name") != last.text("project_name"):
            raise row.error("project_name", "another model than in the line before")
        windows[phase] = _window(row, phase)
        last, host = row, _host(row)
    if last is None or Phase.QUERY not in windows:
        raise InputError(f"{name}: no row of the phase 'query model'; the file may be cut", ADVICE)
    return BaseRun(run_id, last.text("project_name"), last.moment("timestamp"), tuple(windows.values()), host, name)


def _host(row: Row) -> Mapping[str, Any]:
    """The machine. GPUs are named as CodeCarbon does, with their number before the name."""
    return {
        "cpu": row.values["cpu_model"] or None,
        "gpu_model": row.values["gpu_model"] or None,
        "gpu_count": row.count("gpu_count", least=1),
        "ram_gb": row.positive("ram_total_size"),
        "system": row.values["os"] or None,
        "python": row.values["python_version"] or None,
        "packages": {"codecarbon": row.text("codecarbon_version")},
    }


def _window(row: Row, phase: Phase) -> Window:
    meter = f"codecarbon {row.text('codecarbon_version')}"
    parts = {
        f"gpu/sum-of-{row.count('gpu_count', least=1)}": ("gpu_energy", Provenance.COUNTER),
        "cpu": ("cpu_energy", Provenance.CONSTANT),
        "ram": ("ram_energy", Provenance.CONSTANT),
    }
    energies = {component: row.positive(column) for component, (column, _) in parts.items()}
    whole = row.positive("energy_consumed")
    if abs(sum(energies.values()) - whole) > 1e-6 * whole:
        raise row.error("energy_consumed", "not the sum of its components")
    return Window(
        phase=phase,
        started_at=row.moment("timestamp"),
        duration_s=row.positive("duration"),
        readings=tuple(
            Reading(component, j_from_kwh(energies[component]), provenance, meter)
            for component, (_, provenance) in parts.items()
        ),
        work=Work(INFERENCES) if phase is Phase.QUERY else None,
        grid=Grid(
            row.values["country_iso_code"] or None,
            row.values["region"] or None,
            row.values["cloud_region"] or None,
            row.positive("emissions") * G_PER_KG,
        ),
    )
