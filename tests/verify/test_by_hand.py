"""The document for who does not trust the kit, run as it stands: openssl, sha256sum and pdfsig agree with the kit."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kit.seal import Deposit, SigningKey
from tests import deposits

DOCUMENT = Path(__file__).parents[2] / "docs" / "verify-by-hand.md"


def by_hand(deposit: Deposit) -> subprocess.CompletedProcess[str]:
    for program in ("openssl", "sha256sum", "pdfsig", "unzip"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 8
    script = "\n".join(blocks)
    return subprocess.run(
        ["sh", "-c", script], cwd=deposit.crate.parent, capture_output=True, text=True, check=False, timeout=120
    )


def test_an_honest_deposit_passes(small: Deposit) -> None:
    done = by_hand(small)
    assert done.returncode == 0, done.stderr
    assert "Verified OK" in done.stdout
    assert "crate/journal.sqlite: as signed" in done.stdout


@pytest.mark.parametrize("part", ["crate", "pdf", "statement", "certificate"])
def test_a_changed_file_does_not(small: Deposit, part: str) -> None:
    path = getattr(small, part)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert by_hand(small).returncode != 0


def test_bytes_behind_the_pdf_and_another_signer_of_it_do_not(small: Deposit, key: SigningKey, other_key) -> None:
    whole = small.pdf.read_bytes()
    small.pdf.write_bytes(whole + b"\n")
    assert by_hand(small).returncode != 0
    small.pdf.write_bytes(deposits.sign_pdf(deposits.small_pdf(), other_key))
    deposits.resign(small, key)
    assert by_hand(small).returncode != 0


def test_a_statement_that_another_key_signed_does_not(small: Deposit, other_key: SigningKey) -> None:
    small.statement.write_bytes(deposits.sign_statement(deposits.statement_of(small), other_key))
    done = by_hand(small)
    assert done.returncode != 0
    assert "Verification failure" in done.stdout + done.stderr
