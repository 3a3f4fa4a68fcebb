"""The files of a deposit: their names, and finding them beside each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import InputError

CHECKSUMS: Final = "SHA256SUMS"
METADATA: Final = "ro-crate-metadata.json"
JOURNAL: Final = "journal.sqlite"
STUDY: Final = "study.json"
PINS: Final = "pins.json"
"""Of a run that was pinned, as `kit lock` wrote it."""
REVISIONS: Final = "revisions.json"
CLAIMS: Final = "claims.json"
PAGE: Final = "report.html"
REPORT: Final = "report.pdf"
"""The unsigned PDF in the crate; the signed one beside the crate begins with its very bytes."""
TABLES: Final = "tables/"

CRATE_SUFFIX: Final = ".crate.zip"
FOLDER: Final = "deposit"
"""Where a deposit lies in a run's folder, if it was to lie nowhere else."""
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
"""Of a deposit."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """The four files that go into an archive together.

    Attributes:
        crate: RO-Crate as a zip; identical bytes from every sealing of one run.
        pdf: the signed report.
        statement: in-toto statement in a DSSE envelope.
        certificate: of the signer.
    """

    crate: Path
    pdf: Path
    statement: Path
    certificate: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All four."""
        return (self.crate, self.pdf, self.statement, self.certificate)

    @property
    def keyless(self) -> Path:
        """Where Sigstore's bundle lies, if the statement was signed without a key too."""
        return self.statement.with_name(f"{self.statement.name.removesuffix('.intoto.json')}.sigstore.json")

    @property
    def signed(self) -> tuple[Path, ...]:
        """Those that the statement names."""
        return (self.crate, self.pdf, self.certificate)


def deposit_in(folder: Path, name: str) -> Deposit:
    """Where the files of a deposit of some name lie in a folder.

    Raises:
        InputError: if that is no name for a deposit.
    """
    require_name(name)
    return Deposit(
        crate=folder / f"{name}{CRATE_SUFFIX}",
        pdf=folder / f"{name}.pdf",
        statement=folder / f"{name}.intoto.json",
        certificate=folder / f"{name}.certificate.pem",
    )


def require_name(name: str) -> None:
    """See that a name is one for a deposit.

    Raises:
        InputError: if not.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{name[:80]!a}: not a name for a deposit", "use letters, digits and hyphens")


def find_deposit(path: Path) -> Deposit:
    """The deposit that a crate belongs to, or that lies in a folder, or in the folder of the run that was sealed.

    Raises:
        InputError: if there is none, more than one, or a file of it is missing.
    """
    if path.is_dir():
        crates = sorted(path.glob(f"*{CRATE_SUFFIX}")) or sorted(path.glob(f"{FOLDER}/*{CRATE_SUFFIX}"))
        if not crates:
            raise InputError(f"{path}: holds no deposit", "give the folder that `kit seal` made")
        if len(crates) > 1:
            raise InputError(f"{path}: holds {len(crates)} crates", f"give the NAME{CRATE_SUFFIX} that you mean")
        path = crates[0]
    if not path.name.endswith(CRATE_SUFFIX):
        raise InputError(f"{path}: not a crate", f"give a folder, or a file NAME{CRATE_SUFFIX}, as `kit seal` makes it")
    deposit = deposit_in(path.parent, path.name.removesuffix(CRATE_SUFFIX))
    for file in deposit.files:
        if not file.is_file():
            raise InputError(f"{file}: not there", "the four files of a deposit lie beside each other")
    return deposit
