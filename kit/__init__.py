"""Re-run, replay, judge and report "Power Hungry Processing" (Luccioni, Jernite, Strubell, 2024)."""

__version__ = "0.1.0"
