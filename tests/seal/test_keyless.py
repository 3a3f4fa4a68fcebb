"""Keyless signing: a fifth file, and clear words where the package or the network is missing.

Sigstore itself is not asked in tests: it needs the network and a person who logs in.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from kit.errors import NetworkError, PlatformError
from kit.seal import SigningKey, facts_of, seal
from kit.seal.keyless import keyless_signer
from kit.verify.steps import Protocol
from kit.verify.verifying import secure
from tests import builders, deposits


def test_the_bundle_is_a_fifth_file_that_verification_tells_of(key: SigningKey, tmp_path: Path) -> None:
    record = builders.record()
    facts = facts_of(record, "small", key.identity, "CC-BY-4.0")
    out = tmp_path / "deposit"
    deposit = seal(
        deposits.small_files(record), facts, key, out, deposits.NOW, keyless=lambda data: b"bundle of " + data[:1]
    )
    assert (out / "small.sigstore.json").read_bytes() == b"bundle of {"
    protocol = Protocol(lambda _: None)
    secure(deposit, None, deposits.NOW, protocol)
    assert "small.sigstore.json" in protocol.steps[2].details[-1]


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore", None)
    with pytest.raises(PlatformError, match="not installed"):
        keyless_signer()


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable() -> None:
        raise ConnectionError("no route")

    package = types.ModuleType("sigstore")
    package.models = types.SimpleNamespace(ClientTrustConfig=types.SimpleNamespace(production=unreachable))
    package.oidc = package.sign = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "sigstore", package)
    with pytest.raises(NetworkError, match="no route"):
        keyless_signer()(b"statement")
