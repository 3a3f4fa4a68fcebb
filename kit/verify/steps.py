"""The steps of a verification, and the protocol that keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from kit.errors import KitError, VerificationError
from kit.seal import Identity

Listener = Callable[["Step"], None]


class Outcome(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a verification.

    Attributes:
        number: from 1.
        name: what was checked.
        details: what was found, a line each; of a step that failed or was not done the reason.
    """

    number: int
    name: str
    outcome: Outcome
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found.

    Attributes:
        signer: whom the certificate names.
        fingerprint: SHA-256 of the certificate, in hexadecimal.
        trusted: whether the certificate is the one that the verifier gave. Otherwise the deposit is whole and as its
            signer left it, and who that is, is not proven.
        sealed_with: version of the kit that sealed it, as the deposit says.
        steps: all of them.
    """

    signer: Identity
    fingerprint: str
    trusted: bool
    sealed_with: str
    steps: tuple[Step, ...]

    @property
    def failures(self) -> tuple[Step, ...]:
        """The steps that failed."""
        return tuple(step for step in self.steps if step.outcome is Outcome.FAILED)

    @property
    def undone(self) -> tuple[Step, ...]:
        """The steps that could not be done here."""
        return tuple(step for step in self.steps if step.outcome is Outcome.NOT_DONE)


class NotDoneError(Exception):
    """A step cannot be done here; its text is the reason."""


class Protocol:
    """Numbers steps, keeps how each ended, and tells a listener at once."""

    def __init__(self, listen: Listener) -> None:
        self._steps: list[Step] = []
        self._listen = listen

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that ended."""
        return tuple(self._steps)

    @contextmanager
    def secures(self, name: str) -> Iterator[list[str]]:
        """A step without which nothing after it means anything. Gives the list of its details, to be filled.

        Raises:
            VerificationError: if it fails.
        """
        details: list[str] = []
        try:
            yield details
        except KitError as error:
            self._add(name, Outcome.FAILED, (error.message,))
            raise VerificationError(f"step {len(self._steps)} failed, {name}: {error.message}", error.advice) from error
        self._add(name, Outcome.PASSED, tuple(details))

    @contextmanager
    def informs(self, name: str) -> Iterator[list[str]]:
        """A step whose failure is kept, and the next one goes on. Gives the list of its details, to be filled."""
        details: list[str] = []
        try:
            yield details
        except NotDoneError as reason:
            self._add(name, Outcome.NOT_DONE, (str(reason),))
        except KitError as error:
            self._add(name, Outcome.FAILED, (*details, error.message))
        except Exception as error:  # noqa: BLE001 - the data are anybody's: what breaks on them fails, with its reason
            self._add(name, Outcome.FAILED, (*details, f"the data cannot be used ({type(error).__name__}: {error})"))
        else:
            self._add(name, Outcome.PASSED, tuple(details))

    def _add(self, name: str, outcome: Outcome, details: tuple[str, ...]) -> None:
        step = Step(len(self._steps) + 1, name, outcome, details)
        self._steps.append(step)
        self._listen(step)
