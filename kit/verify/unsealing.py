"""Taking a crate out of its container, after its signatures were checked."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from cryptography import x509

from kit.files import make_folder, storage_error, write_bytes
from kit.seal import Deposit, require_absent
from kit.verify.steps import Protocol
from kit.verify.verifying import secure


def unseal(deposit: Deposit, out: Path, trust: x509.Certificate | None, now: datetime) -> int:
    """Write the files of a deposit's crate into a folder: a run's folder, that every other command takes.

    Args:
        out: must not be there yet; it is made whole or not at all.

    Returns:
        How many files were written.

    Raises:
        VerificationError: if the deposit is not as its signer left it; nothing is written then.
        StorageError: if the folder is there, or cannot be written.
    """
    require_absent(out)
    crate = secure(deposit, trust, now, Protocol(lambda _: None)).contents.crate
    make_folder(out.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as beside:
            folder = Path(beside, "run")
            folder.mkdir()
            for name, content in crate.items():
                make_folder((folder / name).parent)
                write_bytes(folder / name, content)
            folder.rename(out)
    except OSError as error:
        raise storage_error(out, error) from error
    return len(crate)
