"""The sizes are those of data sets of the catalogue."""

from __future__ import annotations

from kit.catalog import load_catalog
from kit.catalog.sizes import PATH, load_sizes


def test_every_size_is_of_a_data_set_of_the_catalogue() -> None:
    sizes = load_sizes()
    assert set(sizes) <= set(load_catalog().datasets)
    assert all(size.download_bytes > 0 and size.prepared_bytes > 0 for size in sizes.values())


def test_the_file_names_its_source() -> None:
    head = [line for line in PATH.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert any("huggingface/datasets" in line for line in head)
    assert any("040102f100964a33fd334e2695f1c493fa6b92db" in line for line in head)
