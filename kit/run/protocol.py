"""What a run does next, as pure functions: numbers in, a decision out. `kit.run.child` carries the decisions out.

The published protocol is what comes out with the defaults: load, then the window, no baseline and no warm-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from kit.model.procedure import Procedure
from kit.model.runs import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What decides the course of the runs of one cell.

    Attributes:
        procedure: of the study.
        idle_s: length of each idle baseline; 0 for none.
        warm_up: inferences that the cell's own protocol warms up with.
        inferences: in one pass over the inputs of the window.
    """

    procedure: Procedure
    idle_s: float
    warm_up: int
    inferences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a run stands.

    Attributes:
        done: the phases that were measured.
        loaded: whether the run began with the cell's model loaded.
        bare: whether the process had loaded nothing when the run began. Later a GPU keeps its context, and takes more
            power at rest, whether a model is loaded or not.
    """

    done: tuple[Phase, ...] = ()
    loaded: bool
    bare: bool


def next_phase(course: Course, standing: Standing) -> Phase | None:
    """The phase that comes next in a run; None when it is over."""
    return next((phase for phase in Phase if phase not in standing.done and _asked(phase, course, standing)), None)


def _asked(phase: Phase, course: Course, standing: Standing) -> bool:
    match phase:
        case Phase.IDLE_BEFORE:
            return bool(course.idle_s) and standing.bare
        case Phase.LOAD:
            return not standing.loaded
        case Phase.CONTEXT_IDLE | Phase.IDLE_AFTER:
            return bool(course.idle_s)
        case Phase.WARM_UP:
            return bool(course.warm_up) or course.procedure.steady_variation is not None
        case Phase.QUERY:
            return True
        case Phase.TRANSFER:
            return False


def variation(durations_s: Sequence[float]) -> float:
    """Coefficient of variation: standard deviation (with n - 1) over the mean; at least two positive durations."""
    return stdev(durations_s) / mean(durations_s)


def is_steady(procedure: Procedure, durations_s: Sequence[float]) -> bool:
    """Whether the last durations vary as little as asked for; true where nothing is asked for."""
    if procedure.steady_variation is None:
        return True
    last = durations_s[-procedure.steady_inferences :]
    return len(last) == procedure.steady_inferences and variation(last) <= procedure.steady_variation


def warms_up_further(procedure: Procedure, durations_s: Sequence[float]) -> bool:
    """Whether one more inference is to be made before the window.

    Args:
        durations_s: of the inferences of one and the same input so far, in seconds.
    """
    return not is_steady(procedure, durations_s) and len(durations_s) < procedure.most_warm_up


def unsteady_note(procedure: Procedure, durations_s: Sequence[float]) -> str | None:
    """What a reader has to know of a warm-up that ended at its bound; None where it became steady."""
    if is_steady(procedure, durations_s) or procedure.steady_variation is None:
        return None
    last = durations_s[-procedure.steady_inferences :]
    found = f"vary by {variation(last):.0%}" if len(last) > 1 else "are too few to tell"
    return (
        f"The model was not steady when its window opened: after {len(durations_s)} inferences the last {len(last)} "
        f"{found}, where {procedure.steady_variation:.0%} is asked for."
    )


def goes_through_again(procedure: Procedure, elapsed_s: float) -> bool:
    """Whether the inputs are gone through once more, so that the window spans enough updates of the meters' counters.

    Args:
        elapsed_s: since the window opened, after a whole pass.
    """
    return elapsed_s < procedure.shortest_window_s
