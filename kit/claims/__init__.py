"""What the data say of the paper: verdicts on its claims, an audit of its numbers, and a comparison of two studies."""

from kit.claims.judging import judge

__all__ = ["judge"]
