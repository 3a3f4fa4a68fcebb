"""An RFC 3161 authority on loopback: asked over HTTP, and told where it does not answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from asn1crypto import tsp

from kit.errors import InputError, NetworkError
from kit.seal import SigningKey
from kit.seal.pdf_signature import authority, sign_pdf
from kit.verify.pdf import check_pdf
from tests import deposits


@pytest.fixture(params=[200, 503])
def server(request: pytest.FixtureRequest) -> Iterator[HTTPServer]:
    stand_in = deposits.stand_in_authority()

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stand_in.request_tsa_response(asked).dump()
            self.send_response(request.param)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Authority) as listening:
        listening.code = request.param
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def test_a_timestamp_is_fetched_or_its_lack_is_told(server: HTTPServer, key: SigningKey) -> None:
    timestamper = authority(f"http://127.0.0.1:{server.server_port}/tsa")
    if server.code == 200:
        pdf = sign_pdf(deposits.small_pdf(), key, timestamper)
        assert "Stand-in authority" in check_pdf(pdf, key.certificate, deposits.NOW).timestamp
    else:
        with pytest.raises(NetworkError, match="gives no timestamp"):
            sign_pdf(deposits.small_pdf(), key, timestamper)


def test_an_authority_that_is_not_there_is_a_network_error(key: SigningKey) -> None:
    with pytest.raises(NetworkError, match="gives no timestamp"):
        sign_pdf(deposits.small_pdf(), key, authority("http://127.0.0.1:9/"))


def test_an_address_that_is_none_is_refused_at_once() -> None:
    for url in ("ftp://example.org", "https://", "example.org"):
        with pytest.raises(InputError, match="not an address"):
            authority(url)
