"""The release's runs: one base file each, with a row a phase, as CodeCarbon 2.3.1 wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import InputError
from kit.model.readings import Provenance, Reading
from kit.model.runs import Grid, Phase, Window, Work
from kit.model.units import j_from_kwh
from kit.replay.csv_files import ADVICE, Row, read_rows

PREFIX: Final = "emissions_base_"
PHASES: Final = {
    "load model": Phase.LOAD,
    "transfer model to GPU": Phase.TRANSFER,
    "query model": Phase.QUERY,
}
INFERENCES: Final = 1_000
"""Of a query window, by the published protocol."""
G_PER_KG: Final = 1_000.0

HOST_COLUMNS: Final = ("os", "python_version", "codecarbon_version", "cpu_model", "gpu_model", "ram_total_size")
COLUMNS: Final = (
    "task_name", "timestamp", "project_name", "run_id", "duration", "emissions", "cpu_energy", "gpu_energy",
    "ram_energy", "energy_consumed", "country_iso_code", "region", "cloud_region", "gpu_count", *HOST_COLUMNS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BaseRun:
    """One run of the release.

    Attributes:
        ended_at: time stamp of its last phase; without a zone, as the release states it.
        host: what it says of the machine.
    """

    run_id: str
    model: str
    ended_at: str
    windows: tuple[Window, ...]
    host: Mapping[str, str]
    source: str


def read_base_run(path: Path) -> BaseRun:
    """The run of a base file.

    Raises:
        InputError: naming file, line and column.
    """
    name = path.name
    run_id = path.stem.removeprefix(PREFIX)
    windows: dict[Phase, Window] = {}
    last: Row | None = None
    for row in read_rows(path, name, COLUMNS):
        if row.text("run_id") != run_id:
            raise row.error("run_id", "not that of the file's name")
        phase = PHASES.get(row.values["task_name"])
        if phase is None:
            raise row.error("task_name", f"{row.values['task_name']!r:.40} is no phase of the release")
        if phase in windows:
            raise row.error("task_name", "the phase stands twice")
        if last is not None and row.text("project_name") != last.text("project_name"):
            raise row.error("project_name", "another model than in the line before")
        windows[phase] = _window(row, phase)
        last = row
    if last is None or Phase.QUERY not in windows:
        raise InputError(f"{name}: no row of the phase 'query model'; the file may be cut", ADVICE)
    host = {column: last.values[column] for column in HOST_COLUMNS}
    return BaseRun(run_id, last.text("project_name"), last.text("timestamp"), tuple(windows.values()), host, name)


def _window(row: Row, phase: Phase) -> Window:
    meter = f"codecarbon {row.text('codecarbon_version')}"
    parts = {
        f"gpu/sum-of-{row.count('gpu_count')}": ("gpu_energy", Provenance.COUNTER),
        "cpu": ("cpu_energy", Provenance.CONSTANT),
        "ram": ("ram_energy", Provenance.CONSTANT),
    }
    energies = {component: row.positive(column) for component, (column, _) in parts.items()}
    whole = row.positive("energy_consumed")
    if abs(sum(energies.values()) - whole) > 1e-6 * whole:
        raise row.error("energy_consumed", "not the sum of its components")
    return Window(
        phase=phase,
        started_at=row.text("timestamp"),
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
