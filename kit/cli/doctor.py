"""`kit doctor`: whether this machine is fit for a study, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kit.cli.output import AsJson, print_json
from kit.errors import PlatformError

if TYPE_CHECKING:
    from kit.model.machine import Check, Fault, Level, Machine
    from kit.model.study import Study
    from kit.plan.checks import Demand

WARNED: Final = 1
"""Exit code for warnings, where they count."""


def doctor(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY",
            help="A profile or study file that the machine is to be fit for.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count: exit code 1.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at this machine: is it fit for a study, and which command mends what is not.

    What is an error depends on the study: a machine without a GPU is fit for `embedded`, and not for `paper`.
    Without a STUDY, what would hinder some study is a warning.
    The network is tried only for a study that fetches from the Hub.

    Exit code: 0 where all is ok; 0 for warnings too, or 1 with --strict; 5 for errors.
    """
    from kit.catalog import load_study
    from kit.cli.costs import size_of
    from kit.model.machine import Level
    from kit.plan.checks import Demand, checks, demand_of, worst

    loaded = None if study is None else load_study(study)
    demand = Demand() if loaded is None else demand_of(loaded, size_of(loaded))
    found = checks(_machine(demand), demand, _present_bytes(loaded))
    level = worst(found)
    if as_json:
        print_json({"study": demand.study, "level": level, "checks": found})
    else:
        _print(found, demand)
    if level is Level.ERROR:
        raise typer.Exit(PlatformError.exit_code)
    if level is Level.WARNING and strict:
        raise typer.Exit(WARNED)


def _machine(demand: Demand) -> Machine:
    import os

    from kit.fetch import cache_folder
    from kit.host.facts import host_facts
    from kit.host.hub import hub_facts
    from kit.meters.present import nvml_facts, rapl_state
    from kit.model.machine import Machine

    gated = [(repository.kind, repository.id) for repository in demand.gated]
    return Machine(
        nvml=nvml_facts(),
        rapl=rapl_state(),
        host=host_facts(os.environ, cache_folder(os.environ)),
        hub=hub_facts(os.environ, gated, ask=demand.from_hub),
        renderer=_renderer_fault(),
    )


def _renderer_fault() -> Fault | None:
    from kit.model.machine import Fault
    from kit.report import require_renderer
    from kit.report.fonts import FONTS, font_bytes

    try:
        require_renderer()
        for font in FONTS:
            font_bytes(font.file)
    except PlatformError as error:
        return Fault(error.message, error.advice.removeprefix("run: "))
    except OSError as error:
        return Fault(f"a bundled font is missing: {error}", "install the kit anew; its templates/ lie beside it")
    return None


def _present_bytes(study: Study | None) -> int:
    """Bytes of the study's models that lie in the cache folder already."""
    import os

    from kit.fetch import cache_folder, hub_folder
    from kit.host.facts import bytes_in

    cache = cache_folder(os.environ)
    cells = [] if study is None else [planned.cell for planned in study.cells]
    folders: dict[Path, None] = {}
    for cell in cells:
        name = cell.model.current_id if cell.protocol.artefacts == "hub" else cell.model.id
        folders[hub_folder(cache, cell.protocol.artefacts) / f"models--{name.replace('/', '--')}"] = None
    return bytes_in(folders)


def _print(found: Sequence[Check], demand: Demand) -> None:
    width = max(len(check.name) for check in found)
    for check in found:
        typer.echo(f"{check.level.value:<8}{check.name:<{width + 2}}{check.says}")
        if check.mend is not None:
            typer.echo(f"{'':<8}{'':<{width + 2}}mend: {check.mend}")
    typer.echo(f"{demand.study or 'this machine'}: {_tally(found)}")


def _tally(found: Sequence[Check]) -> str:
    from kit.model.machine import Level

    def count(level: Level) -> int:
        return sum(check.level is level for check in found)

    warnings, errors = count(Level.WARNING), count(Level.ERROR)
    return f"{count(Level.OK)} ok, {warnings} warning{'s' * (warnings != 1)}, {errors} error{'s' * (errors != 1)}"
