"""`kit calibrate`: what the meters of this machine can resolve, cost and say of a known load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kit.cli.output import AsJson, print_json


def calibrate(
    out: Annotated[Path, typer.Option("--out", help="Folder for the certificate.")] = Path("outputs/calibration"),
    meters: Annotated[str, typer.Option(help="Meters, joined by commas; chosen by the device where not given.")] = "",
    device: Annotated[str, typer.Option(help="cuda or cpu; cuda where a GPU is visible.", show_default=False)] = "",
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-3 code of the grid, for CodeCarbon.")] = "USA",
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Length of each window.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Measure the meters themselves, and write a certificate that travels with the results."""
    import os

    from kit.host import host_record
    from kit.meters import MeterSetting, gpu_identities
    from kit.run.calibrate import CERTIFICATE, Plan
    from kit.run.calibrate import calibrate as measure
    from kit.run.known_load import default_meters, known_load, present_device

    chosen = present_device(device or None)
    names = [name.strip() for name in meters.split(",") if name.strip()] or default_meters(chosen)
    load, load_name = known_load(chosen)
    host = host_record(os.environ, gpu_identities())
    plan = Plan(meters=names, seconds=seconds, load=load, load_name=load_name, host=host.values)
    setting = MeterSetting(
        folder=out, device=chosen, country=country, tracking_mode="machine" if chosen == "cuda" else "process"
    )
    certificate = measure(plan, setting, lambda text: typer.echo(f"measuring {text}", err=True))
    if as_json:
        print_json(certificate)
    else:
        _print(certificate, out / CERTIFICATE)


def _print(certificate: dict[str, Any], path: Path) -> None:
    for name, period_s in certificate["update_period_s"].items():
        shortest_s = certificate["shortest_window_s"][name]
        typer.echo(
            f"{name}: the counter moves each {period_s * 1000:.1f} ms; unaligned windows need {shortest_s:.1f} s"
        )
    for cost in certificate["meters"]:
        begin_s, end_s = cost["begin_s"]["median"], cost["end_s"]["median"]
        typer.echo(f"{cost['meter']}: a window takes {begin_s * 1000:.1f} ms to open, {end_s * 1000:.1f} ms to close")
    typer.echo(f"the meters take {max(certificate['meters_cpu_share']):.2%} of a core while a window is open")
    for name, value in certificate["idle_power_w"].items():
        above_w = certificate["load_step"]["above_idle_w"].get(name)
        step = "" if above_w is None else f", {above_w:+.2f} W under load"
        typer.echo(f"{name}: {value['mean']:.2f} W idle{step}")
    typer.echo(f"certificate: {path}")
