"""Turning a finished run into a deposit that a stranger can check: signed PDF, RO-Crate, signed statement."""

from kit.seal.deposit import Deposit, find_deposit
from kit.seal.facts import SealFacts, facts_of
from kit.seal.keys import Identity, SigningKey, generate_key, load_key
from kit.seal.sealing import gather, require_absent, require_complete, seal

__all__ = [
    "Deposit",
    "Identity",
    "SealFacts",
    "SigningKey",
    "facts_of",
    "find_deposit",
    "gather",
    "generate_key",
    "load_key",
    "require_absent",
    "require_complete",
    "seal",
]
