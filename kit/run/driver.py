"""The driver: job by job, a fresh process each, whatever they report into the journal.

Cut at any moment, by any means, the journal holds whole runs only; a new start
makes the missing ones.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kit.errors import ResumeError
from kit.fetch import hub_folder
from kit.files import make_folder, write_text
from kit.host import HostRecord, host_record
from kit.journal import JOURNAL_NAME, Journal, read_record
from kit.meters import gpu_identities
from kit.model.canonical import canonical_json
from kit.model.record import Origin
from kit.model.runs import Failed, Measured, Run
from kit.model.study import Study
from kit.plan import Job, PendingRun, difference, jobs
from kit.run.events import Listener, ModelStarted, PhaseStarted, RunRecorded, Started, Tick
from kit.run.lines import lines_or_silence
from kit.run.lock import only_one
from kit.run.messages import Order, message_from_json, order_to_json
from kit.run.preflight import host_state, preflight
from kit.run.same_host import other_host

MEMORY_LIMIT_BYTES: Final = 6 * 2**30
"""Of a measuring process on a machine without a GPU; a small machine is not driven into its swap."""

GRACE_S: Final = 5.0
"""Between asking a measuring process to end and killing it."""

EXIT_S: Final = 60.0
"""A measuring process that has said its last word and is still there after so long hangs, as where its GPU is lost."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSetting:
    """How a study is performed here.

    Attributes:
        folder: of the run; made if it is not there.
        cache: of the artefacts.
        resume: whether to go on with a journal that lies there.
        forced: whether to measure beside other processes on the GPU, and on one split by MIG; a recorded deviation.
        child: command of the measuring process, which gets the number of its pipe as last argument.
    """

    folder: Path
    cache: Path
    resume: bool
    forced: bool = False
    child: tuple[str, ...] = (sys.executable, "-m", "kit.run.child")


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a study ended.

    Attributes:
        measured, failed: runs made by this call.
        missing: planned runs that the journal does not hold now.
    """

    measured: int
    failed: int
    missing: int


def run_study(study: Study, setting: RunSetting, listen: Listener) -> Outlook:
    """Make every run of the study that its journal does not hold.

    Raises:
        MeasurementError: if the GPUs are not the study's own, and that is not forced.
        ResumeError: if the folder holds another study, one that was not to be resumed, or one of other hardware.
        StorageError: if it cannot be written.
    """
    forced = preflight(study.device, os.environ, forced=setting.forced)
    make_folder(setting.folder)
    with only_one(setting.folder), _journal(study, setting) as journal:
        done = {PendingRun(*key) for key in journal.measured()}
        pending = jobs(study, done)
        total = sum(planned.repetitions for planned in study.cells)
        listen(Started(study, total - sum(len(job.pending) for job in pending), total))
        if not pending:
            return Outlook(0, 0, total - len(done))  # nothing is written: the same journal, and the same report
        for sentence in forced:
            journal.add_deviation(sentence)
        host = host_record(os.environ | _threads(study.device, os.environ), gpu_identities())
        changed = other_host(read_record(setting.folder), host.values) if done else None
        if changed is not None:
            journal.add_deviation(changed)
        journal.add_host(host.values, host.host_id)
        write_text(setting.folder / "host.json", canonical_json(host.values))
        measured = failed = 0
        for number, job in enumerate(pending, start=1):
            listen(ModelStarted(job.model, number, len(pending)))
            journal.add_state(host_state(host.host_id, "before", job.model))
            for run in _perform(job, study, setting, host, listen, journal):
                journal.add_runs([run])
                listen(RunRecorded(run))
                measured += isinstance(run.outcome, Measured)
                failed += isinstance(run.outcome, Failed)
            journal.add_state(host_state(host.host_id, "after", job.model))
        return Outlook(measured, failed, total - len(journal.measured()))


@contextmanager
def _journal(study: Study, setting: RunSetting) -> Iterator[Journal]:
    require_resumable(study, setting)
    if not (setting.folder / JOURNAL_NAME).exists():
        with Journal.create(setting.folder, study, Origin.MEASURED) as journal:
            yield journal
        return
    with Journal.open(setting.folder) as journal:
        yield journal


def require_resumable(study: Study, setting: RunSetting) -> None:
    """See that the folder holds no run, or one that may be gone on with; nothing is written.

    Raises:
        ResumeError: if it holds another study, or one that was not to be resumed.
    """
    folder = setting.folder
    if not (folder / JOURNAL_NAME).exists():
        return
    if not setting.resume:
        raise ResumeError(f"{folder}: holds a run already", "add --resume to go on with it, or choose another --out")
    record = read_record(folder)
    if record.origin is not Origin.MEASURED:
        raise ResumeError(f"{folder}: holds a replayed release", "choose another --out")
    changes = difference(record.study, study)
    if changes:
        shown = "; ".join(changes[:5]) + (f"; and {len(changes) - 5} more" if len(changes) > 5 else "")
        raise ResumeError(
            f"{folder}: the study changed since this run began: {shown}",
            "undo the change to go on with the run, or choose another --out for the new study",
        )


def _perform(
    job: Job, study: Study, setting: RunSetting, host: HostRecord, listen: Listener, journal: Journal
) -> Iterator[Run]:
    """Start a process for the job and yield its runs; what it leaves undone is Failed, with the reason.

    A process that breaks after its last run (a meter did not write its file) leaves a deviation.
    """
    waiting = dict.fromkeys(job.pending)
    due_s = time.monotonic() + study.time_limit_s
    reason: str | None = None
    with (setting.folder / "run.log").open("ab") as output, _process(job, study, setting, host, output) as started:
        for line in lines_or_silence(started.pipe, every_s=1.0):
            if line is None:
                listen(Tick())
            else:
                message = message_from_json(line)
                if isinstance(message, PhaseStarted):
                    listen(message)
                else:
                    waiting.pop(PendingRun(message.cell_id, message.repetition), None)
                    yield message
                    due_s = time.monotonic() + (study.time_limit_s if waiting else EXIT_S)
            if time.monotonic() > due_s:
                reason = f"the time limit of {study.time_limit_s:g} s for a run was reached" if waiting else None
                break
        if reason is None:
            reason = _end_of(started.process)
            if started.process.returncode != 0 and not waiting:
                journal.add_deviation(f"After the last run of {job.model}, {reason}; run.log says why.")
    for pending in waiting:
        log.warning("%s repetition %d: %s", job.model, pending.repetition, reason)
        run_id = f"{pending.cell_id}-{pending.repetition}-{started.process.pid}-cut"
        yield Run(run_id, pending.cell_id, pending.repetition, host.host_id, Failed(reason))


def _end_of(process: subprocess.Popen[str]) -> str:
    """How a process ended that says no more."""
    try:
        code = process.wait(EXIT_S)
    except subprocess.TimeoutExpired:
        return f"the measuring process did not end within {EXIT_S:g} s"
    if code >= 0:
        return f"the measuring process ended with code {code}"
    name = signal.Signals(-code).name
    return f"the measuring process was killed by {name}" + (
        " (often: out of memory)" if -code == signal.SIGKILL else ""
    )


@dataclass(frozen=True, slots=True)
class _Started:
    process: subprocess.Popen[str]
    pipe: IO[bytes]


@contextmanager
def _process(job: Job, study: Study, setting: RunSetting, host: HostRecord, output: IO[bytes]) -> Iterator[_Started]:
    """The measuring process and its pipe; it is gone when the context ends."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [*setting.child, str(writing)],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        text=True,
        pass_fds=[writing],
        env=_environment(job, study, setting, os.environ),
        start_new_session=True,
    )
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            if process.stdin is not None:
                with suppress(BrokenPipeError), process.stdin:  # it died before it could read: its end says why
                    process.stdin.write(order_to_json(_order(job, study, setting, host)) + "\n")
            yield _Started(process, pipe)
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ask, wait, kill: the process and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            log.warning("process %d did not end on %s", process.pid, number.name)


def _order(job: Job, study: Study, setting: RunSetting, host: HostRecord) -> Order:
    artefacts = job.cells[0].protocol.artefacts
    return Order(
        cells=job.cells,
        pending=job.pending,
        device=study.device,
        country=study.country,
        region=study.region,
        seed=study.seed,
        idle_s=study.idle_s,
        load_each_run=study.load_each_run,
        procedure=study.procedure,
        forced=setting.forced,
        meters=study.meters,
        folder=str(setting.folder),
        hub=str(hub_folder(setting.cache, artefacts)),
        host_id=host.host_id,
        memory_limit_bytes=MEMORY_LIMIT_BYTES if study.device == "cpu" else None,
        parent=os.getpid(),
    )


def _environment(job: Job, study: Study, setting: RunSetting, environment: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: artefacts from the cache, no network: everything lies there verified."""
    own = _threads(study.device, environment) | {
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_CACHE": str(hub_folder(setting.cache, job.cells[0].protocol.artefacts)),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
    }
    return {**environment, **own}


def _threads(device: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Steady threads where the CPU does the work: several collapse under any load of others.

    A GPU's study leaves them to the libraries, as the published one did.
    """
    if device == "cuda":
        return {}
    usual = {"OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "1000"}
    return {name: environment.get(name, value) for name, value in usual.items()}
