"""The journal: what a run measured, in one SQLite file that no cut can tear."""

from kit.journal.reader import JOURNAL_NAME, read_record
from kit.journal.snapshot import require_sound, snapshot
from kit.journal.writer import Journal

__all__ = ["JOURNAL_NAME", "Journal", "read_record", "require_sound", "snapshot"]
