"""Sealing a run: gather, build the crate, sign report and statement, write the deposit."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from kit.errors import IncompleteError, StorageError
from kit.files import make_folder, storage_error, write_bytes
from kit.model.canonical import canonical_json
from kit.seal.container import read_container
from kit.seal.crate import build_crate
from kit.seal.deposit import PINS, REPORT, Deposit, deposit_in
from kit.seal.facts import SealFacts
from kit.seal.keyless import KeylessSigner
from kit.seal.keys import SigningKey
from kit.seal.pdf_signature import sign_pdf
from kit.seal.software import locks, software
from kit.seal.statement import LOCKS_PREFIX, build_statement, sign_statement

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper

FILES: Final = ("host.json", "run.log", "calibration.json", PINS)
FOLDERS: Final = {"traces": ("*.json.gz",), "codecarbon": ("*.csv",)}
"""What of a run's folder goes into a crate besides its journal and what is computed from that; anything else that lies
there is somebody's own."""


def require_complete(facts: SealFacts, run: Path, *, allow_partial: bool) -> None:
    """See that a run may be sealed.

    Raises:
        IncompleteError: if runs are missing and that was not allowed.
    """
    if not facts.complete and not allow_partial:
        raise IncompleteError(
            f"{run}: {facts.missing:,} planned runs are missing",
            "finish it with `kit run --resume`, or add --allow-partial, which report and statement then say",
        )


def gather(run: Path) -> dict[str, bytes]:
    """What lies in a run's folder beside the journal and goes into a crate, by path in it. Links are not followed."""
    paths = [run / name for name in FILES]
    for folder, patterns in FOLDERS.items():
        paths += [path for pattern in patterns for path in sorted((run / folder).glob(pattern))]
    present = [path for path in paths if path.is_file() and not path.is_symlink()]
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in present}


def seal(
    files: Mapping[str, bytes],
    facts: SealFacts,
    key: SigningKey,
    out: Path,
    now: datetime,
    timestamper: TimeStamper | None = None,
    keyless: KeylessSigner | None = None,
) -> Deposit:
    """Make the deposit of a run.

    Args:
        files: what `gather` gives, with journal, tables, claims and report, by path in the crate.
        out: folder for the deposit, which must not be there yet: all four files come into it, or it is not made.
        timestamper: for a timestamp in the PDF's signature.
        keyless: for a second signature of the statement, in a fifth file.

    Raises:
        StorageError: if the folder is there or cannot be written.
        InputError: if the certificate is not valid now, or the files are out of a crate's bounds.
        NetworkError: if a timestamp or a keyless signature was wanted and there is none.
    """
    key.require_valid(now)
    require_absent(out)
    content = {**files, "software.json": (canonical_json(software()) + "\n").encode()}
    content |= {LOCKS_PREFIX + name: text for name, text in locks().items()}
    crate = build_crate(content, facts)
    names = deposit_in(Path(), facts.name)
    outer = {
        names.crate.name: crate,
        names.pdf.name: sign_pdf(files[REPORT], key, timestamper),
        names.certificate.name: key.certificate.public_bytes(Encoding.PEM),
    }
    statement = sign_statement(build_statement(outer, read_container(crate), facts), key)
    more = {names.keyless.name: keyless(statement)} if keyless is not None else {}
    _write({**outer, names.statement.name: statement, **more}, out)
    return deposit_in(out, facts.name)


def require_absent(out: Path) -> None:
    """See that a deposit's folder is not there: none is ever overwritten.

    Raises:
        StorageError: if it is.
    """
    if out.is_symlink() or out.exists():
        raise StorageError(f"{out}: exists already", "a deposit is never overwritten; choose another --out")


def _write(content: Mapping[str, bytes], out: Path) -> None:
    make_folder(out.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            folder = Path(beside, "deposit")
            folder.mkdir()
            for name, data in content.items():
                write_bytes(folder / name, data)
            folder.rename(out)
    except OSError as error:
        raise storage_error(out, error) from error
