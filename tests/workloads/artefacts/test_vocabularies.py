"""Vocabularies: the same from every training, with every printable letter, and reversible."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.workloads.artefacts import vocabularies
from kit.workloads.artefacts.tokenizers import save_tokenizer
from kit.workloads.artefacts.vocabularies import PRINTABLE, byte_pairs, sentence_pieces, word_pieces

SENTENCE = "In the beginning, 42 unforeseeable (power-hungry) kilowatts"


def test_word_pieces_come_out_of_every_training_alike() -> None:
    first = word_pieces(3_000, lowercase=True)
    word_pieces.cache_clear()
    assert word_pieces(3_000, lowercase=True) == first


def test_pairs_whose_ends_are_marked_come_out_of_every_training_alike() -> None:
    first = byte_pairs(5_000, ends_marked=True)
    vocabularies._marked_byte_pairs.cache_clear()
    assert byte_pairs(5_000, ends_marked=True) == first


def test_a_small_vocabulary_is_the_beginning_of_a_large_one() -> None:
    (small, small_merges), (large, large_merges) = byte_pairs(1_000), byte_pairs(2_000)
    assert large[:1_000] == small
    assert large_merges[: len(small_merges)] == small_merges


def test_every_printable_letter_is_known_alone_and_within_a_word() -> None:
    words = set(word_pieces(3_000, lowercase=False))
    assert {*PRINTABLE, *(f"##{letter}" for letter in PRINTABLE)} <= words
    assert set(PRINTABLE) <= set(sentence_pieces(1_000)[0])


def test_word_pieces_of_the_middle_of_a_word_stand_apart_from_those_of_its_beginning() -> None:
    words = word_pieces(3_000, lowercase=True)
    assert "the" in words
    assert "##ing" in words
    assert not any(ord(letter) >= vocabularies.PRIVATE_PLANE for word in words for letter in word)


@pytest.mark.parametrize(
    ("kind", "size", "as_read"),
    [
        ("bert-uncased", 30_522, SENTENCE.lower()),
        ("gpt2", 50_257, SENTENCE),
        ("t5", 32_128, SENTENCE),
        ("clip", 49_408, SENTENCE.lower()),
    ],
)
def test_a_text_survives_its_tokens(kind: str, size: int, as_read: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer, CLIPTokenizer

    save_tokenizer(kind, size, tmp_path)
    tokenizer = (CLIPTokenizer if kind == "clip" else AutoTokenizer).from_pretrained(tmp_path)
    numbers = tokenizer(SENTENCE)["input_ids"]
    assert tokenizer.unk_token_id not in numbers or kind in ("gpt2", "clip")
    assert max(numbers) < size
    decoded = tokenizer.decode(numbers, skip_special_tokens=True)
    assert decoded.replace(" ", "").removesuffix("</s>") == as_read.replace(" ", "")
