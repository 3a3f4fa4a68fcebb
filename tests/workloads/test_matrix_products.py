from __future__ import annotations

from kit.workloads.matrix_products import matrix_products


def test_products_are_made_until_the_time_is_over_and_one_at_least() -> None:
    assert matrix_products(0.0, device="cpu", side=4) == 1
    assert matrix_products(0.05, device="cpu", side=4) > 1
