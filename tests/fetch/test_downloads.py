"""Today's counts, read by the real client from a stand-in of the Hub on the loopback."""

import json
import socket
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from kit.catalog.break_even_data import load_downloads, load_training, read_downloads
from kit.cli.app import run_command_line
from kit.errors import InputError, NetworkError, StorageError
from kit.fetch.downloads import read_counts, store_counts
from tests.standin.hub import Commit, serving

pytest.importorskip("huggingface_hub", reason="huggingface_hub comes with the extra `measure`")

DAY = date(2025, 3, 9)
MODEL = "bigscience/bloomz-3b"


def model_answer(model, recent=12_345, every=6_789_012):
    return 200, {"id": model, "_id": "0", "downloads": recent, "downloadsAllTime": every}


@contextmanager
def hub(answer):
    """The Hub's interface of models, answered by a function of the model's id."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            address = urlsplit(self.path)
            asked.append((address.path, parse_qs(address.query), self.headers.get("Authorization")))
            status, content = answer(address.path.removeprefix("/api/models/"))
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_TOKEN", "not-to-be-sent")


def test_both_counts_are_read_of_every_model_and_no_token_is_sent(monkeypatch):
    with hub(model_answer) as (endpoint, asked):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        counts = read_counts([MODEL, "bigscience/bloom"], DAY)
    assert counts.date == "2025-03-09"
    assert list(counts.counts) == [MODEL, "bigscience/bloom"]
    assert counts.counts[MODEL].last_30_days == 12_345
    assert counts.counts[MODEL].all_time == 6_789_012
    path, query, authorization = asked[0]
    assert path == f"/api/models/{MODEL}"
    assert query["expand"] == ["downloads", "downloadsAllTime"]
    assert authorization is None


@pytest.mark.parametrize("bad", [-1, "many", None, 1.5, True, 10**16])
def test_a_count_that_is_none_is_refused(monkeypatch, bad):
    with hub(lambda model: model_answer(model, every=bad)) as (endpoint, _):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        with pytest.raises(InputError, match="downloadsAllTime"):
            read_counts([MODEL], DAY)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"[]", b"{}", b"null", b"\xff\xfe"])
def test_an_answer_that_is_no_model_is_refused(monkeypatch, body):
    with hub(lambda model: (200, body)) as (endpoint, _):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        with pytest.raises(InputError, match="bloomz-3b"):
            read_counts([MODEL], DAY)


def test_a_model_that_the_hub_does_not_know_is_named(monkeypatch):
    with hub(lambda model: (404, {"error": "Repository not found"})) as (endpoint, _):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        with pytest.raises(InputError, match="does not know it"):
            read_counts([MODEL], DAY)


def test_a_hub_in_trouble_is_told_with_its_status(monkeypatch):
    with hub(lambda model: (503, {"error": "busy"})) as (endpoint, _):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        with pytest.raises(NetworkError, match="503"):
            read_counts([MODEL], DAY)


def test_a_hub_out_of_reach_is_told_and_stored_counts_stay_usable(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(NetworkError, match="cannot be reached") as caught:
            read_counts([MODEL], DAY)
    assert "offline" in caught.value.advice


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_a_machine_set_offline_is_told_so_and_nothing_is_asked(monkeypatch, name):
    with hub(model_answer) as (endpoint, asked):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        monkeypatch.setenv(name, "1")
        with pytest.raises(NetworkError, match=name):
            read_counts([MODEL], DAY)
    assert asked == []


def test_stored_counts_read_back_the_same_and_are_never_overwritten(monkeypatch, tmp_path):
    with hub(model_answer) as (endpoint, _):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        counts = read_counts([MODEL], DAY)
    path = store_counts(counts, tmp_path / "downloads")
    assert path.name == "2025-03-09.yaml"
    assert read_downloads(path) == counts
    before = path.read_bytes()
    with pytest.raises(StorageError, match="not overwritten"):
        store_counts(counts, tmp_path / "downloads")
    assert path.read_bytes() == before
    assert [item.date for item in load_downloads(tmp_path / "downloads")] == ["2023-11", "2025-03-09"]


def test_the_command_refreshes_shows_and_refuses_a_second_time(monkeypatch, tmp_path, capsys):
    with hub(model_answer) as (endpoint, asked):
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert run_command_line(["downloads", "refresh", "--out", str(tmp_path)]) == 0
        shown = capsys.readouterr().out
        assert "6789012" in shown
        assert "606096" in shown
        assert run_command_line(["downloads", "refresh", "--out", str(tmp_path)]) == StorageError.exit_code
        assert "not overwritten" in capsys.readouterr().err
    assert len(asked) == 2 * len(load_training().models)
    assert run_command_line(["downloads", "--out", str(tmp_path), "--json"]) == 0
    dates = [item["date"] for item in json.loads(capsys.readouterr().out)]
    assert dates[0] == "2023-11"
    assert len(dates) == 2


def test_the_command_offline_has_an_exit_code_of_its_own(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert run_command_line(["downloads", "refresh", "--out", str(tmp_path)]) == NetworkError.exit_code
    assert "the Hub is not asked" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_counts_are_read_from_a_whole_stand_in_hub_that_redirects_a_moved_model(hub_with_models, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", hub_with_models.endpoint)
    counts = read_counts([MODEL], DAY)
    assert counts.counts[MODEL].last_30_days == 12_345
    assert counts.source.endswith(hub_with_models.endpoint)
    assert [line.rpartition("/")[2] for line in hub_with_models.asked] == ["bloomz-3b", "bloomz"]


@pytest.fixture
def hub_with_models():
    with serving() as stand_in:
        stand_in.model("bigscience/bloomz", Commit(date(2023, 1, 1), {}))
        stand_in.model(MODEL, moved_to="bigscience/bloomz")
        yield stand_in
