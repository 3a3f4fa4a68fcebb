"""The authors' release as typed values: what `kit replay` puts into a journal."""

from kit.replay.release import Release, read_release

__all__ = ["Release", "read_release"]
