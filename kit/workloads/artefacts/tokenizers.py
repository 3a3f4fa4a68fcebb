"""Tokenizers of the published kinds, with vocabularies trained on the corpus that ships with the kit.

Special tokens stand where the published vocabularies have them, and every
vocabulary is filled up to the published size, so that embeddings are as large.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kit.workloads.artefacts.vocabularies import BLANK, byte_pairs, sentence_pieces, word_pieces

BERT_FIRST: Final = ["[PAD]", *(f"[unused{number}]" for number in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CLIP_SIZE: Final = 49_408
LONGEST: Final = 512
"""Tokens that most of the published models take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A kind of byte pairs or sentence pieces.

    Attributes:
        library_class: of Transformers.
        first, last: special tokens before and after those that are trained.
        size: of the published vocabulary, where it is not the model's.
        longest: tokens that the model takes.
        single, pair: what stands around one text and two, where the class does not know by itself.
        settings: further arguments of the class.
    """

    library_class: str
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    size: int | None = None
    longest: int = LONGEST
    single: str = ""
    pair: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


WORD_PIECES: Final = {
    "bert-uncased": ("BertTokenizerFast", True),
    "bert-cased": ("BertTokenizerFast", False),
    "distilbert-uncased": ("DistilBertTokenizerFast", True),
    "distilbert-cased": ("DistilBertTokenizerFast", False),
    "electra": ("ElectraTokenizerFast", True),
}
"""Class, and whether text is made lower case."""

_ROBERTA: Final = ("<s>", "<pad>", "</s>", "<unk>")

BYTE_PAIRS: Final = {
    "gpt2": Pieces(library_class="GPT2TokenizerFast", last=("<|endoftext|>",), longest=1024),
    "roberta": Pieces(library_class="RobertaTokenizerFast", first=_ROBERTA, last=("<mask>",), size=50_265),
    "bart": Pieces(library_class="BartTokenizerFast", first=_ROBERTA, last=("<mask>",), size=50_265, longest=1024),
    "led": Pieces(library_class="LEDTokenizerFast", first=_ROBERTA, last=("<mask>",), size=50_265, longest=16_384),
    "deberta": Pieces(
        library_class="DebertaTokenizerFast", first=("[CLS]", "[PAD]", "[SEP]", "[UNK]"), last=("[MASK]",)
    ),
    "opt": Pieces(
        library_class="GPT2TokenizerFast",
        first=_ROBERTA,
        size=50_265,
        longest=2048,
        settings={"bos_token": "</s>", "eos_token": "</s>", "unk_token": "</s>", "pad_token": "<pad>"},
    ),
}

SENTENCE_PIECES: Final = {
    "t5": Pieces(
        library_class="T5TokenizerFast",
        first=("<pad>", "</s>", "<unk>"),
        size=32_100,
        single="$A </s>",
        pair="$A </s> $B </s>",
        settings={"extra_ids": 0},
    ),
    "pegasus": Pieces(
        library_class="PegasusTokenizerFast",
        first=("<pad>", "</s>", "<mask_1>", "<mask_2>", *(f"<unk_{number}>" for number in range(2, 103)), "<unk>"),
        single="$A </s>",
        pair="$A $B </s>",
    ),
    "xlm-roberta": Pieces(
        library_class="XLMRobertaTokenizerFast",
        first=_ROBERTA,
        last=("<mask>",),
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
    ),
    "deberta-v2": Pieces(
        library_class="DebertaV2TokenizerFast",
        first=("[PAD]", "[CLS]", "[SEP]", "[UNK]"),
        last=("[MASK]",),
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    ),
    "albert": Pieces(
        library_class="AlbertTokenizerFast",
        first=("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"),
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
    ),
    "llama": Pieces(
        library_class="LlamaTokenizerFast",
        first=("<unk>", "<s>", "</s>"),
        longest=4096,
        single="<s> $A",
        pair="<s> $A $B",
    ),
}


def save_tokenizer(kind: str, vocab_size: int, folder: Path) -> None:
    """Train a tokenizer of a kind and put its files into a model's folder.

    Args:
        kind: of `WORD_PIECES`, `BYTE_PAIRS` or `SENTENCE_PIECES`, or `bloom`, `clip` or `bertweet`.
        vocab_size: of the model.
    """
    if kind in WORD_PIECES:
        library_class, lowercase = WORD_PIECES[kind]
        _save_word_pieces(library_class, vocab_size, folder, lowercase=lowercase)
    elif kind in BYTE_PAIRS:
        _save_byte_pairs(BYTE_PAIRS[kind], vocab_size, folder)
    elif kind in SENTENCE_PIECES:
        _save_sentence_pieces(SENTENCE_PIECES[kind], vocab_size, folder)
    else:
        {"bloom": _bloom, "clip": _clip, "bertweet": _bertweet}[kind](vocab_size, folder)


def _save_word_pieces(library_class: str, vocab_size: int, folder: Path, *, lowercase: bool) -> None:
    import transformers

    words = word_pieces(min(vocab_size, 30_522) - len(BERT_FIRST), lowercase=lowercase)
    lines = _filled([*BERT_FIRST, *words], vocab_size)
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    fast = getattr(transformers, library_class)
    fast(str(folder / "vocab.txt"), do_lower_case=lowercase, model_max_length=LONGEST).save_pretrained(folder)


def _save_byte_pairs(kind: Pieces, vocab_size: int, folder: Path) -> None:
    import transformers

    trained = (kind.size or vocab_size) - len(kind.first) - len(kind.last)
    tokens, merges = byte_pairs(trained)
    files = _write_byte_pairs(folder, [*kind.first, *_filled(tokens, trained), *kind.last], merges)
    fast = getattr(transformers, kind.library_class)
    fast(*files, model_max_length=kind.longest, **kind.settings).save_pretrained(folder)


def _write_byte_pairs(folder: Path, vocabulary: list[str], merges: list[tuple[str, str]]) -> tuple[str, str]:
    vocabulary_path, merges_path = folder / "vocab.json", folder / "merges.txt"
    vocabulary_path.write_text(json.dumps(_numbered(vocabulary), ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    merges_path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(vocabulary_path), str(merges_path)


def _save_sentence_pieces(kind: Pieces, vocab_size: int, folder: Path) -> None:
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    trained = (kind.size or vocab_size) - len(kind.first) - len(kind.last)
    tokens, merges = sentence_pieces(trained)
    numbered = _numbered([*kind.first, *_filled(tokens, trained), *kind.last])
    unknown = next(token for token in kind.first if token in ("<unk>", "[UNK]"))
    tokenizer = Tokenizer(models.BPE(numbered, list(merges), unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(BLANK)
    tokenizer.decoder = decoders.Metaspace(BLANK)
    around = {word.partition(":")[0] for word in kind.pair.split()} & set(numbered)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=kind.single, pair=kind.pair, special_tokens=[(token, numbered[token]) for token in sorted(around)]
    )
    fast = getattr(transformers, kind.library_class)
    fast(tokenizer_object=tokenizer, model_max_length=kind.longest, **kind.settings).save_pretrained(folder)


def _bloom(vocab_size: int, folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import BloomTokenizerFast

    tokens, merges = byte_pairs(min(vocab_size, 50_000))
    tokenizer = Tokenizer(models.BPE(_numbered(["<unk>", "<s>", "</s>", "<pad>", *tokens]), merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    BloomTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)


def _clip(vocab_size: int, folder: Path) -> None:
    from transformers import CLIPTokenizer

    tokens, merges = byte_pairs(vocab_size - 2, ends_marked=True)
    vocabulary = [*_filled(tokens, vocab_size - 2), "<|startoftext|>", "<|endoftext|>"]
    CLIPTokenizer(*_write_byte_pairs(folder, vocabulary, merges), model_max_length=77).save_pretrained(folder)


def _bertweet(vocab_size: int, folder: Path) -> None:
    """BERTweet's files: codes with `</w>` at ends of words, tokens with `@@` where a word goes on."""
    from transformers import BertweetTokenizer

    tokens, merges = byte_pairs(vocab_size - len(_ROBERTA) - 1, ends_marked=True)
    ends = (token.removesuffix("</w>") if token.endswith("</w>") else f"{token}@@" for token in tokens)
    vocabulary_path, codes_path = folder / "vocab.txt", folder / "bpe.codes"
    vocabulary = _filled(ends, vocab_size - len(_ROBERTA) - 1)
    vocabulary_path.write_text("".join(f"{token} 1\n" for token in vocabulary), encoding="utf-8")
    codes_path.write_text("".join(f"{left} {right} 1\n" for left, right in merges), encoding="utf-8")
    BertweetTokenizer(str(vocabulary_path), str(codes_path), model_max_length=128).save_pretrained(folder)


def _numbered(vocabulary: Iterable[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(vocabulary)}


def _filled(vocabulary: Iterable[str], size: int) -> list[str]:
    """A vocabulary of exactly `size` tokens; what is filled in never occurs in a text."""
    known = list(vocabulary)
    return [*known, *(f"[filler{number}]" for number in range(size - len(known)))][:size]
