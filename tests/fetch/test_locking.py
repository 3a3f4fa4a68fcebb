"""Locking against the stand-in Hub: commit, files, licence, gate, and what is said where a source fails."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from kit.catalog.pins_file import parse_pins, pins_text
from kit.catalog.sources import Source
from kit.errors import InputError, NetworkError
from kit.fetch.hub_client import HubClient
from kit.fetch.hub_errors import GateError
from kit.model.pins import Algorithm, Choice, Gate, Pin, Pins, RepoKind
from tests.fetch.shelf import CARD, NEW, OLD, WEIGHTS, dataset, locked, model, put_dataset, put_model
from tests.standin.hub import Commit, StandInHub


def only(pins: Pins) -> Pin:
    (pin,) = pins.artefacts
    return pin


def test_a_model_is_pinned_to_its_last_commit_with_size_hash_and_licence(hub: StandInHub, client: HubClient) -> None:
    _, new = put_model(hub)
    pin = only(locked(client, model("org/bert")))
    assert (pin.id, pin.revision, pin.choice) == ("org/bert", new.sha, Choice.LAST)
    assert (pin.licence, pin.gate, pin.deviation) == ("apache-2.0", Gate.NONE, None)
    files = {file.path: file for file in pin.files}
    assert set(files) == {"config.json", "vocab.txt", "model.safetensors"}
    weights = files["model.safetensors"]
    assert (weights.size, weights.algorithm) == (len(WEIGHTS), Algorithm.SHA256)
    assert weights.digest == hashlib.sha256(WEIGHTS).hexdigest()
    assert files["config.json"].algorithm is Algorithm.GIT_SHA1


@pytest.mark.parametrize(("day", "which"), [(date(2024, 1, 1), 0), (OLD, 0), (NEW, 1), (date(2026, 1, 1), 1)])
def test_a_date_decides_for_the_last_commit_on_or_before_it(
    hub: StandInHub, client: HubClient, day: date, which: int
) -> None:
    commits = put_model(hub)
    pin = only(locked(client, model("org/bert", known="f" * 40), as_of=day))
    assert (pin.revision, pin.choice) == (commits[which].sha, Choice.AS_OF)
    assert pin.committed_at == f"{commits[which].day}T12:00:00+00:00"


def test_a_repository_that_began_after_the_date_cannot_be_had(hub: StandInHub, client: HubClient) -> None:
    put_model(hub)
    pins = locked(client, model("org/bert"), as_of=date(2023, 9, 30))
    assert pins.artefacts == ()
    assert "no commit on or before 2023-09-30" in pins.unavailable[0].reason


def test_a_known_hash_is_taken_where_no_date_is_given(hub: StandInHub, client: HubClient) -> None:
    old, _ = put_model(hub)
    pin = only(locked(client, model("org/bert", known=old.sha)))
    assert (pin.revision, pin.choice) == (old.sha, Choice.KNOWN)


def test_a_known_hash_that_is_nowhere_gives_way_to_the_last_commit_which_is_said(
    hub: StandInHub, client: HubClient
) -> None:
    _, new = put_model(hub)
    pin = only(locked(client, model("org/bert", known="f" * 40)))
    assert (pin.revision, pin.choice) == (new.sha, Choice.LAST)
    assert pin.deviation == "org/bert: its known commit is not to be had; the last one of org/bert stands in."


def test_a_repository_made_anew_under_a_removed_name_is_passed_over_for_the_known_commit(
    hub: StandInHub, client: HubClient
) -> None:
    hub.model("first/bert", Commit(NEW, {"config.json": b"{}", "model.safetensors": b"somebody else's"}))
    old, _ = put_model(hub, "copy/bert")
    pin = only(locked(client, model("first/bert", "copy/bert", known=old.sha)))
    assert (pin.id, pin.revision) == ("copy/bert", old.sha)
    assert pin.deviation is not None


def test_a_moved_id_is_followed_and_is_no_deviation(hub: StandInHub, client: HubClient) -> None:
    old, _ = put_model(hub)
    hub.model("bert", moved_to="org/bert")
    pin = only(locked(client, model("bert", "org/bert", known=old.sha)))
    assert (pin.published, pin.id, pin.revision, pin.deviation) == ("bert", "org/bert", old.sha, None)


@pytest.mark.parametrize("facts", [{"gone": True}, {"disabled": True}])
def test_a_removed_repository_has_its_next_source_which_is_a_deviation(
    hub: StandInHub, client: HubClient, facts: dict[str, bool]
) -> None:
    hub.model("first/bert", Commit(OLD, {}), **facts)
    put_model(hub, "copy/bert")
    pin = only(locked(client, model("first/bert", "copy/bert")))
    assert pin.id == "copy/bert"
    assert pin.deviation is not None
    assert pin.deviation.startswith("first/bert: copy/bert stands in for the published first/bert (first/bert: ")


def test_what_no_source_has_cannot_be_had_and_the_reasons_are_kept(hub: StandInHub, client: HubClient) -> None:
    hub.model("first/bert", gone=True)
    hub.model("code/bert", Commit(OLD, {"modeling_own.py": b"", "config.json": b"{}"}))
    pins = locked(client, model("first/bert", "code/bert"))
    (lost,) = pins.unavailable
    assert "does not know it" in lost.reason
    assert "code/bert: no weights as safetensors or for PyTorch" in lost.reason


def test_a_data_set_is_pinned_to_the_files_of_its_split(hub: StandInHub, client: HubClient) -> None:
    commit = put_dataset(hub)
    pin = only(locked(client, dataset(Source(id="org/notes"))))
    assert (pin.kind, pin.revision, pin.licence) == (RepoKind.DATASET, commit.sha, "mit")
    assert [file.path for file in pin.files] == ["data/test.jsonl"]


def test_a_data_set_that_is_a_script_is_passed_over_for_the_hubs_own_conversion(
    hub: StandInHub, client: HubClient
) -> None:
    converted = Commit(OLD, {"plain/test/0000.parquet": b"PAR1" * 400})
    hub.dataset(
        "org/notes", Commit(OLD, {"notes.py": b"raise SystemExit"}), branches={"refs/convert/parquet": [converted]}
    )
    second = Source(
        id="org/notes", branch="refs/convert/parquet", files=("plain/test/*.parquet",), deviation="notes: converted."
    )
    pin = only(locked(client, dataset(Source(id="org/notes"), second)))
    assert (pin.revision, pin.deviation) == (converted.sha, "notes: converted.")
    assert [file.path for file in pin.files] == ["plain/test/0000.parquet"]


def test_a_closed_gate_is_an_error_with_the_way_through_it(hub: StandInHub, client: HubClient) -> None:
    put_model(hub, gated="manual")
    with pytest.raises(GateError, match="licence to be accepted") as caught:
        locked(client, model("org/bert"))
    assert f"{hub.endpoint}/org/bert" in caught.value.advice
    assert "HF_TOKEN" in caught.value.advice
    assert "--without-gated" in caught.value.advice


def test_a_closed_gate_can_be_left_out_and_that_is_said(hub: StandInHub, client: HubClient) -> None:
    put_model(hub, gated="auto")
    pins = locked(client, model("org/bert"), leave_out_gated=True)
    assert pins.unavailable[0].reason == "org/bert: its licence has to be accepted"


def test_a_token_opens_the_gate_and_the_gate_is_recorded(
    hub: StandInHub, client: HubClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_model(hub, gated="manual")
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    hub.tokens_with_access.add("hf_mine")
    assert only(locked(client, model("org/bert"))).gate is Gate.MANUAL


def test_a_rate_limit_is_waited_out(hub: StandInHub, client: HubClient, waits: list[float]) -> None:
    put_model(hub)
    hub.limit_rate("7", None)
    assert only(locked(client, model("org/bert"))).id == "org/bert"
    assert waits == [7.0, 2.0]


def test_a_rate_limit_that_lasts_too_long_is_told_with_its_wait(
    hub: StandInHub, client: HubClient, waits: list[float]
) -> None:
    put_model(hub)
    hub.limit_rate("3600")
    with pytest.raises(NetworkError, match="limits the rate") as caught:
        locked(client, model("org/bert"))
    assert "wait 3600 s" in caught.value.advice
    assert "HF_TOKEN" in caught.value.advice
    assert waits == []


def test_a_hub_in_trouble_is_asked_again_and_then_told(hub: StandInHub, client: HubClient, waits: list[float]) -> None:
    put_model(hub)
    hub.break_down(503, 502)
    assert only(locked(client, model("org/bert"))).id == "org/bert"
    hub.break_down(500, 500, 500, 500)
    with pytest.raises(NetworkError, match="500"):
        locked(client, model("org/bert"))
    assert waits == [1.0, 2.0, 1.0, 2.0, 4.0]


def test_a_token_that_is_refused_is_told(hub: StandInHub, client: HubClient) -> None:
    put_model(hub)
    hub.break_down(403)
    with pytest.raises(GateError, match="status 403") as caught:
        locked(client, model("org/bert"))
    assert "HF_TOKEN" in caught.value.advice


def test_a_hub_out_of_reach_is_told(waits: list[float], client: HubClient) -> None:
    away = HubClient("http://127.0.0.1:9", client.patience)
    with pytest.raises(NetworkError, match="connection to http"):
        locked(away, model("org/bert"))
    assert len(waits) == 3


def test_an_answer_that_is_no_hubs_is_refused(hub: StandInHub, client: HubClient) -> None:
    hub.break_down(200)
    with pytest.raises(InputError, match="org/bert"):
        locked(client, model("org/bert"))


def test_another_commit_than_the_one_asked_for_is_refused(hub: StandInHub, client: HubClient) -> None:
    old, new = put_model(hub)
    hub.repositories["org/bert"].branches["x"] = [Commit(OLD, {}, sha=old.sha)]
    hub.repositories["org/bert"].history = lambda revision: [new]  # type: ignore[method-assign]
    with pytest.raises(InputError, match="the Hub gives"):
        locked(client, model("org/bert", known=old.sha))


def test_files_with_names_that_lead_elsewhere_are_never_pinned(hub: StandInHub, client: HubClient) -> None:
    files = {"config.json": b"{}", "../config.json": b"{}", "/etc/vocab.txt": b"x", "model.safetensors": WEIGHTS}
    hub.model("org/bert", Commit(OLD, files))
    paths = [file.path for file in only(locked(client, model("org/bert"))).files]
    assert paths == ["config.json", "model.safetensors"]


def test_the_same_hub_gives_the_same_bytes_and_they_read_back(hub: StandInHub, client: HubClient) -> None:
    put_model(hub)
    put_dataset(hub)
    wanted = (model("org/bert"), dataset(Source(id="org/notes")), model("no/such"))
    pins = locked(client, *wanted, as_of=NEW)
    text = pins_text(pins)
    assert text == pins_text(locked(client, *wanted, as_of=NEW))
    assert parse_pins(text.encode(), "pins.json") == pins
    assert CARD["license"] in text


def test_a_licence_that_would_steer_a_terminal_is_tamed(hub: StandInHub, client: HubClient) -> None:
    put_model(hub)
    hub.repositories["org/bert"].card = {"license": ["mit\x1b[2J", "other\nline"]}
    assert only(locked(client, model("org/bert"))).licence == "mit?[2J, other line"
