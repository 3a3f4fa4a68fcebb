"""The crate is a valid RO-Crate 1.2 and Process Run Crate 0.5, as the community's own validator says, offline."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.seal import find_deposit

PROFILES = {
    "ro-crate-1.2": [],
    "process-run-crate-0.5": ["--disable-profile-inheritance"],
}


def seed(cache: Path, contexts: Path) -> None:
    """Put the JSON-LD contexts into the validator's HTTP cache, as if they had been fetched."""
    requests = pytest.importorskip("requests")
    requests_cache = pytest.importorskip("requests_cache", reason="roc-validator is not installed")

    class Stored(requests.adapters.BaseAdapter):
        def send(self, request, **_options):
            response = requests.Response()
            response.status_code, response.url, response.request = 200, request.url, request
            response.headers["Content-Type"] = "application/ld+json"
            version = request.url.split("/")[-2]
            response.raw = requests.packages.urllib3.HTTPResponse(
                io.BytesIO((contexts / f"ctx-{version}.jsonld").read_bytes()),
                headers=dict(response.headers),
                status=200,
                preload_content=False,
                request_url=request.url,
            )
            return response

        def close(self) -> None:
            pass

    with requests_cache.CachedSession(cache_name=str(cache), expire_after=-1) as session:
        session.mount("https://", Stored())
        for version in ("1.1", "1.2"):
            assert session.get(f"https://w3id.org/ro/crate/{version}/context").ok
        session.cache.close()


@pytest.mark.parametrize(
    ("folder", "profile"),
    [("sealed", "ro-crate-1.2"), ("sealed", "process-run-crate-0.5"), ("partial", "process-run-crate-0.5")],
)
def test_the_crate_conforms(
    contexts: Path, tmp_path: Path, request: pytest.FixtureRequest, folder: str, profile: str
) -> None:
    program = shutil.which("rocrate-validator", path=f"{Path(sys.executable).parent}")
    if program is None:
        pytest.skip("rocrate-validator is not installed; it comes with the dev extra")
    seed(tmp_path / "cache", contexts)
    crate = find_deposit(request.getfixturevalue(folder)).crate
    done = subprocess.run(
        [
            program, "-y", "--disable-color", "validate", str(crate), "--profile-identifier", profile,
            "--no-auto-profile", "--offline", "--cache-path", str(tmp_path / "cache"), "--verbose", "--no-paging",
            *PROFILES[profile],
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert f"valid {profile}" in done.stdout
