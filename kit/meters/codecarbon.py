"""CodeCarbon, as the study used it: the offline tracker, and tasks only.

What bites, and what is done about it here: the online tracker guesses the
country; `start()` mixed with tasks spoils totals; a GPU that is not found, a
counter that fails or a UUID in CUDA_VISIBLE_DEVICES give 0 J or an average of
a few power samples with no more than a log line; configuration files and
environment variables change settings behind one's back.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from typing import Any, Final

from kit.errors import MeasurementError
from kit.files import make_folder
from kit.meters.codecarbon_surroundings import captured_log, refuse_other_tracker
from kit.meters.gpus import Gpu, list_gpus, refuse_partitioned, visible_gpus
from kit.meters.interface import MeterReading, MeterSetting, Span, UnresolvedError
from kit.meters.nvml_device import GpuEdges
from kit.model.readings import Provenance, Reading
from kit.model.runs import Grid
from kit.model.units import j_from_kwh

WARM_UP: Final = "warm-up of the meter"
"""Name of the first task: it probes the hardware, which takes a second or two."""

_CPU_PROVENANCE: Final = {
    "intel_rapl": Provenance.COUNTER,
    "windows_emi": Provenance.COUNTER,
    "intel_power_gadget": Provenance.POWER_INTEGRAL,
    "cpu_load": Provenance.MODEL,
    "constant": Provenance.CONSTANT,
}
"""What CodeCarbon's modes of reading a CPU amount to."""

_STATED_SETTINGS: Final[dict[str, Any]] = {
    "measure_power_secs": 1,
    "api_call_interval": -1,
    "emissions_endpoint": None,
    "experiment_name": "base",
    "project_name": "power-hungry-kit",
    "output_file": "emissions.csv",
    "on_csv_write": "append",
    "logger_preamble": "",
    "force_cpu_power": None,
    "force_ram_power": None,
    "force_carbon_intensity_g_co2e_kwh": None,
    "force_mode_cpu_load": False,
    "pue": 1.0,
    "wue": 0.0,
    "rapl_include_dram": False,
    "rapl_prefer_psys": False,
    "electricitymaps_api_token": None,
    "metadata": None,
    "cloud_provider": None,
    "cloud_region": None,
    "country_2letter_iso_code": None,
    "allow_multiple_runs": True,
    "log_level": "warning",
}
"""Every setting that a configuration file or a CODECARBON_* variable could change. No lock is made: it would take over
the process's signals, and stay behind a kill; a lock of another tracker is refused when the meter opens."""


class CodeCarbonMeter:
    """Reads the CPU, the RAM and the visible GPUs through CodeCarbon's tasks."""

    def __init__(self, setting: MeterSetting, span: Span) -> None:
        self._setting = setting
        self._span = span
        self._folder = setting.folder / "codecarbon"
        self._log: list[str] = []
        self._tracker: Any = None
        self._version = ""
        self._gpus: tuple[Gpu, ...] = ()
        self._edges: GpuEdges | None = None
        self._power_before_w = 0.0
        self._window: str | None = None
        self._windows = 0
        self._cpu_s_before = 0.0

    @property
    def name(self) -> str:
        """`codecarbon` and its version, once it is open."""
        return f"codecarbon {self._version}".rstrip()

    def open(self) -> None:
        """Make the tracker, let it probe the hardware in a first task, and check what it found.

        Raises:
            MeasurementError: if another tracker's lock is there, the country is unknown, or the device that does the
                work is not among what CodeCarbon counts.
        """
        make_folder(self._folder)
        self._gpus = self._find_gpus()
        # From the import on: it hangs a handler for the terminal on its logger, and so does every tracker.
        with captured_log(self._log), redirect_stderr(io.StringIO()):
            from codecarbon import __version__

            refuse_other_tracker()
            self._version = __version__
            self._tracker = self._make_tracker()
            self._task(self._tracker.start_task, WARM_UP)
            self._task(self._tracker.stop_task)
        self._check_hardware()
        if self._gpus and self._hardware("GPU") is not None:
            self._edges = GpuEdges(self._gpus, self._setting)

    def begin(self, label: str) -> None:
        """Open a window as a CodeCarbon task of that name."""
        self._log.clear()
        self._windows += 1
        self._window = label if self._windows == 1 else f"{label} ({self._windows})"
        self._power_before_w = self._edges.power_w() if self._edges is not None else 0.0
        self._cpu_s_before = time.process_time()
        with captured_log(self._log):
            self._task(self._tracker.start_task, self._window)
        self._span.ready()

    def end(self) -> MeterReading:
        """Close the window: the energies of its task.

        Raises:
            MeasurementError: if a counter failed and CodeCarbon went on with something else, or it reports no energy
                where there was some.
        """
        duration_s = self._span.asked() - self._span.opened_s
        with captured_log(self._log):
            data = self._task(self._tracker.stop_task)
        self._window = None
        self._check_counters()
        readings = (*self._gpu_readings(data, duration_s), *self._cpu_readings(data), *self._ram_readings(data))
        return MeterReading(readings, self._grid(data))

    def abandon(self) -> None:
        """Close the task in progress, if there is one, and forget it."""
        if self._window is not None:
            self._window = None
            with captured_log(self._log), suppress(MeasurementError):
                self._task(self._tracker.stop_task)

    def close(self) -> None:
        """Stop the tracker, which writes `emissions.csv` and the file of its tasks.

        Raises:
            MeasurementError: if the file of the tasks was not written.
        """
        if self._edges is not None:
            self._edges.close()
            self._edges = None
        if self._tracker is None:
            return
        self.abandon()
        run_id = str(self._tracker.run_id)
        with captured_log(self._log):
            self._tracker.stop()
        self._tracker = None
        written = self._folder / f"emissions_base_{run_id}.csv"
        if not written.is_file():
            raise MeasurementError(
                f"{written}: CodeCarbon did not write its file{self._last_words()}", "look for space on the disk"
            )

    def _find_gpus(self) -> tuple[Gpu, ...]:
        """The GPUs that are counted: all visible ones where a GPU does the work, none where the CPU does."""
        if self._setting.device != "cuda":
            return ()
        gpus = list_gpus()
        visible = visible_gpus(gpus, os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("CUDA_DEVICE_ORDER"))
        if len(visible) <= self._setting.gpu:
            raise MeasurementError(
                f"CUDA shows {len(visible)} of {len(gpus)} GPUs, and number {self._setting.gpu} is to do the work",
                "set CUDA_VISIBLE_DEVICES to the index or UUID of a GPU, or unset it",
            )
        if not self._setting.forced:
            refuse_partitioned(visible)
        return visible

    def _make_tracker(self) -> Any:
        from codecarbon import OfflineEmissionsTracker
        from codecarbon.core import hardware_cache
        from codecarbon.input import DataSource
        from codecarbon.output_methods.base_output import OutputMethod

        if self._setting.country not in DataSource().get_global_energy_mix_data():
            raise MeasurementError(
                f"CodeCarbon does not know the country {self._setting.country}",
                "give the ISO 3166-1 alpha-3 code of the grid's country in the study",
            )
        # Its cache of an earlier tracker in this process takes "no GPU" for "every GPU".
        hardware_cache.clear_cache()
        tracker = OfflineEmissionsTracker(
            country_iso_code=self._setting.country,
            region=self._setting.region,
            tracking_mode=self._setting.tracking_mode,
            output_dir=str(self._folder),
            output_methods=[OutputMethod.CSV],
            output_handlers=[],
            gpu_ids=[gpu.index for gpu in self._gpus],
            **_STATED_SETTINGS,
        )
        # Its constructor swallows every error.
        if not hasattr(tracker, "run_id"):
            raise MeasurementError(f"CodeCarbon does not start{self._last_words()}", "run `kit doctor`")
        return tracker

    def _task(self, call: Callable[..., Any], *arguments: str) -> Any:
        try:
            return call(*arguments)
        except Exception as error:  # the tracker lets through whatever its hardware classes raise
            raise MeasurementError(
                f"CodeCarbon failed: {type(error).__name__}: {error}", "run `kit doctor`, and look at the run's log"
            ) from error

    def _hardware(self, kind: str) -> Any:
        return next((part for part in self._tracker._hardware if type(part).__name__ == kind), None)

    def _check_hardware(self) -> None:
        if self._hardware("GPU") is None and self._setting.device == "cuda":
            raise MeasurementError(
                f"CodeCarbon finds no GPU, though NVML lists {len(self._gpus)}: it needs to run `nvidia-smi`",
                "put `nvidia-smi` on PATH; in a container, give it the `utility` driver capability",
            )
        for kind in ("CPU", "RAM"):
            if self._hardware(kind) is None:
                raise MeasurementError(f"CodeCarbon finds no {kind} to count{self._last_words()}", "run `kit doctor`")
        self._check_counters()

    def _tracked(self) -> list[Any]:
        hardware = self._hardware("GPU")
        indices = {gpu.index for gpu in self._gpus}
        devices = (
            [] if hardware is None else [device for device in hardware.devices.devices if device.gpu_index in indices]
        )
        if hardware is not None and len(devices) < len(indices):
            raise MeasurementError(
                f"CodeCarbon counts {len(devices)} of {len(indices)} visible GPUs{self._last_words()}",
                "run `kit doctor`",
            )
        return devices

    def _check_counters(self) -> None:
        """CodeCarbon replaces a counter that fails by a few power samples, or by nothing; here the window fails."""
        for device in self._tracked():
            if not device._has_counter:
                raise MeasurementError(
                    f"GPU {device.gpu_index} has no energy counter", "use a GPU of the Volta generation or later"
                )
            if device._use_power_fallback:
                raise MeasurementError(
                    f"the energy counter of GPU {device.gpu_index} failed or went backwards{self._last_words()}",
                    "look for a reset of the GPU or a reload of its driver, then run again",
                )

    def _last_words(self) -> str:
        return f" ({self._log[-1]})" if self._log else ""

    def _gpu_readings(self, data: Any, duration_s: float) -> tuple[Reading, ...]:
        if self._edges is None:
            return ()
        energy_j = j_from_kwh(data.gpu_energy)
        if energy_j <= 0:
            raise UnresolvedError(
                f"CodeCarbon reports no energy of {len(self._gpus)} GPUs in {duration_s:.3f} s{self._last_words()}",
                "make the window longer than the counter's update period; run `kit calibrate`",
            )
        component = f"gpu/{self._gpus[0].uuid}" if len(self._gpus) == 1 else f"gpu/sum-of-{len(self._gpus)}"
        power_after_w = self._edges.after(duration_s)
        power_w = max(self._power_before_w, power_after_w, energy_j / duration_s if duration_s > 0 else 0.0)
        resolution_j = power_w * self._edges.update_period_s
        return (Reading(component, energy_j, Provenance.COUNTER, self.name, resolution_j),)

    def _cpu_readings(self, data: Any) -> tuple[Reading, ...]:
        cpu = self._hardware("CPU")
        provenance = _CPU_PROVENANCE.get(cpu._mode)
        if provenance is None:
            raise MeasurementError(
                f"CodeCarbon reads the CPU in a mode that the kit does not know: {cpu._mode}",
                "use the CodeCarbon version of the lock file",
            )
        energy_j = j_from_kwh(data.cpu_energy)
        resolution_j = self._tick_s() * float(cpu._tdp) / cpu._cpu_count if provenance is Provenance.MODEL else None
        self._refuse_unknown(energy_j, resolution_j, data.duration)
        return (Reading("cpu", energy_j, provenance, self.name, resolution_j),)

    def _refuse_unknown(self, energy_j: float, resolution_j: float | None, duration_s: float) -> None:
        """A zero may stand only where the model says so: a process that did nothing, counted by its CPU time."""
        cpu_s = time.process_time() - self._cpu_s_before
        idle = resolution_j is not None and self._setting.tracking_mode == "process" and cpu_s < 5 * self._tick_s()
        if energy_j < 0 or (energy_j == 0 and not idle):
            raise MeasurementError(
                f"CodeCarbon reports {energy_j:g} J of the CPU over {duration_s:.3f} s, in which the process used "
                f"{cpu_s:.3f} CPU seconds{self._last_words()}",
                "look for a jump of the clock or a counter that stands still",
            )

    @staticmethod
    def _tick_s() -> float:
        """Seconds of the step in which the kernel accounts CPU time."""
        return 1 / os.sysconf("SC_CLK_TCK")

    def _ram_readings(self, data: Any) -> tuple[Reading, ...]:
        energy_j = j_from_kwh(data.ram_energy)
        if energy_j <= 0:
            raise MeasurementError(
                f"CodeCarbon reports {energy_j:g} J of the RAM over {data.duration:.3f} s{self._last_words()}",
                "look for a jump of the clock",
            )
        whole_machine = self._setting.tracking_mode == "machine"
        provenance = Provenance.CONSTANT if whole_machine else Provenance.MODEL
        return (Reading("ram", energy_j, provenance, self.name),)

    @staticmethod
    def _grid(data: Any) -> Grid:
        return Grid(
            country=data.country_iso_code or None,
            region=data.region or None,
            cloud_region=data.cloud_region or None,
            emissions_g=data.emissions * 1000 if data.emissions > 0 else None,
        )
