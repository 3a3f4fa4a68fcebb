"""Every command of the README and of docs/aws.md: run where it can run here, and else checked as far as it can be read.

A line that fits no rule fails, so that nobody adds a command that is neither.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

import kit
from kit.catalog import load_study
from kit.cli.app import GROUPS, run_command_line
from kit.cli.costs import workplan_of
from tests.replay.small import copy_small

ROOT = Path(__file__).parents[1]
README, AWS = ROOT / "README.md", ROOT / "docs" / "aws.md"
USER_DATA = (ROOT / "docker" / "aws" / "user-data.sh").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
COMMANDS = {name for names in GROUPS.values() for name in names}
SHELL_ONLY = ("export", "mkdir", "sed", "chmod")
"""Lines that only make sense together; the test of the filled-in files runs them."""

RUN_ON_THE_RELEASE = {
    "kit replay PATH --out outputs/release",
    "kit claims outputs/release",
    "kit audit outputs/release",
    "kit report outputs/release",
    "kit plan paper",
    'docker run --rm --user "$(id -u):$(id -g)" --volume /opt/kit/outputs:/study/outputs power-hungry-kit:0.1.0 '
    "status outputs/paper",
}
"""What runs here as it stands, with PATH a part of the authors' release and outputs/paper a copy of its replay."""


def lines_of(document: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


EVERY_LINE = [*dict.fromkeys(lines_of(README)), *dict.fromkeys(lines_of(AWS))]


def kit_words(line: str) -> list[str]:
    """The arguments of the kit in a line that starts it, or that starts one of its images."""
    words = shlex.split(line)
    if words[0] == "kit":
        return words[1:]
    images = {f"power-hungry-kit:{tag}" for tag in (kit.__version__, "review", "measure")}
    return words[next(place for place, word in enumerate(words) if word in images) + 1 :]


def require_kit_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The command is there and has the options."""
    name = words[0]
    assert name in COMMANDS, f"there is no `kit {name}`"
    assert run_command_line([name, "--help"]) == 0
    help_text = capsys.readouterr().out
    for option in (word for word in words if word.startswith("--")):
        assert option in help_text, f"`kit {name}` has no {option}"


@pytest.mark.parametrize("line", [line for line in EVERY_LINE if line.split()[0] not in SHELL_ONLY])
def test_a_documented_command_is_one_that_exists(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    words = shlex.split(line)
    match words:
        case ["kit", *rest]:
            require_kit_command(rest, capsys)
        case ["docker", "build", *_]:
            target = words[words.index("--target") + 1]
            dockerfile = (ROOT / words[words.index("--file") + 1]).read_text(encoding="utf-8")
            assert f" AS {target}\n" in dockerfile
        case ["docker", "run", *_]:
            require_kit_command(kit_words(line), capsys)
        case ["make", *targets]:
            dry = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, timeout=30, check=False)
            assert dry.returncode == 0
            assert all(f"make {target}" in CI for target in targets if "=" not in target)
        case ["sudo", "apt-get", "install", "-y", *packages]:
            # The make and git of a fresh machine are not CI's business; the venv package has another name on Debian 12.
            assert {package for package in packages if package not in CI} <= {"git", "python3.11-venv"}
        case ["sudo", "systemctl", _, *units] | ["journalctl", "--unit", *units, "--follow"]:
            assert all(f"/etc/systemd/system/{unit}.service" in USER_DATA for unit in units)
        case ["aws", _, _, *rest]:
            made = " ".join(lines_of(AWS))
            for path in re.findall(r"file://(\S+)", " ".join(rest)):
                assert (ROOT / path).is_file() or f"> {path}" in made
        case _:
            pytest.fail(f"no rule says how to check: {line}")


def test_the_rules_reach_every_line_that_is_run() -> None:
    assert set(EVERY_LINE) >= RUN_ON_THE_RELEASE


def test_the_commands_that_can_run_here_run(paper_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    released = copy_small(paper_data, tmp_path)
    for line in EVERY_LINE:
        if line not in RUN_ON_THE_RELEASE:
            continue
        if "outputs/paper" in line and not Path("outputs/paper").exists():
            shutil.copytree("outputs/release", "outputs/paper")
        words = [str(released) if word == "PATH" else word for word in kit_words(line)]
        assert run_command_line(words) == 0, line


def test_the_files_for_aws_are_filled_in_by_the_documented_lines(tmp_path: Path) -> None:
    lines = [line for line in lines_of(AWS) if line.split()[0] in ("export", "mkdir", "sed")]
    (tmp_path / "docker").symlink_to(ROOT / "docker")
    stand_ins = "aws() { echo 123456789012; }\ngit() { echo 0123abc; }\n"
    answer = subprocess.run(
        ["bash", "-euc", stand_ins + "\n".join(lines)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "build" / "aws").iterdir()}
    assert set(made) == {"user-data.sh", "node-policy.json"}
    assert not any(re.search(r"@[A-Z]+@", text) for text in made.values())
    resources = [statement["Resource"] for statement in json.loads(made["node-policy.json"])["Statement"]]
    assert resources[1] == "arn:aws:ssm:us-west-2:123456789012:parameter/power-hungry/hf-token"
    assert "REVISION='0123abc'" in made["user-data.sh"]


def test_the_hours_and_prices_of_the_paper_are_those_of_the_plan() -> None:
    hours = workplan_of(load_study("paper")).hours
    text = AWS.read_text(encoding="utf-8")
    assert f"{hours:.0f} GPU hours" in text
    for price in (27.45, 40.97):
        assert f"{price} USD an hour: {hours * price:,.0f} USD" in text
