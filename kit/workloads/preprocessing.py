"""How a row of a data set becomes an input, as the published protocol says. No torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from kit.errors import StudyError
from kit.model.study import Cell

if TYPE_CHECKING:
    from PIL import Image

IMAGE_SIZE: Final = (640, 480)
"""Width and height that the study brought every image to, by the nearest pixel."""

Row = Mapping[str, Any]


def inputs_of(rows: list[Row], cell: Cell, mask_token: str | None) -> list[Any]:
    """One input a row; rows without text are passed over, as the study did for wikitext.

    Args:
        mask_token: of the model's tokenizer; needed by the cloze rules alone.

    Raises:
        StudyError: if the protocol names no known rule.
    """
    rule = RULES.get(cell.protocol.preprocessing)
    if rule is None:
        raise StudyError(
            f"{cell.protocol.preprocessing}: no such rule of preprocessing", f"the rules are {', '.join(RULES)}"
        )
    made = (rule(row, cell, mask_token or "[MASK]") for row in rows)
    return [item for item in made if item is not None and item != ""]


def _text(row: Row, cell: Cell) -> str:
    return str(row[cell.dataset.fields[0]])


def _field(row: Row, cell: Cell, _mask: str) -> Any:
    return _text(row, cell)


def _joined_tokens(row: Row, cell: Cell, _mask: str) -> Any:
    return " ".join(str(token) for token in row[cell.dataset.fields[0]])


def _question_and_context(row: Row, cell: Cell, _mask: str) -> Any:
    """A row without a passage (SciQ has such) gets a blank one: the pipeline refuses an empty text."""
    question, context = cell.dataset.fields
    return {"question": str(row[question]), "context": str(row[context]) or " "}


def _cloze_sentence(row: Row, cell: Cell, mask: str) -> Any:
    return f"{_text(row, cell).replace('.', '').strip()} {mask}"


def _cloze_20_words(row: Row, cell: Cell, mask: str) -> Any:
    words = _text(row, cell).split()[:20]
    return " ".join([*words[:-1], mask]) if words else ""


def _first_20_words(row: Row, cell: Cell, _mask: str) -> Any:
    return " ".join(_text(row, cell).split()[:20])


def _first_50_words(row: Row, cell: Cell, _mask: str) -> Any:
    return " ".join(_text(row, cell).split()[:50])


def _prompted(row: Row, cell: Cell, _mask: str) -> Any:
    return _prompt(cell, text=_text(row, cell))


def _prompted_50_words(row: Row, cell: Cell, _mask: str) -> Any:
    return _prompt(cell, text=_first_50_words(row, cell, _mask))


def _prompted_question(row: Row, cell: Cell, _mask: str) -> Any:
    question, context = cell.dataset.fields
    return _prompt(cell, question=str(row[question]), context=str(row[context]))


def _prompt(cell: Cell, **values: str) -> str:
    """The prompt with its places filled; braces in the values stay as they are."""
    if cell.protocol.prompt is None:
        raise StudyError(f"{cell.model.id} on {cell.dataset.key}: no prompt", "give the cell's protocol a prompt")
    text = cell.protocol.prompt
    for name in values:
        text = text.replace("{" + name + "}", "\0" + name + "\0")
    for name, value in values.items():
        text = text.replace("\0" + name + "\0", value)
    return text


def _image_640x480(row: Row, cell: Cell, _mask: str) -> Any:
    from PIL import Image

    image: Image.Image = row[cell.dataset.fields[0]]
    return image.resize(IMAGE_SIZE, Image.Resampling.NEAREST).convert("RGB")


RULES: Final[Mapping[str, Callable[[Row, Cell, str], Any]]] = {
    "field": _field,
    "joined-tokens": _joined_tokens,
    "question-and-context": _question_and_context,
    "cloze-sentence": _cloze_sentence,
    "cloze-20-words": _cloze_20_words,
    "first-20-words": _first_20_words,
    "first-50-words": _first_50_words,
    "prompted": _prompted,
    "prompted-50-words": _prompted_50_words,
    "prompted-question": _prompted_question,
    "image-640x480": _image_640x480,
}
