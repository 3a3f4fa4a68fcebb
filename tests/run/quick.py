"""A study without torch: the real driver, messages and windows, with a workload and a meter that take no time.

`python quick.py study FOLDER [MODE]` performs it; the measuring process is `python quick.py child MODE PIPE`.
`python quick.py cli FOLDER` performs it by `kit run`, its second model hanging. `python quick.py gpu FOLDER [--force]`
performs a smaller one with the real meters of a GPU, by `kit run` too.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from kit.errors import MeasurementError
from kit.meters.interface import MeterReading
from kit.model.procedure import Procedure
from kit.model.readings import Provenance, Reading
from kit.model.runs import Work
from kit.model.study import (
    Architecture,
    Cell,
    Dataset,
    Family,
    Model,
    PlannedCell,
    Protocol,
    Study,
    Task,
)
from kit.run import RunSetting, run_study

MODELS, DATASETS, REPETITIONS, INFERENCES = 4, 2, 3, 5


def study(time_limit_s: float = 60.0) -> Study:
    """Four models on two data sets, three times each."""
    return Study(
        name="quick", title="Quick", description="", device="cpu", country="USA", region=None, seed=1, idle_s=0.001,
        time_limit_s=time_limit_s, deviations=(), load_each_run=False,
        cells=tuple(
            PlannedCell(cell=_cell(f"model-{model}", f"data-{data}"), repetitions=REPETITIONS)
            for data in range(DATASETS)
            for model in range(MODELS)
        ),
    )  # fmt: skip


def _cell(model: str, data: str) -> Cell:
    task = Task.FILL_MASK
    return Cell(
        task=task,
        model=Model(
            id=model, current_id=model, tasks=(task,), family=Family.TASK_SPECIFIC, architecture=Architecture.ENCODER
        ),
        dataset=Dataset(key=data, id=data, current_id=data, tasks=(task,), split="s", fields=("text",)),
        protocol=Protocol(
            pipeline="fill-mask", inferences=INFERENCES, preprocessing="field", warm_up=1, artefacts="tiny"
        ),
    )


def gpu_study() -> Study:
    """Two models, twice each, on a GPU, by NVML and CodeCarbon."""
    whole = study()
    return replace(
        whole, device="cuda", meters=("nvml", "codecarbon"), idle_s=0.2, procedure=Procedure(shortest_window_s=0.3),
        cells=tuple(replace(planned, repetitions=2) for planned in whole.cells[:2]),
    )  # fmt: skip


class QuickWorkload:
    """Sleeps a little for each inference; breaks as its mode says."""

    def __init__(self, cell: Cell, mode: str) -> None:
        self.cell = cell
        self._items: list[Any] = []
        self._mode = mode
        self._inferences = 0

    @property
    def inputs(self) -> list[Any]:
        sys.stdout.write(f"inputs of {self.cell.model.id} on {self.cell.dataset.key}\n")
        return self._items

    def load(self) -> None:
        self._items = list(range(INFERENCES + 1))
        if self._mode == "gpu":
            time.sleep(0.2)

    def call(self, item: Any) -> None:
        self._inferences += 1
        time.sleep(0.002)
        if self.cell.model.id == "model-1" and item == INFERENCES - 1:
            self._misbehave()

    def _misbehave(self) -> None:
        if self._mode == "raise":
            raise RuntimeError("the model is broken\n  in two lines")
        if self._mode == "die":
            os.kill(os.getpid(), 9)
        if self._mode == "exit":
            os._exit(3)
        if self._mode == "hang":
            sys.stdout.write("hanging\n")
            sys.stdout.flush()
            time.sleep(600)
        if self._mode == "noise":
            sys.stdout.write('{"run": "not a message"}\n')
        if self._mode == "eat":
            self._items.append(bytearray(8 * 2**30))

    def synchronize(self) -> None:
        pass

    def take_work(self) -> Work:
        taken, self._inferences = self._inferences, 0
        return Work(taken, 10 * taken, None, None, None)


class QuickMeter:
    """Reads a joule for every second; breaks as its mode says."""

    name = "quick 1"

    def __init__(self, mode: str, model: str, folder: Path) -> None:
        self._mode, self._model, self._folder = mode, model, folder

    def open(self) -> None:
        if self._mode == "shut":
            raise MeasurementError("a lock of another tracker", "delete it")
        if self._mode == "burst":
            raise OSError("the library is broken")

    def begin(self, label: str) -> None:
        self._begun, self._label = time.monotonic(), label

    def end(self) -> MeterReading:
        if self._mode == "lost" and self._model == "model-1":
            raise MeasurementError("NVML failed: the GPU is lost", "look at dmesg")
        energy_j = time.monotonic() - self._begun
        noted = self._mode == "noted" and self._label == "query"
        notes = ("The GPU was held back.",) if noted else ()
        return MeterReading((Reading("cpu", energy_j, Provenance.MODEL, self.name),), notes=notes)

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        if self._mode == "unwritten" and self._model == "model-1":
            raise MeasurementError("emissions.csv was not written", "look for space on the disk")
        if self._mode == "stuck":
            time.sleep(600)
        (self._folder / f"closed-{self._model}").touch()


def perform(folder: Path, mode: str = "well", *, resume: bool = True, **changes: Any) -> Any:
    """Perform the study in this process, with measuring processes of their own."""
    setting = RunSetting(
        folder=folder, cache=folder / "cache", resume=resume, child=(sys.executable, __file__, "child", mode)
    )
    seen: list[Any] = []
    outlook = run_study(changes.pop("study", None) or study(**changes), setting, seen.append)
    return outlook, seen


def _child(mode: str) -> None:
    from kit.run import child

    sys.argv = ["child", sys.argv[-1]]
    child.open_workload = lambda cell, _setting: QuickWorkload(cell, mode)  # type: ignore[assignment]
    if mode == "gpu":
        child.main()
        return
    read_order = child.order_from_json

    def order_from_json(text: str) -> Any:
        order = read_order(text)
        meter = QuickMeter(mode, order.cells[0].model.id, Path(order.folder))
        child.open_meters = lambda _names, _setting: (meter,)  # type: ignore[assignment]
        return order

    child.order_from_json = order_from_json
    child.main()
    if mode == "linger":
        time.sleep(600)


def _command_line(planned: Study, mode: str, folder: str, *options: str) -> int:
    from unittest.mock import patch

    from kit.cli.app import run_command_line

    class Setting(RunSetting):
        def __init__(self, **fields: Any) -> None:
            super().__init__(**fields, child=(sys.executable, __file__, "child", mode))

    with (
        patch("kit.catalog.load_study", lambda _name: planned),
        patch("kit.run.RunSetting", Setting),
        patch("kit.run.prepare_artefacts", lambda *_: ()),
    ):
        return run_command_line(["run", "quick", "--out", folder, "--resume", *options])


if __name__ == "__main__":
    if sys.argv[1] == "child":
        _child(sys.argv[2])
    elif sys.argv[1] == "cli":
        sys.exit(_command_line(study(), "hang", sys.argv[2]))
    elif sys.argv[1] == "gpu":
        sys.exit(_command_line(gpu_study(), "gpu", *sys.argv[2:]))
    else:
        perform(Path(sys.argv[2]))
