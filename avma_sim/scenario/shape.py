"""Owns what values look like in JSON Schema, and how a reading function carries such a shape.

Must not know any field or verb, nor read a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

__all__ = [
    "CODE",
    "HEX",
    "INSTANT",
    "KEY",
    "KEY_TEXT",
    "NUMBER",
    "SPAN",
    "TEXT",
    "TRUTH",
    "XML",
    "Shape",
    "core_value",
    "either",
    "list_of",
    "shape_of",
    "shaped",
    "words_of",
]

Shape = dict[str, Any]
_Read = TypeVar("_Read", bound=Callable[..., Any])

# What YAML 1.2 makes of a text without quotes; everything else stays text.
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_BROKEN: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_SHOWN_MAX: Final = 18

# Editors see a number where this package sees the text that was written, such as 80070005.
TEXT: Final[Shape] = {"type": ["string", "number", "boolean"]}
TRUTH: Final[Shape] = {"type": "boolean"}
NUMBER: Final[Shape] = {"type": "integer", "minimum": 0, "maximum": 10**_SHOWN_MAX - 1}
SPAN: Final[Shape] = {"type": "string", "pattern": r"^\s*(?:[0-9]{1,18}(?:us|ms|s|m|h|d)\s*)+$"}
INSTANT: Final[Shape] = {
    "type": "string",
    "pattern": r"^[0-9]{4}-?(?:W[0-9]{2}(?:-?[0-9])?|[0-9]{2}-?[0-9]{2}).[0-9]{2}.*(?:Z|[+-][0-9]{2}.*)$|"
    r"^[0-9]{4}-?(?:W[0-9]{2}(?:-?[0-9])?|[0-9]{2}-?[0-9]{2}).[0-9]{2}(?:Z|[+-][0-9]{2}.*)$",
}
HEX: Final[Shape] = {"type": ["string", "number"], "pattern": r"^\s*(?:[0-9A-Fa-f]{2}\s*)*$"}
# An editor sees 00000005 as the number 5, so a number that is too short for a code is the loader's to refuse.
CODE: Final[Shape] = {"type": ["string", "number"], "pattern": r"^(?:0[xX])?(?:0|[0-9A-Fa-f]{8})$"}
KEY_TEXT: Final[Shape] = {"type": "string", "minLength": 29}
XML: Final[Shape] = {"type": "string", "minLength": 1}
KEY: Final[Shape] = {"anyOf": [{"enum": ["avma", "none"]}, KEY_TEXT]}


def core_value(text: str) -> str | int | float | bool | None:
    """Return what YAML 1.2 makes of a text without quotes.

    Args:
        text: the text as it was written.

    Returns:
        Nothing, a truth, a number, or the text itself.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text) and len(text) <= _SHOWN_MAX + 1:
        return int(text, 0) if text[1:2] in ("o", "x") else int(text)
    return float(text) if _BROKEN.fullmatch(text) else text


def words_of(words: Iterable[str]) -> Shape:
    """Return the shape of one of these words, as text or as what YAML makes of it.

    Args:
        words: the words.

    Returns:
        The shape.
    """
    known = list(words)
    return {"enum": [*known, *(core_value(word) for word in known if core_value(word) != word)]}


def either(*shapes: Shape) -> Shape:
    """Return the shape of what has one of several shapes.

    Args:
        shapes: the shapes.

    Returns:
        The shape.
    """
    return {"anyOf": list(shapes)}


def list_of(item: Shape, least: int = 0, most: int | None = None) -> Shape:
    """Return the shape of a list.

    Args:
        item: the shape of an item.
        least: how many items it has at least.
        most: how many items it has at most; None for no limit.

    Returns:
        The shape.
    """
    bounds = {"minItems": least, "maxItems": most}
    return {"type": "array", "items": item, **{name: bound for name, bound in bounds.items() if bound}}


def shaped(shape: Shape | Callable[[], Shape]) -> Callable[[_Read], _Read]:
    """Give a reading function the shape of what it reads.

    Args:
        shape: the shape, or a function that returns it where it needs facts or fields.

    Returns:
        A decorator.
    """

    def decorate(read: _Read) -> _Read:
        vars(read)["shape"] = shape
        return read

    return decorate


def shape_of(read: Callable[..., Any]) -> Shape:
    """Return the shape of what a reading function reads.

    Args:
        read: the reading function.

    Returns:
        The shape.

    Raises:
        LookupError: the function has none.
    """
    shape: Shape | Callable[[], Shape] | None = vars(read).get("shape")
    if shape is None:
        name = getattr(read, "__qualname__", repr(read))
        raise LookupError(f"{name} reads a field and has no shape; put @shaped(...) of scenario.shape on it")
    return shape() if callable(shape) else shape
