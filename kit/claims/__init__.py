"""What the data say of the paper: verdicts on its claims, an audit of its numbers, and a comparison of two studies."""

from kit.claims.audit import audit
from kit.claims.comparison import Comparison, compare
from kit.claims.findings import Finding
from kit.claims.judging import judge

__all__ = ["Comparison", "Finding", "audit", "compare", "judge"]
