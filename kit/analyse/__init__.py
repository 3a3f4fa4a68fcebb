"""Pure analysis: a journal's record in, numbers with their uncertainty out. No file, clock or network."""

from kit.analyse.observations import Observation, observe
from kit.analyse.tables import tables

__all__ = ["Observation", "observe", "tables"]
