"""Preparing the artefacts of a study: each in a process of its own, before anything is measured."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kit.errors import MeasurementError
from kit.fetch import Artefact, Condition, hub_folder, prepare
from kit.model.study import Study
from kit.run.events import Building, Listener
from kit.workloads.artefacts import spec_digest

BUILD_LIMIT_S = 900.0
"""A build takes seconds; longer than this it hangs."""


def prepare_artefacts(study: Study, cache: Path, log: Path, listen: Listener) -> tuple[Artefact, ...]:
    """Make present what the study needs and the kit builds itself.

    Args:
        cache: the cache folder of `kit.fetch.cache_folder`.
        log: file that the builders' output is added to.

    Returns:
        The artefacts that were built; the others lay there whole.
    """
    built: list[Artefact] = []
    for scale in sorted({planned.cell.protocol.artefacts for planned in study.cells} - {"hub"}):
        models = dict.fromkeys(
            planned.cell.model.id for planned in study.cells if planned.cell.protocol.artefacts == scale
        )
        artefacts = [Artefact(model, scale, spec_digest(model, scale)) for model in models]

        def build(artefact: Artefact, hub: Path) -> None:
            _build(artefact, hub, study.seed, log)

        def notice(artefact: Artefact, found: Condition, number: int, total: int) -> None:
            listen(Building(artefact.model, found.value, number, total))

        built.extend(prepare(artefacts, hub_folder(cache, scale), build, notice))
    return tuple(built)


def _build(artefact: Artefact, hub: Path, seed: int, log: Path) -> None:
    command = [sys.executable, "-m", "kit.workloads.artefacts", artefact.model, "--hub", str(hub)]
    command += ["--scale", artefact.scale, "--seed", str(seed)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    with log.open("ab") as output:
        try:
            code = subprocess.run(
                command, check=False, stdout=output, stderr=output, env=environment, timeout=BUILD_LIMIT_S
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise MeasurementError(
                f"{artefact.model}: not built within {BUILD_LIMIT_S:.0f} s", f"see {log}, and try again"
            ) from error
    if code:
        raise MeasurementError(f"{artefact.model}: its builder ended with code {code}", f"see the end of {log}")
