"""Rendering takes seconds: reports that several tests look at are rendered once."""

from pathlib import Path

import pytest

from kit.model.record import Origin
from kit.report import render
from tests import builders

HOSTILE = (
    "<script>alert(1)</script>",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil \N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} \N{ARABIC LETTER ALEF}",
    "nul\0byte",
    "x" * 300,
    "\N{PILE OF POO} </script><img src=x onerror=alert(1)>",
    "{{7*7}} {% raw %} &amp; =cmd()",
)


def hostile_record():
    """A record whose models have names that were made to break a page."""
    models = dict.fromkeys(model for _, model, _, _ in builders.CELLS)
    return builders.record(names=dict(zip(models, HOSTILE, strict=False)), lacking=3, failing=1)


@pytest.fixture(scope="session")
def embedded():
    """The report of a whole embedded study."""
    return render(builders.record())


@pytest.fixture(scope="session")
def replayed_in_french():
    """The report of a replay, in French."""
    return render(builders.record(origin=Origin.REPLAYED, artefacts="hub", device="cuda"), "fr")


@pytest.fixture(scope="session")
def hostile():
    """The report of an interrupted study with hostile names."""
    return render(hostile_record())


@pytest.fixture(scope="session")
def pages(tmp_path_factory, embedded, replayed_in_french, hostile) -> dict[str, Path]:
    """The pages as files, by name."""
    folder = tmp_path_factory.mktemp("pages")
    rendered = {"embedded": embedded, "french": replayed_in_french, "hostile": hostile}
    paths = {name: folder / f"{name}.html" for name in rendered}
    for name, path in paths.items():
        path.write_bytes(rendered[name].html)
    return paths
