"""Deposits that the tests of verification copy and tamper with. Sealing takes seconds: each is made once."""

from pathlib import Path

import pytest

from kit.cli.app import run_command_line
from kit.seal import Deposit, SigningKey, find_deposit
from tests import builders, deposits


@pytest.fixture(scope="session")
def other_key(tmp_path_factory) -> SigningKey:
    """Somebody else's, in the same name."""
    return deposits.make_key(tmp_path_factory.mktemp("keys") / "eve", deposits.EVE)


@pytest.fixture(scope="session")
def small_deposit(tmp_path_factory, key) -> Deposit:
    """Its signatures hold; its tables are made up."""
    record = builders.record()
    return deposits.make(deposits.small_files(record), record, key, tmp_path_factory.mktemp("small") / "deposit")


@pytest.fixture(scope="session")
def real_deposit(tmp_path_factory, keys: Path) -> Deposit:
    """Sealed by the command: everything in it follows from its journal."""
    run = builders.write_journal(tmp_path_factory.mktemp("run"), builders.record())
    assert run_command_line(deposits.seal_command(run, keys, run / "deposit")) == 0
    return find_deposit(run / "deposit")


@pytest.fixture
def small(small_deposit: Deposit, tmp_path: Path) -> Deposit:
    return deposits.copy(small_deposit, tmp_path / "small")


@pytest.fixture
def real(real_deposit: Deposit, tmp_path: Path) -> Deposit:
    return deposits.copy(real_deposit, tmp_path / "real")
