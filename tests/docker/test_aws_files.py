"""The files that docs/aws.md hands to AWS: their form, and the rights that they give."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

AWS = Path(__file__).parents[2] / "docker" / "aws"
USER_DATA = (AWS / "user-data.sh").read_text(encoding="utf-8")


def read(name: str) -> Any:
    return json.loads((AWS / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(AWS.glob("*.json")), ids=lambda path: path.name)
def test_every_json_file_parses(path: Path) -> None:
    assert isinstance(read(path.name), dict)


def test_the_node_may_put_its_run_and_read_its_token_and_nothing_else() -> None:
    policy = read("node-policy.json")
    assert policy["Version"] == "2012-10-17"
    rights = {}
    for statement in policy["Statement"]:
        assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        rights.update(dict.fromkeys(actions, statement["Resource"]))
    assert set(rights) == {"s3:PutObject", "s3:AbortMultipartUpload", "ssm:GetParameter"}
    assert not any("*" in action for action in rights)
    assert rights["s3:PutObject"] == "arn:aws:s3:::@BUCKET@/outputs/*"
    assert rights["ssm:GetParameter"].endswith(":parameter/power-hungry/hf-token")


def test_only_ec2_takes_on_the_role() -> None:
    (statement,) = read("trust-policy.json")["Statement"]
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"


def test_the_instance_is_the_papers_and_hides_its_credentials_from_containers() -> None:
    instance = read("instance.json")
    assert instance["InstanceType"] == "p4de.24xlarge"
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert instance["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    options = read("spot.json")["SpotOptions"]
    assert options == {"SpotInstanceType": "persistent", "InstanceInterruptionBehavior": "stop"}


def scripts() -> dict[str, str]:
    """The first-boot script and the scripts that it leaves on the node."""
    inner = re.findall(r"^cat >(/usr/local/bin/\S+) <<'EOF'\n(.*?)^EOF$", USER_DATA, re.DOTALL | re.MULTILINE)
    return {"user-data": USER_DATA, **dict(inner)}


@pytest.mark.parametrize("name", sorted(scripts()))
def test_every_script_of_the_node_is_whole(name: str) -> None:
    answer = subprocess.run(["bash", "-n"], input=scripts()[name], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert scripts()[name].startswith("#!/bin/bash\n")


def test_the_first_boot_script_is_small_enough_and_holds_no_secret() -> None:
    assert len(scripts()) == 4
    assert len(USER_DATA.encode()) < 16_384
    assert "hf_" not in USER_DATA.replace("hf_token", "")


def test_the_study_gets_a_term_signal_and_time_to_end_its_window() -> None:
    assert "KillMode=mixed" in USER_DATA
    assert "TimeoutStopSec=60" in USER_DATA
    assert "WantedBy=multi-user.target" in USER_DATA


def noted(tmp_path: Path, script: str, *failing: str, **environment: str) -> list[str]:
    """What a script asks shutdown and aws to do, in its order; the commands named fail."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in ("shutdown", "aws", *failing):
        fails = "exit 1" if name in failing else "exit 0"
        (bin_ / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/log\n{fails}\n', encoding="utf-8")
        (bin_ / name).chmod(0o755)
    subprocess.run(["bash", "-c", script], env={"PATH": f"{bin_}:/usr/bin:/bin"} | environment, timeout=30, check=False)
    return (tmp_path / "log").read_text(encoding="utf-8").splitlines()


def test_a_first_boot_that_fails_stops_the_node(tmp_path: Path) -> None:
    beginning = USER_DATA.partition("git clone")[0]  # the rest would write into the system of whoever runs this
    assert noted(tmp_path, beginning, "apt-get")[-1] == "shutdown -h +30 the first boot failed"


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("exited", "0", ["shutdown -h +5 the study is whole"]),
        ("exited", "2", ["shutdown -h +30 the study ended: exited 2"]),
        ("killed", "KILL", ["shutdown -h +30 the study ended: killed KILL"]),
        ("killed", "TERM", []),
    ],
)
def test_a_study_that_nobody_stopped_stops_the_node_even_if_the_upload_fails(
    tmp_path: Path, code: str, status: str, expected: list[str]
) -> None:
    script = scripts()["/usr/local/bin/kit-after"]
    did = noted(tmp_path, script, "aws", EXIT_CODE=code, EXIT_STATUS=status, BUCKET="b")
    assert did == [*expected, "aws s3 cp --quiet --recursive /opt/kit/outputs s3://b/outputs/"]


def run_watcher(tmp_path: Path, answers: str) -> str:
    """Run the node's own watcher on stand-ins for curl, sleep and systemctl; the answer is what was stopped."""
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_ins = {
        "curl": f'case "$*" in *api/token*) echo token ;; *) {answers} ;; esac',
        "sleep": f'n=$(cat {tmp_path}/n 2>/dev/null || echo 0); echo $((n + 1)) >{tmp_path}/n; [ "$n" -lt 3 ]',
        "systemctl": f'echo "$*" >>{tmp_path}/log',
    }
    for name, script in stand_ins.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    subprocess.run(
        ["bash", "-c", scripts()["/usr/local/bin/kit-spot"]],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        timeout=30,
        check=False,
    )
    log = tmp_path / "log"
    return log.read_text(encoding="utf-8") if log.exists() else ""


def test_a_notice_stops_the_study_and_no_notice_does_not(tmp_path: Path) -> None:
    (tmp_path / "quiet").mkdir()
    (tmp_path / "notice").mkdir()
    assert run_watcher(tmp_path / "quiet", "exit 22") == ""
    assert run_watcher(tmp_path / "notice", f'[ "$(cat {tmp_path}/notice/n)" = 2 ] || exit 22') == "stop kit-run\n"
