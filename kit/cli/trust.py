"""What the commands that check a deposit share: whom to trust, and as of when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from kit.seal import Deposit

Archive = Annotated[
    Path, typer.Argument(metavar="ARCHIVE", help="A deposit's folder, or its NAME.crate.zip.", show_default=False)
]
Trust = Annotated[
    Path | None,
    typer.Option(
        "--trust", metavar="CERT", help="The signer's certificate, had from elsewhere than here.", show_default=False
    ),
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=["%Y-%m-%d"],
        help="Day on which the certificate has to be valid; today where not given.",
        show_default=False,
    ),
]


def trusted_certificate(path: Path | None, deposit: Deposit) -> Certificate | None:
    """The certificate at a path, if one is given.

    Raises:
        InputError: if it is none, or the deposit's own file: whoever forges a deposit puts their certificate there.
    """
    from kit.errors import InputError
    from kit.seal.keys import load_certificate

    if path is None:
        return None
    if path.resolve() == deposit.certificate.resolve():
        raise InputError(
            f"{path}: the certificate in a deposit cannot vouch for the deposit",
            "give --trust with one that you have from the signer by another way, or leave it out",
        )
    return load_certificate(path)


def moment(at: datetime | None) -> datetime:
    """The end of the day that was given, or now."""
    now = datetime.now(UTC)
    return now if at is None else min(now, at.replace(hour=23, minute=59, second=59, tzinfo=UTC))
