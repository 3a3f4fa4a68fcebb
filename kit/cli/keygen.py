"""`kit keygen`: a key to seal with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import AsJson, print_json
from kit.cli.secrets import PassphraseFile, passphrase


def keygen(
    name: Annotated[str, typer.Option("--name", help="Whom the certificate names: a person or a group.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for key and certificate; keep it out of repositories.")],
    email: Annotated[str | None, typer.Option("--email", help="For questions.", show_default=False)] = None,
    orcid: Annotated[str | None, typer.Option("--orcid", help="As 0000-0002-1825-0097.", show_default=False)] = None,
    days: Annotated[int, typer.Option("--days", help="How long the certificate is valid.")] = 3650,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make an ECDSA P-256 key, locked by a passphrase, and its self-signed certificate."""
    from datetime import UTC, datetime

    from cryptography.hazmat.primitives.hashes import SHA256

    from kit.seal.keys import CERTIFICATE_NAME, Identity, generate_key, load_certificate, require_no_key

    identity = Identity(name, email, orcid)
    require_no_key(out)
    now = datetime.now(UTC).replace(microsecond=0)
    key = generate_key(out, identity, passphrase(passphrase_file, new=True), days=days, now=now)
    certificate = out / CERTIFICATE_NAME
    fingerprint = load_certificate(certificate).fingerprint(SHA256()).hex()
    if as_json:
        print_json({"key": str(key), "certificate": str(certificate), "fingerprint": fingerprint})
        return
    typer.echo(f"private key: {key} (give it to nobody)")
    typer.echo(f"certificate: {certificate}")
    typer.echo(f"fingerprint: {fingerprint} (publish it where people know you: --trust rests on that)")
