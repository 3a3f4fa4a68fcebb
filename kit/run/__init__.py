"""Performing a study: a fresh process a model, every run into the journal, resumable at any moment."""

from kit.run.driver import Outlook, RunSetting, run_study
from kit.run.events import Event
from kit.run.prepare import prepare_artefacts

__all__ = ["Event", "Outlook", "RunSetting", "prepare_artefacts", "run_study"]
