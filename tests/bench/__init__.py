"""Timings and accuracies, printed by `make bench`; no test asserts them."""
