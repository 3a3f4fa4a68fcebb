"""What to measure: models, data sets, tasks and profiles, declared in YAML and checked on reading."""

from kit.catalog.loader import Catalog, load_catalog
from kit.catalog.studies import load_study, profile_names

__all__ = ["Catalog", "load_catalog", "load_study", "profile_names"]
