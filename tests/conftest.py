"""What all tests share: an environment of their own, where the authors' released data lie, and a browser."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from kit.seal import SigningKey

CHROMIUM_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


OTHERS: Final = re.compile(
    r"(KIT(?!_SCREENSHOTS)|HF|TRANSFORMERS|CODECARBON)_\w+|HUGGING_FACE_HUB_TOKEN|XDG_CACHE_HOME"
    r"|PROFILE|RUNTIME|OUT|PINS|YES|PRICE|BASE|VENV|MAKE(FLAGS|LEVEL)|SOURCE_DATE_EPOCH|CUDA_VISIBLE_DEVICES"
    r"|FORCE_COLOR|NO_COLOR|PY_COLORS|GITHUB_ACTIONS|COLUMNS"
)
"""Variables that steer the kit, make or a terminal: what whoever runs the tests has set decides nothing."""

for variable in filter(OTHERS.fullmatch, list(os.environ)):
    del os.environ[variable]

settings.register_profile("untimed", deadline=None)  # how long an example takes is no matter of a test
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def paper_data() -> Path:
    """The folder with the paper's released data; without it the test is skipped, with the reason."""
    folder = Path(os.environ.get("PAPER_DATA") or Path(__file__).parents[2] / "shared" / "paper")
    if not (folder / "released").is_dir():
        pytest.skip(f"the authors' released data are not at {folder}; set PAPER_DATA")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium that asks for nothing by itself; without it the test is skipped, with the reason.

    It lives for a module, not for the session: while it is open no other code of this thread can run an event loop,
    and signing needs one.
    """
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed; set CHROMIUM to its path")
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the tiny artefacts of the smoke study, as `kit fetch smoke` would leave it."""
    from kit.catalog import load_study
    from kit.fetch import Artefact, hub_folder, prepare
    from kit.workloads.artefacts import spec_digest
    from kit.workloads.artefacts.building import build

    study = load_study("smoke")
    cache = tmp_path_factory.mktemp("cache")
    models = dict.fromkeys(planned.cell.model.id for planned in study.cells)
    artefacts = [Artefact(model, "tiny", spec_digest(model, "tiny")) for model in models]

    def build_here(artefact: Artefact, hub: Path) -> None:
        build(artefact.model, hub, scale="tiny", seed=study.seed)

    prepare(artefacts, hub_folder(cache, "tiny"), build_here, lambda *_: None)
    return cache


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key, and the passphrase in a file beside it."""
    from tests import deposits

    return deposits.make_keys(tmp_path_factory.mktemp("keys") / "ada")


@pytest.fixture(scope="session")
def key(keys: Path) -> SigningKey:
    """That key, opened."""
    from tests import deposits

    return deposits.load_key(keys / "kit-key.pem", deposits.PASSPHRASE)
