"""Frozen types and units. No file, clock or network is touched here."""
