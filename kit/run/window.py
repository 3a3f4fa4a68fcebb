"""One window: the meters open, the body runs, the meters close."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from kit.meters.interface import Meter, MeterReading, UnresolvedError
from kit.model.runs import Phase, Window
from kit.workloads import Workload


def measure(phase: Phase, body: Callable[[], None], meters: Sequence[Meter], workload: Workload) -> Window:
    """Run `body` once while every meter reads.

    The duration spans the body alone; the meters' own opening and closing are
    outside of it. Work is counted for phases that make inferences.
    """
    workload.take_work()
    started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    with ExitStack() as closing:
        for meter in meters:
            meter.begin(phase.value)
            closing.callback(meter.abandon)
        cpu_before, clock_before = time.process_time(), time.perf_counter()
        body()
        duration_s, cpu_s = time.perf_counter() - clock_before, time.process_time() - cpu_before
        results = [_ended(meter, phase) for meter in reversed(meters)]
        closing.pop_all()
    work = workload.take_work()
    grids = [result.grid for result in results if result.grid is not None]
    return Window(
        phase=phase,
        started_at=started_at,
        duration_s=duration_s,
        readings=tuple(reading for result in reversed(results) for reading in result.readings),
        work=work if phase in (Phase.WARM_UP, Phase.QUERY) else None,
        cpu_s=cpu_s,
        load_average=os.getloadavg()[0],
        grid=grids[0] if grids else None,
        notes=tuple(note for result in reversed(results) for note in result.notes),
    )


def _ended(meter: Meter, phase: Phase) -> MeterReading:
    """What a meter says. Where a window is too short for it, it has no reading; only the query cannot do without.

    Raises:
        MeasurementError: if the energy is not known for another reason, or it is that of the query.
    """
    try:
        return meter.end()
    except UnresolvedError as error:
        if phase is Phase.QUERY:
            raise
        return MeterReading((), notes=(f"No energy of `{phase.value}` by {meter.name}: {error.message}.",))


def idle(duration_s: float) -> None:
    """Do nothing for a while, so that the meters see what the machine takes at rest."""
    time.sleep(duration_s)
