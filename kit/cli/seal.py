"""`kit seal`: a finished run into a deposit."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.arguments import RunFolder
from kit.cli.output import AsJson, print_json
from kit.cli.secrets import PassphraseFile, passphrase

if TYPE_CHECKING:
    from kit.model.record import Record


def seal(
    run: RunFolder,
    key: Annotated[Path, typer.Option("--key", metavar="KEY", help="The private key that `kit keygen` made.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The deposit's folder; RUN/deposit where not given.", show_default=False),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Of the deposit; study and id where not given.", show_default=False)
    ] = None,
    license_id: Annotated[
        str, typer.Option("--license", metavar="SPDX", help="Licence that the deposit is given under.")
    ] = "CC-BY-4.0",
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Seal a run with missing runs; report and statement say so.")
    ] = False,
    timestamp: Annotated[
        str | None,
        typer.Option(
            "--timestamp", metavar="URL", help="RFC 3161 authority to ask for a timestamp.", show_default=False
        ),
    ] = None,
    keyless: Annotated[
        bool, typer.Option("--keyless", help="Sign the statement by Sigstore too (network; extra `sigstore`).")
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign a run's report and pack the run into a signed RO-Crate, to be deposited and checked by anybody."""
    from datetime import UTC, datetime

    from kit.errors import InputError
    from kit.journal import JOURNAL_NAME, read_record, snapshot
    from kit.report import require_renderer
    from kit.run.lock import only_one
    from kit.seal import facts_of, gather, load_key, require_absent, require_complete
    from kit.seal import seal as sealed
    from kit.seal.deposit import FOLDER
    from kit.seal.keyless import keyless_signer
    from kit.seal.keys import CERTIFICATE_NAME
    from kit.seal.pdf_signature import authority

    if not (run / JOURNAL_NAME).is_file():
        raise InputError(f"{run}: no journal here", "give the folder of a run, as `kit run` or `kit replay` made it")
    if not key.is_file():
        raise InputError(f"{key}: no key here", "make one with `kit keygen`, and give its path with --key")
    target = out if out is not None else run / FOLDER
    require_absent(target)
    require_renderer()
    keyless_sign = keyless_signer() if keyless else None
    timestamper = authority(timestamp) if timestamp is not None else None
    signing_key = load_key(key, passphrase(passphrase_file, new=False))
    with only_one(run), tempfile.TemporaryDirectory(prefix="kit-seal-") as beside:
        journal = snapshot(run, Path(beside))
        record = read_record(Path(beside))
        facts = facts_of(record, name or _name(record), signing_key.identity, license_id)
        require_complete(facts, run, allow_partial=allow_partial)
        files = gather(run) | {JOURNAL_NAME: journal.read_bytes()} | _computed(record)
    deposit = sealed(files, facts, signing_key, target, datetime.now(UTC), timestamper, keyless_sign)
    if as_json:
        print_json({"deposit": [str(path) for path in deposit.files], "complete": facts.complete})
        return
    for path in deposit.files:
        typer.echo(str(path))
    if not facts.complete:
        typer.echo(f"not complete: {facts.missing:,} planned runs are missing; report and statement say so")
    typer.echo(f"check it: kit verify {target} --trust {key.with_name(CERTIFICATE_NAME)}")


def _name(record: Record) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", record.study.name).strip("-")[:40]
    return f"{words or 'run'}-{record.study.study_id[:8]}"


def _computed(record: Record) -> dict[str, bytes]:
    """Tables, claims and report of the record, rendered now: a deposit never holds those of another state."""
    from kit.model.canonical import canonical_json
    from kit.model.csv_text import table_to_csv
    from kit.report import render
    from kit.seal.deposit import CLAIMS, PAGE, REPORT, TABLES

    rendered = render(record)
    tables = {f"{TABLES}{name}.csv": table_to_csv(table).encode() for name, table in rendered.tables.items()}
    claims = (canonical_json(rendered.claims) + "\n").encode()
    return {**tables, CLAIMS: claims, PAGE: rendered.html, REPORT: rendered.pdf}
