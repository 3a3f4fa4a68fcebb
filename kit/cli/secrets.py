"""The passphrase of a private key: from a file, the environment, or asked for; never from an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import InputError

VARIABLE: Final = "KIT_PASSPHRASE"
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=f"Its first line opens the key; else {VARIABLE}, else it is asked for.",
        show_default=False,
    ),
]


def passphrase(file: Path | None, *, new: bool) -> bytes:
    """The passphrase.

    Args:
        new: whether a new key is to be locked by it: then it is asked for twice.

    Raises:
        InputError: if the file cannot be read, or nobody is there to be asked.
    """
    if file is not None:
        try:
            return file.read_bytes().partition(b"\n")[0].rstrip(b"\r")
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror})", "check --passphrase-file") from error
    if VARIABLE in os.environ:
        return os.environ[VARIABLE].encode()
    if not sys.stdin.isatty():
        raise InputError("no passphrase, and nobody to ask for it", f"give --passphrase-file, or set {VARIABLE}")
    answer: str = typer.prompt("passphrase", hide_input=True, confirmation_prompt=new)
    return answer.encode()
