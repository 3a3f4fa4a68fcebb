"""Turning a finished run into a deposit that a stranger can check: signed PDF, RO-Crate, signed statement."""

from kit.seal.deposit import Deposit, deposit_names
from kit.seal.keys import Identity, generate_key, load_key
from kit.seal.sealing import seal

__all__ = ["Deposit", "Identity", "deposit_names", "generate_key", "load_key", "seal"]
