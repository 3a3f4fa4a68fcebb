"""`kit verify`: is a deposit what its signer left, and does it follow from its own raw runs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from kit.cli.output import AsJson, print_json
from kit.cli.trust import Archive, At, Trust, moment, trusted_certificate
from kit.model.printable import printable

if TYPE_CHECKING:
    from kit.verify import Step, Verification


def verify(archive: Archive, trust: Trust = None, at: At = None, as_json: AsJson = False) -> None:
    """Check a deposit offline: signatures, digests, and every number computed anew from the raw runs."""
    from kit.errors import VerificationError
    from kit.seal import find_deposit
    from kit.verify import verify as verified

    steps: list[Step] = []

    def listen(step: Step) -> None:
        steps.append(step)
        if not as_json:
            typer.echo(f"{step.number:2}. {step.outcome.value:8}  {step.name}")
            for detail in step.details:
                typer.echo(f"              {printable(detail)}")

    deposit = find_deposit(archive)
    try:
        found = verified(deposit, trusted_certificate(trust, deposit), moment(at), listen)
    except VerificationError:
        if as_json:
            print_json({"passed": False, "integrity": False, "identity": False, "steps": steps})
        raise
    if as_json:
        print_json(
            {
                "passed": not found.failures,
                "integrity": True,
                "identity": found.trusted,
                "signer": found.signer,
                "fingerprint": found.fingerprint,
                "sealed_with": found.sealed_with,
                "steps": steps,
            }
        )
    else:
        _say_what_is_proven(found)
    if found.failures:
        first = found.failures[0]
        raise VerificationError(
            printable(f"step {first.number} failed, {first.name}: {first.details[-1]}"),
            _advice(found.sealed_with),
        )


def _advice(sealed_with: str) -> str:
    from kit import __version__

    if sealed_with == __version__:
        return "the deposit is as its signer left it, but does not follow from its own raw runs; ask the signer"
    return printable(
        f"sealed with kit {sealed_with}, computed here with kit {__version__}, which may do it in another way: "
        "verify it with that version before you ask the signer"
    )


def _say_what_is_proven(found: Verification) -> None:
    typer.echo("integrity is proven: nothing was changed since it was signed")
    if found.trusted:
        typer.echo(f"identity is proven: {found.signer.name} signed it, whose certificate you gave")
    else:
        typer.echo(
            f"identity is NOT proven: anybody can make a certificate in the name of {found.signer.name}; "
            f"give --trust with one that you have from them (SHA-256 {found.fingerprint})"
        )
    for step in found.undone:
        typer.echo(f"not done: {step.name}, which stays the signer's word")
    typer.echo("not checked: whether the raw runs are true; traces, logs and metadata are the signer's word")
