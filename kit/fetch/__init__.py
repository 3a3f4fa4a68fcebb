"""What a study needs on the disk before it can run: present, damaged, missing; and how it gets there."""

from kit.fetch.artefacts import Artefact, Builder, Condition, condition, prepare
from kit.fetch.cache import cache_folder, hub_folder, pins_path

__all__ = ["Artefact", "Builder", "Condition", "cache_folder", "condition", "hub_folder", "pins_path", "prepare"]
