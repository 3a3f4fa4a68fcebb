"""Checking a deposit offline: signatures, digests, and every number computed anew from the raw runs."""

from kit.verify.difference import Difference, difference
from kit.verify.steps import Outcome, Step, Verification
from kit.verify.unsealing import unseal
from kit.verify.verifying import verify

__all__ = ["Difference", "Outcome", "Step", "Verification", "difference", "unseal", "verify"]
