"""Preparing the artefacts of a study before anything is measured.

Those that the kit builds come from a process of their own each; those of the Hub
lie at the commits that the run's pins name.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kit.catalog.pins_file import NAME, pins_text, read_pins
from kit.catalog.sources import needs_hub
from kit.errors import MeasurementError, ResumeError, StudyError
from kit.fetch import Artefact, Condition, hub_folder, pins_path, prepare
from kit.fetch.bundle import fetch_from_bundle
from kit.fetch.hub_client import HubClient
from kit.fetch.hub_errors import endpoint, require_online
from kit.fetch.published import Fetched, fetch_published
from kit.files import make_folder, write_text
from kit.journal import JOURNAL_NAME
from kit.model.pins import Pins
from kit.model.study import Study
from kit.run.events import Building, Listener
from kit.run.lock import only_one
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

        hub = make_folder(hub_folder(cache, scale))
        with only_one(hub.parent):
            built.extend(prepare(artefacts, hub, build, notice))
    return tuple(built)


def find_pins(study: Study, cache: Path, given: Path | None) -> Pins | None:
    """The pins of a study: those given, else those that `kit lock` left in the cache; None for a study that needs none.

    Raises:
        StudyError: if there are none.
        InputError: if the file is none of pins.
    """
    if not needs_hub(study):
        return None
    path = given or pins_path(cache, study.name)
    if given is None and not path.exists():
        raise StudyError(
            f"{study.name}: its models and data sets come from the Hub and are not pinned to commits",
            "pin them with `kit lock STUDY` first, or give a file of pins with --pins",
        )
    return read_pins(path)


def lacks_pins(study: Study, folder: Path, cache: Path) -> bool:
    """Whether a study needs pins, and neither its run's folder nor the cache has any."""
    return needs_hub(study) and _lying(study, folder, cache) is None


def settle_pins(study: Study, folder: Path, cache: Path, given: Path | None) -> Pins | None:
    """The pins of a run: those in its folder once it has a journal, so that every start uses the same.

    Raises:
        ResumeError: if other pins are given than those that the run began with.
        StudyError, InputError: as `find_pins`.
    """
    own = folder / NAME
    if not needs_hub(study):
        return None
    if own.exists() and (folder / JOURNAL_NAME).exists():
        kept = read_pins(own)
        if given is not None and read_pins(given) != kept:
            raise ResumeError(f"{folder}: the run began with other pins", "leave --pins out, or choose another --out")
        return kept
    return find_pins(study, cache, given or _lying(study, folder, cache))


def _lying(study: Study, folder: Path, cache: Path) -> Path | None:
    """Pins that nobody gave: those that `kit lock` left in the cache, else those in the run's folder."""
    return next((path for path in (pins_path(cache, study.name), folder / NAME) if path.exists()), None)


def keep_pins(pins: Pins, folder: Path) -> None:
    """Write the pins of a run into its folder.

    Raises:
        StorageError: if that cannot be done.
    """
    write_text(make_folder(folder) / NAME, pins_text(pins))


def prepare_published(pins: Pins, cache: Path, listen: Listener) -> Fetched:
    """Make present what a study needs of the Hub; whole files are left alone, and the Hub is asked for the others only.

    Raises:
        KitError: what the Hub, the network or the disk refuses.
    """

    def client() -> HubClient:
        require_online(os.environ, "to fetch what is missing, or use a bundle (`kit fetch --from-bundle`)")
        return HubClient(endpoint(os.environ))

    hub = make_folder(hub_folder(cache, "hub"))
    with only_one(hub.parent):
        return fetch_published(pins, hub, client, listen)


def prepare_from_bundle(bundle: Path, pins: Pins, cache: Path) -> tuple[str, ...]:
    """Make present what a study needs of the Hub, from an offline bundle; gives the names of what came from it.

    Raises:
        InputError: if the bundle is of other pins, or is damaged.
        StorageError: if the cache has no room.
    """
    hub = make_folder(hub_folder(cache, "hub"))
    with only_one(hub.parent):
        return fetch_from_bundle(bundle, pins, hub)


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
