"""What a study will do, before anything is done: work to do, its cost, and how two studies differ."""

from kit.plan.difference import difference
from kit.plan.jobs import Job, PendingRun, jobs

__all__ = ["Job", "PendingRun", "difference", "jobs"]
