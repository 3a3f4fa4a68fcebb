"""A key, a run's folder, and its sealing through the command line. Rendering takes seconds: it is done once."""

import os
from pathlib import Path

import pytest

from kit.cli.app import run_command_line
from tests import builders, deposits


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """A run with everything that a run leaves, and with what does not belong into a deposit."""
    folder = builders.write_journal(tmp_path_factory.mktemp("run"), builders.record())
    for name, text in {
        "host.json": "{}",
        "run.log": "measured\n",
        "traces/nvml-1.json.gz": "trace",
        "codecarbon/emissions_base_1.csv": "run_id\n1\n",
        "private-notes.txt": "not for others",
        "tables/old.csv": "a\n1\n",
        ".lock": "",
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (folder / "traces" / "link.json.gz").symlink_to("/etc/hostname")
    return folder


@pytest.fixture(scope="session")
def sealed(run: Path, keys: Path, tmp_path_factory) -> Path:
    """The folder of the run's deposit."""
    out = tmp_path_factory.mktemp("sealed") / "deposit"
    assert run_command_line(deposits.seal_command(run, keys, out)) == 0
    return out


@pytest.fixture(scope="session")
def partial(keys: Path, tmp_path_factory) -> Path:
    """The folder of the deposit of an interrupted run."""
    folder = tmp_path_factory.mktemp("interrupted")
    run = builders.write_journal(folder, builders.record(lacking=4))
    assert run_command_line(deposits.seal_command(run, keys, folder / "deposit", "--allow-partial")) == 0
    return folder / "deposit"


@pytest.fixture(scope="session")
def contexts() -> Path:
    """The folder with the JSON-LD contexts of RO-Crate; without it the test is skipped, with the reason."""
    folder = Path(os.environ.get("RO_CRATE_CONTEXTS") or Path(__file__).parents[3] / "shared" / "ro-crate")
    if not (folder / "ctx-1.2.jsonld").is_file():
        pytest.skip(f"the JSON-LD contexts of RO-Crate are not at {folder}; set RO_CRATE_CONTEXTS")
    return folder
