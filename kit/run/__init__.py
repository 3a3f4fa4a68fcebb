"""Performing a study: a fresh process a model, every run into the journal, resumable at any moment."""

from kit.run.driver import Outlook, RunSetting, require_resumable, run_study
from kit.run.events import Event
from kit.run.prepare import (
    find_pins,
    keep_pins,
    lacks_pins,
    prepare_artefacts,
    prepare_from_bundle,
    prepare_published,
    settle_pins,
)

__all__ = [
    "Event",
    "Outlook",
    "RunSetting",
    "find_pins",
    "keep_pins",
    "lacks_pins",
    "prepare_artefacts",
    "prepare_from_bundle",
    "prepare_published",
    "require_resumable",
    "run_study",
    "settle_pins",
]
