"""The files of a deposit, and what a sealed run says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKSUMS: Final = "SHA256SUMS"
METADATA: Final = "ro-crate-metadata.json"
REPORT: Final = "report.pdf"
"""The unsigned PDF in the crate; the signed one beside the crate begins with its very bytes."""


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


def deposit_names(folder: Path, name: str) -> Deposit:
    """Where the files of a deposit of some name lie in a folder."""
    return Deposit(
        crate=folder / f"{name}.crate.zip",
        pdf=folder / f"{name}.pdf",
        statement=folder / f"{name}.intoto.json",
        certificate=folder / f"{name}.certificate.pem",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """What the crate's metadata and the statement say of the run. All of it follows from the journal.

    Attributes:
        name: of the deposit; letters, digits, dots and hyphens.
        started_at, ended_at: first and last window, ISO 8601 with offset.
        complete: whether every planned run was measured.
        missing: planned runs that were not.
        packages: name to version, of the host that measured; empty for a replay.
        study: the study as JSON text.
    """

    name: str
    title: str
    description: str
    origin: str
    study_id: str
    study: str
    started_at: str
    ended_at: str
    complete: bool
    missing: int
    deviations: tuple[str, ...]
    packages: tuple[tuple[str, str], ...]
    kit_version: str
