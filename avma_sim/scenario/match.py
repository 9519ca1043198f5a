"""Owns what a value is compared with: itself, {not: value}, or {any: [values]}, as it stands in a file.

Must not know what is compared.
"""

from __future__ import annotations

from collections.abc import Callable

from avma_sim.model.duration import instant_text
from avma_sim.scenario.located import Mapping, Node, Scalar, Sequence
from avma_sim.scenario.reader import Field, Reader
from avma_sim.scenario.shape import INSTANT, TRUTH, Shape, either, list_of, shape_of, shaped
from avma_sim.scenario.values import Match

__all__ = ["Value", "instant_word", "match_shape", "matched", "matches", "truth_word"]

# Reads one wanted value into the text that the lab's value is compared with.
Value = Callable[[Reader, Node, str], str | None]


@shaped(TRUTH)
def truth_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read a truth and keep it as text."""
    value = reader.truth(node, path)
    return None if value is None else str(value).lower()


@shaped(either({"const": "none"}, INSTANT))
def instant_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read an instant or ``none``, and keep it as text."""
    if isinstance(node, Scalar) and node.text == "none":
        return "none"
    value = reader.instant(node, path)
    return None if value is None else instant_text(value)


def matched(reader: Reader, node: Node, path: str, value: Value) -> Match | None:
    """Read a value, ``{not: value}`` or ``{any: [values]}``.

    Args:
        reader: the reader.
        node: what stands there.
        path: where in the document.
        value: reads one value.

    Returns:
        What it is compared with, or None after noting what is wrong.
    """
    if not isinstance(node, Mapping):
        text = value(reader, node, path)
        return None if text is None else Match((text,), inverted=False, where=node.where)
    if node.keys() == ("not",):
        text = value(reader, node.items[0][1], f"{path}.not")
        return None if text is None else Match((text,), inverted=True, where=node.where)
    if node.keys() == ("any",):
        within = node.items[0][1]
        items = reader.items(within, f"{path}.any")
        if isinstance(within, Sequence) and not items:
            reader.wrong(node.where, path, "any needs at least one value")
        texts = [value(reader, item, where) for where, item in items]
        found = tuple(text for text in texts if text is not None)
        return Match(found, inverted=False, where=node.where) if found and len(found) == len(texts) else None
    reader.wrong(node.where, path, "expected a value, {not: value} or {any: [values]}")
    return None


def match_shape(value: Value) -> Shape:
    """Return the shape of what `matched` reads.

    Args:
        value: reads one value.
    """
    shape = shape_of(value)
    forms = {"not": shape, "any": list_of(shape, least=1)}
    closed = {"type": "object", "additionalProperties": False}
    return either(shape, *({**closed, "properties": {n: s}, "required": [n]} for n, s in forms.items()))


def matches(value: Value) -> Field:
    """Return a field that is compared with a value.

    Args:
        value: reads one value.
    """
    read = shaped(lambda: match_shape(value))
    return Field(read(lambda reader, node, path: matched(reader, node, path, value)))
