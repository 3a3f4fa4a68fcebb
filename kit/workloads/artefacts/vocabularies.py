"""Vocabularies trained on the corpus that ships with the kit; the same ones come out of every training.

The trainers number letters that carry a prefix or a suffix (`##a`, `a</w>`) in
an order that changes from run to run, and break ties by these numbers; so such
letters are written as single letters of a private plane of Unicode for the
training, and put back after it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final

from kit.workloads.artefacts.recipes import CORPUS

LARGEST_BYTE_PAIRS: Final = 50_260
PRINTABLE: Final = [chr(point) for point in range(0x21, 0x7F)]
"""Letters, digits and signs of ASCII: known whether the corpus has them or not."""
BLANK: Final = "\N{LOWER ONE EIGHTH BLOCK}"
PRIVATE_PLANE: Final = 0xF0000
"""Added to a letter's code point where it carries a prefix or suffix; the corpus has no letter beyond 0xFFFF."""

Pairs = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]
"""Tokens in order of their birth, and the merges that made them."""


def corpus_lines() -> Iterator[str]:
    """The corpus, line by line."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n")


@cache
def word_pieces(size: int, *, lowercase: bool) -> tuple[str, ...]:
    """At most `size` word pieces in order of their birth; those that go on a word begin with `##`."""
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    normalizer, splitter = BertNormalizer(lowercase=lowercase), BertPreTokenizer()

    @cache
    def marked(text: str) -> str:
        words = (word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
        return " ".join(word[0] + _to_private(word[1:]) for word in words)

    letters = [*PRINTABLE, *map(_to_private, PRINTABLE)]
    tokens, _ = _trained(_each_word(marked), size, letters, least=2)
    return tuple(("##" if _is_private(token[0]) else "") + _from_private(token) for token in tokens)


def byte_pairs(vocab_size: int, *, ends_marked: bool = False) -> tuple[list[str], list[tuple[str, str]]]:
    """Tokens in order of their birth, and merges, of a byte-level BPE with at most `vocab_size` tokens.

    Merges are born one by one, so that a smaller vocabulary is the beginning of a larger one.

    Args:
        ends_marked: whether letters that end a word carry `</w>`, and text is lower case, as in CLIP.
    """
    tokens, merges = _marked_byte_pairs() if ends_marked else _plain_byte_pairs()
    alphabet = len(tokens) - len(merges)
    return list(tokens[:vocab_size]), list(merges[: max(0, vocab_size - alphabet)])


@cache
def _plain_byte_pairs() -> Pairs:
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    return _trained(corpus_lines(), LARGEST_BYTE_PAIRS, letters, splitter=ByteLevel(add_prefix_space=False))


@cache
def _marked_byte_pairs() -> Pairs:
    from tokenizers.pre_tokenizers import ByteLevel, Sequence, Whitespace

    splitter = Sequence([Whitespace(), ByteLevel(add_prefix_space=False, use_regex=False)])
    letters = sorted(ByteLevel.alphabet())

    @cache
    def marked(text: str) -> str:
        words = (word for word, _ in splitter.pre_tokenize_str(text.lower()))
        return " ".join(word[:-1] + _to_private(word[-1]) for word in words)

    def read(token: str) -> str:
        return _from_private(token) + ("</w>" if _is_private(token[-1]) else "")

    alphabet = [*letters, *map(_to_private, letters)]
    tokens, merges = _trained(_each_word(marked), LARGEST_BYTE_PAIRS, alphabet)
    return tuple(map(read, tokens)), tuple((read(left), read(right)) for left, right in merges)


@cache
def sentence_pieces(size: int) -> Pairs:
    """At most `size` pieces of text, in which a sign stands for the blank before a word."""
    from tokenizers.pre_tokenizers import Metaspace

    return _trained(corpus_lines(), size, [*PRINTABLE, BLANK], splitter=Metaspace(BLANK))


def _trained(
    lines: Iterable[str], size: int, alphabet: list[str], *, splitter: Any | None = None, least: int = 0
) -> Pairs:
    """Tokens and merges of a BPE trained on lines, whose words the splitter tells apart, or blanks.

    Args:
        alphabet: letters that are tokens whether they occur or not.
        least: how often a pair must occur to become a token.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = splitter or pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=least, initial_alphabet=alphabet, show_progress=False)
    trained.train_from_iterator(lines, trainer)
    state = json.loads(trained.to_str())["model"]
    tokens = tuple(token for token, _ in sorted(state["vocab"].items(), key=lambda item: item[1]))
    return tokens, tuple((left, right) for left, right in state["merges"])


def _each_word(rewrite: Callable[[str], str]) -> Iterator[str]:
    """The corpus with whatever stands between two blanks rewritten."""
    return (" ".join(map(rewrite, line.split())) for line in corpus_lines())


def _to_private(letters: str) -> str:
    return "".join(chr(ord(letter) + PRIVATE_PLANE) for letter in letters)


def _from_private(token: str) -> str:
    return "".join(chr(ord(letter) - PRIVATE_PLANE) if _is_private(letter) else letter for letter in token)


def _is_private(letter: str) -> bool:
    return ord(letter) >= PRIVATE_PLANE
