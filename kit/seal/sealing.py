"""Sealing a run: gather, build the crate, sign report and statement, write the deposit."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from kit.errors import IncompleteError, InputError
from kit.files import make_folder, write_bytes
from kit.seal.crate import build_crate
from kit.seal.deposit import REPORT, Deposit, SealFacts, deposit_names
from kit.seal.keys import SigningKey
from kit.seal.pdf_signature import sign_pdf
from kit.seal.statement import build_statement, sign_statement

REQUIRED: Final = ("journal.sqlite", "claims.json", "report.html", REPORT)
OPTIONAL: Final = ("host.json", "run.log", "audit.json", "calibration.json")
FOLDERS: Final = {"tables": ("*.csv",), "traces": ("*.csv", "*.csv.gz"), "codecarbon": ("*.csv",)}
"""What of a run's folder goes into a crate; anything else that lies there is somebody's own."""


def seal(run: Path, facts: SealFacts, key: SigningKey, out: Path, *, allow_partial: bool) -> Deposit:
    """Make the deposit of a run.

    Args:
        run: the run's folder, analysed, judged and reported.
        out: folder for the deposit; made if it is not there.
        allow_partial: whether a run with missing runs may be sealed; the statement then says so.

    Raises:
        IncompleteError: if runs are missing and that was not allowed.
        InputError: if the folder lacks a file.
    """
    if not facts.complete and not allow_partial:
        raise IncompleteError(
            f"{run}: {facts.missing} planned runs are missing", "finish it with --resume, or add --allow-partial"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}", facts.name):
        raise InputError(f"{facts.name!r}: not a name for a deposit", "use letters, digits, dots and hyphens")
    content = gather(run)
    crate = build_crate(content, facts)
    deposit = deposit_names(make_folder(out), facts.name)
    signed = sign_pdf(content[REPORT], key, reason="Report of a reproduction of Power Hungry Processing")
    certificate = key.certificate.public_bytes(Encoding.PEM)
    outer = {deposit.crate.name: crate, deposit.pdf.name: signed, deposit.certificate.name: certificate}
    statement = sign_statement(build_statement(outer, _inner_digests(crate), facts), key)
    for path, data in ((deposit.crate, crate), (deposit.pdf, signed), (deposit.certificate, certificate)):
        write_bytes(path, data)
    write_bytes(deposit.statement, statement)
    return deposit


def gather(run: Path) -> dict[str, bytes]:
    """The files of a run's folder that go into a crate, by their path in it.

    Raises:
        InputError: if one that every run has is missing.
    """
    missing = [name for name in REQUIRED if not (run / name).is_file()]
    if missing:
        raise InputError(f"{run}: {', '.join(missing)} missing", "run `kit report` on it first")
    paths = [run / name for name in (*REQUIRED, *OPTIONAL) if (run / name).is_file()]
    for folder, patterns in FOLDERS.items():
        paths += [path for pattern in patterns for path in (run / folder).glob(pattern) if path.is_file()]
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in paths}


def _inner_digests(crate: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(crate)) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
