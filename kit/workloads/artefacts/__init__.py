"""Artefacts that the kit makes itself: published architectures with seeded weights, in the Hub's cache layout."""

from kit.workloads.artefacts.recipes import known, recipe, spec_digest

__all__ = ["known", "recipe", "spec_digest"]
