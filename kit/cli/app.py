"""The `kit` command: its commands in the order of the user's work, and the one place that exits."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import typer
from typer.exceptions import TyperException

import kit
from kit.cli.termination import TERMINATED, TerminatedError
from kit.errors import KitError
from kit.model.printable import printable

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Reproduce": ("reproduce", "plan", "lock", "fetch", "run", "status", "replay"),
    "Judge": ("analyse", "claims", "audit", "compare", "break-even"),
    "Publish": ("report", "keygen", "seal", "verify", "unseal", "diff"),
    "Look": ("catalog", "doctor", "calibrate", "downloads"),
}
"""Panels of `kit --help`, and their commands; each is a function of the same name in a module of the same name."""

AMERICAN: Final = {"analyze": "analyse"}
"""Spellings that are accepted and not shown."""

UNEXPECTED: Final = 70
"""Exit code of a fault of the kit itself (EX_SOFTWARE)."""

INTERRUPTED: Final = 130

MEASURING: Final = ("run", "reproduce")
KEPT: Final = (
    "what was measured is kept, and `kit run STUDY --resume` or `kit reproduce STUDY`, with the same --out, goes on "
    "where it stopped"
)
"""What a command that measures says where it is cut."""


def command_function(name: str) -> Callable[..., Any]:
    """The function behind a command."""
    identifier = name.replace("-", "_")
    function: Callable[..., Any] = getattr(importlib.import_module(f"kit.cli.{identifier}"), identifier)
    return function


def build_app(only: str | None = None) -> typer.Typer:
    """The Typer application with all commands, or with one of them (it starts faster)."""
    app = typer.Typer(
        name="kit",
        help=kit.__doc__,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog="`--debug` with any command shows the traceback of an error.",
    )
    app.callback()(_root)
    for panel, names in GROUPS.items():
        for name in names:
            if only in (None, name):
                app.command(name, rich_help_panel=panel)(command_function(name))
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(kit.__version__)
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", is_eager=True, callback=_say_version
    ),
) -> None:
    """Re-run, replay, judge and report "Power Hungry Processing" (Luccioni, Jernite, Strubell, 2024)."""


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is the error's own. `--debug` may stand anywhere before `--`."""
    words = list(arguments)
    debug = "--debug" in words or bool(os.environ.get("KIT_DEBUG"))
    words = [AMERICAN.get(word, word) if place == 0 else word for place, word in enumerate(words) if word != "--debug"]
    known = {name for names in GROUPS.values() for name in names}
    only = words[0] if words and words[0] in known else None
    try:
        code = build_app(only)(words, prog_name="kit", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except KitError as error:
        if debug:
            raise
        typer.echo(f"error: {printable(error.message)}\nadvice: {printable(error.advice)}", err=True)
        return error.exit_code
    except typer.Exit as stop:
        return stop.exit_code
    except TyperException as error:
        typer.echo(f"error: {error.format_message()}\nadvice: see `kit {f'{only} ' if only else ''}--help`", err=True)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort, TerminatedError) as cut:
        terminated = isinstance(cut, TerminatedError)
        said = "ended by SIGTERM" if terminated else "interrupted"
        typer.echo(f"{said}; {KEPT}" if only in MEASURING else said, err=True)
        return TERMINATED if terminated else INTERRUPTED
    except Exception as error:  # the last line of defence; --debug shows it all
        if debug:
            raise
        typer.echo(
            f"error: a fault of the kit: {type(error).__name__}: {error}\n"
            "advice: run it again with --debug and report the traceback",
            err=True,
        )
        return UNEXPECTED


def main() -> None:
    """Entry point of the `kit` script."""
    sys.exit(run_command_line(sys.argv[1:]))
