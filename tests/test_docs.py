"""What the documents say is so: commands exist, files are there, the example study loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.catalog import load_study
from kit.cli.app import GROUPS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = {name for names in GROUPS.values() for name in names}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"`kit ([a-z][a-z-]+)", document.read_text(encoding="utf-8")))
    assert named <= COMMANDS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_is_there(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in COMMANDS if f"`kit {name}" not in text} == set()


def test_the_readmes_own_study_loads(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    path = tmp_path / "mine.yaml"
    path.write_text(example.group(1), encoding="utf-8")
    assert len(load_study(str(path)).cells) == 2


def test_no_document_or_code_names_a_machine_or_an_index() -> None:
    hosts = ("pypi" + ".org", "files.pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
    files = [
        *DOCUMENTS,
        *ROOT.glob("requirements-*.lock"),
        *(path for path in (ROOT / "docker").rglob("*") if path.is_file()),
    ]
    for path in [*files, ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]:
        text = path.read_text(encoding="utf-8")
        assert not any(host in text for host in hosts), path
