"""Tokenizers of the published kinds, trained on the corpus that ships with the kit.

Special tokens stand where the published vocabularies have them, and every
vocabulary is filled up to the published size, so that embeddings are as large.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from kit.workloads.artefacts.recipes import CORPUS

BERT_FIRST: Final = ["[PAD]", *(f"[unused{number}]" for number in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CLIP_SIZE: Final = 49_408
LARGEST_BYTE_PAIRS: Final = 50_260


def corpus_lines() -> Iterator[str]:
    """The corpus, line by line."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n")


def save_tokenizer(kind: str, vocab_size: int, folder: Path) -> None:
    """Train a tokenizer of a kind and put its files into a model's folder.

    Args:
        kind: `bert-uncased`, `bert-cased`, the same of `distilbert`, `gpt2`, `roberta`, `bloom`, `t5` or `clip`.
        vocab_size: of the published vocabulary.
    """
    makers: dict[str, Callable[[int, Path], Any]] = {
        "bert-uncased": lambda size, place: _bert(size, place, "BertTokenizerFast", lowercase=True),
        "bert-cased": lambda size, place: _bert(size, place, "BertTokenizerFast", lowercase=False),
        "distilbert-uncased": lambda size, place: _bert(size, place, "DistilBertTokenizerFast", lowercase=True),
        "distilbert-cased": lambda size, place: _bert(size, place, "DistilBertTokenizerFast", lowercase=False),
        "gpt2": _gpt2,
        "roberta": _roberta,
        "bloom": _bloom,
        "t5": _t5,
        "clip": _clip,
    }
    makers[kind](vocab_size, folder)


def _bert(vocab_size: int, folder: Path, tokenizer_class: str, *, lowercase: bool) -> None:
    import transformers
    from tokenizers import BertWordPieceTokenizer

    trained = BertWordPieceTokenizer(lowercase=lowercase)
    size = min(vocab_size, 30_522) - len(BERT_FIRST) + 5
    trained.train_from_iterator(corpus_lines(), vocab_size=size, show_progress=False)
    words = [word for word, _ in sorted(trained.get_vocab().items(), key=lambda item: item[1])]
    vocabulary = [*BERT_FIRST, *(word for word in words if word not in BERT_FIRST)]
    (folder / "vocab.txt").write_text("\n".join(_filled(vocabulary, vocab_size)) + "\n", encoding="utf-8")
    fast = getattr(transformers, tokenizer_class)
    fast(str(folder / "vocab.txt"), do_lower_case=lowercase, model_max_length=512).save_pretrained(folder)


def _byte_pairs(vocab_size: int, suffix: str = "") -> tuple[list[str], list[tuple[str, str]]]:
    """Tokens in order of their birth, and merges, of a byte-level BPE with at most `vocab_size` tokens.

    Merges are born one by one, so that a smaller vocabulary is the beginning of a larger one.
    """
    tokens, merges = _trained_pairs(suffix)
    alphabet = len(tokens) - len(merges)
    return list(tokens[:vocab_size]), list(merges[: max(0, vocab_size - alphabet)])


@cache
def _trained_pairs(suffix: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from tokenizers.normalizers import Lowercase

    ending = {"end_of_word_suffix": suffix} if suffix else {}
    trained = Tokenizer(models.BPE(**ending))
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    if suffix:
        trained.normalizer = Lowercase()
        trained.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
    trainer = trainers.BpeTrainer(
        vocab_size=LARGEST_BYTE_PAIRS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
        **ending,
    )
    trained.train_from_iterator(corpus_lines(), trainer)
    state = json.loads(trained.to_str())["model"]
    tokens = tuple(token for token, _ in sorted(state["vocab"].items(), key=lambda item: item[1]))
    return tokens, tuple((left, right) for left, right in state["merges"])


def _write_byte_pairs(folder: Path, vocabulary: list[str], merges: list[tuple[str, str]]) -> tuple[str, str]:
    vocabulary_path, merges_path = folder / "vocab.json", folder / "merges.txt"
    numbered = {token: number for number, token in enumerate(vocabulary)}
    vocabulary_path.write_text(json.dumps(numbered, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    merges_path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(vocabulary_path), str(merges_path)


def _gpt2(vocab_size: int, folder: Path) -> None:
    from transformers import GPT2TokenizerFast

    tokens, merges = _byte_pairs(vocab_size - 1)
    vocabulary = [*_filled(tokens, vocab_size - 1), "<|endoftext|>"]
    GPT2TokenizerFast(*_write_byte_pairs(folder, vocabulary, merges), model_max_length=1024).save_pretrained(folder)


def _roberta(vocab_size: int, folder: Path) -> None:
    from transformers import RobertaTokenizerFast

    tokens, merges = _byte_pairs(50_260)
    vocabulary = [*_filled(["<s>", "<pad>", "</s>", "<unk>", *tokens], 50_264), "<mask>"]
    RobertaTokenizerFast(
        *_write_byte_pairs(folder, vocabulary, merges), model_max_length=512 if vocab_size == 50_265 else 1024
    ).save_pretrained(folder)


def _bloom(vocab_size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import BloomTokenizerFast

    tokens, merges = _byte_pairs(min(vocab_size, 50_000))
    vocabulary = ["<unk>", "<s>", "</s>", "<pad>", *tokens]
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(vocabulary)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    BloomTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


def _t5(vocab_size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import T5TokenizerFast

    special = ["<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size - 128, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(corpus_lines(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    T5TokenizerFast(tokenizer_object=tokenizer, extra_ids=0, model_max_length=512).save_pretrained(folder)


def _clip(vocab_size: int, folder: Path) -> None:
    from transformers import CLIPTokenizer

    tokens, merges = _byte_pairs(vocab_size - 2, suffix="</w>")
    endings = [f"{token}</w>" for token in tokens if len(token) == 1]
    vocabulary = list(dict.fromkeys([*tokens, *endings]))[: vocab_size - 2]
    filled = [*_filled(vocabulary, vocab_size - 2), "<|startoftext|>", "<|endoftext|>"]
    CLIPTokenizer(*_write_byte_pairs(folder, filled, merges), model_max_length=77).save_pretrained(folder)


def _filled(vocabulary: list[str], size: int) -> list[str]:
    """A vocabulary of exactly `size` tokens; what is filled in never occurs in a text."""
    return [*vocabulary, *(f"[filler{number}]" for number in range(size - len(vocabulary)))][:size]
