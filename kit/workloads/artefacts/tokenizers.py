"""Tokenizers of the published kinds, trained on the corpus that ships with the kit.

Special tokens stand where the published vocabularies have them, and every
vocabulary is filled up to the published size, so that embeddings are as large.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kit.workloads.artefacts.vocabularies import byte_pairs, sentence_pieces, word_pieces

BERT_FIRST: Final = ["[PAD]", *(f"[unused{number}]" for number in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CLIP_SIZE: Final = 49_408


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

    words = word_pieces(min(vocab_size, 30_522) - len(BERT_FIRST), lowercase=lowercase)
    vocabulary = [*BERT_FIRST, *words]
    (folder / "vocab.txt").write_text("\n".join(_filled(vocabulary, vocab_size)) + "\n", encoding="utf-8")
    fast = getattr(transformers, tokenizer_class)
    fast(str(folder / "vocab.txt"), do_lower_case=lowercase, model_max_length=512).save_pretrained(folder)


def _write_byte_pairs(folder: Path, vocabulary: list[str], merges: list[tuple[str, str]]) -> tuple[str, str]:
    vocabulary_path, merges_path = folder / "vocab.json", folder / "merges.txt"
    numbered = {token: number for number, token in enumerate(vocabulary)}
    vocabulary_path.write_text(json.dumps(numbered, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    merges_path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(vocabulary_path), str(merges_path)


def _gpt2(vocab_size: int, folder: Path) -> None:
    from transformers import GPT2TokenizerFast

    tokens, merges = byte_pairs(vocab_size - 1)
    vocabulary = [*_filled(tokens, vocab_size - 1), "<|endoftext|>"]
    GPT2TokenizerFast(*_write_byte_pairs(folder, vocabulary, merges), model_max_length=1024).save_pretrained(folder)


def _roberta(vocab_size: int, folder: Path) -> None:
    from transformers import RobertaTokenizerFast

    tokens, merges = byte_pairs(50_260)
    vocabulary = [*_filled(["<s>", "<pad>", "</s>", "<unk>", *tokens], 50_264), "<mask>"]
    RobertaTokenizerFast(
        *_write_byte_pairs(folder, vocabulary, merges), model_max_length=512 if vocab_size == 50_265 else 1024
    ).save_pretrained(folder)


def _bloom(vocab_size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import BloomTokenizerFast

    tokens, merges = byte_pairs(min(vocab_size, 50_000))
    vocabulary = ["<unk>", "<s>", "</s>", "<pad>", *tokens]
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(vocabulary)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    BloomTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


def _t5(vocab_size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import T5TokenizerFast

    tokens, merges = sentence_pieces(vocab_size - 128)
    vocabulary = ["<pad>", "</s>", "<unk>", *tokens]
    numbered = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(numbered, list(merges), unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    T5TokenizerFast(tokenizer_object=tokenizer, extra_ids=0, model_max_length=512).save_pretrained(folder)


def _clip(vocab_size: int, folder: Path) -> None:
    from transformers import CLIPTokenizer

    tokens, merges = byte_pairs(vocab_size - 2, ends_marked=True)
    filled = [*_filled(tokens, vocab_size - 2), "<|startoftext|>", "<|endoftext|>"]
    CLIPTokenizer(*_write_byte_pairs(folder, filled, merges), model_max_length=77).save_pretrained(folder)


def _filled(vocabulary: list[str], size: int) -> list[str]:
    """A vocabulary of exactly `size` tokens; what is filled in never occurs in a text."""
    return [*vocabulary, *(f"[filler{number}]" for number in range(size - len(vocabulary)))][:size]
