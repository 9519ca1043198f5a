"""Owns reading what a step expects: fields of machines, events, and how long it may take.

Must not judge a lab: that is the verdicts' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from avma_sim.model.duration import instant_text
from avma_sim.model.host import CHANNELS
from avma_sim.model.lab_events import REASONS
from avma_sim.model.licence import WORDS
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.rules.keys import read_key
from avma_sim.scenario.fields import edition_word, guest_edition_word, guest_release_word, release_word
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.located import Mapping, Node, Scalar, Sequence
from avma_sim.scenario.program import read_exit, read_text_match, read_unserved
from avma_sim.scenario.reader import Field, Reader, one_of
from avma_sim.scenario.shape import (
    CODE,
    INSTANT,
    KEY_TEXT,
    NUMBER,
    TEXT,
    TRUTH,
    Shape,
    either,
    list_of,
    shape_of,
    shaped,
    words_of,
)
from avma_sim.scenario.values import EventPattern, Expect, Match

__all__ = ["EVENT_FIELDS", "EXPECT", "GUEST_FIELDS", "HOST_FIELDS", "read_expect"]

_CODE: Final = re.compile(r"0|[0-9A-F]{8}", re.ASCII)

# Reads one wanted value into the text that the lab's value is compared with.
Value = Callable[[Reader, Node, str], str | None]


def _words(*words: str) -> Value:
    return one_of(words)


@shaped(TRUTH)
def _truth(reader: Reader, node: Node, path: str) -> str | None:
    value = reader.truth(node, path)
    return None if value is None else str(value).lower()


@shaped(NUMBER)
def _number(reader: Reader, node: Node, path: str) -> str | None:
    value = reader.number(node, path)
    return None if value is None else str(value)


@shaped(CODE)
def _code(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is None:
        return None
    code = text.upper().removeprefix("0X")
    if _CODE.fullmatch(code):
        return "0" if set(code) == {"0"} else code
    reader.wrong(node.where, path, f"a result code is 0 or eight hex digits, not {text!r}")
    return None


@shaped(either({"const": "none"}, INSTANT))
def _instant(reader: Reader, node: Node, path: str) -> str | None:
    if isinstance(node, Scalar) and node.text == "none":
        return "none"
    value = reader.instant(node, path)
    return None if value is None else instant_text(value)


@shaped(TEXT)
def _granted_by(reader: Reader, node: Node, path: str) -> str | None:
    return "none" if isinstance(node, Scalar) and node.text == "none" else reader.host(node, path)


@shaped(either({"const": "none"}, KEY_TEXT))
def _key(reader: Reader, node: Node, path: str) -> str | None:
    """Read ``none`` or a product key's text."""
    if isinstance(node, Scalar) and node.text == "none":
        return "none"
    value: str | None = reader.convert(read_key, node, path)
    return value


@shaped(either(words_of(REASONS), CODE))
def _refused(reader: Reader, node: Node, path: str) -> str | None:
    """Read the reason of a refusal: a word of the lab's, or a result code."""
    text = reader.text(node, path)
    if text is None or text in REASONS:
        return text
    code = text.upper().removeprefix("0X")
    return code if _CODE.fullmatch(code) else reader.word(node, path, (*REASONS, "C004F069", "C004F050"))


GUEST_FIELDS: Final[dict[str, Value]] = {
    "on": Reader.host,
    "running": _truth,
    "power": _words("running", "paused", "saved", "off"),
    "migrating": _truth,
    "licence": _words(*WORDS.values()),
    "reason": _code,
    "pending": _truth,
    "release": guest_release_word,
    "edition": guest_edition_word,
    "key": _key,
    "granted_by": _granted_by,
    "expires": _instant,
    "next_attempt": _instant,
}
HOST_FIELDS: Final[dict[str, Value]] = {
    "activated": _truth,
    "channel": _words(*CHANNELS, "none"),
    "service": _words("running", "stopped", "hung"),
    "release": release_word,
    "edition": edition_word,
    "up": _truth,
    "cluster": Reader.text,
    "draining": _truth,
}
EVENT_FIELDS: Final[dict[str, Value]] = {
    "id": _words("12309", "12310"),
    "notification": _words(*NOTIFICATIONS),
    "verdict": _words("granted", "refused"),
    "code": _code,
    "host": Reader.host,
    "guest": Reader.guest,
    "record": _number,
    "at": _instant,
}


@shaped(lambda: object_of(EXPECT, "expect"))
def read_expect(reader: Reader, node: Node, path: str) -> Expect | None:
    """Read what a step expects.

    Args:
        reader: the reader.
        node: what stands under `expect`.
        path: where in the document.

    Returns:
        The expectation, or None after noting what is wrong.
    """
    values = reader.fields(node, path, EXPECT)
    if values is None:
        return None
    within, throughout = values.get("within_us"), values.get("throughout_us")
    if within is not None and throughout is not None:
        reader.wrong(node.where, path, "give within or throughout, not both")
    if within is not None and values.get("events") == ():
        reader.wrong(node.where, path, "events: none together with within says nothing; use throughout")
    if values.get("only") and not values.get("events"):
        reader.wrong(node.where, path, "only: true needs a list of events")
    if values.get("refused") and (within is not None or throughout is not None):
        reader.wrong(node.where, path, "a command is refused at once, without within or throughout")
    return Expect(node.where, **values)


def _match(reader: Reader, node: Node, path: str, value: Value) -> Match | None:
    """Read a value, ``{not: value}`` or ``{any: [values]}``."""
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


def _match_shape(value: Value) -> Shape:
    shape = shape_of(value)
    forms = {"not": shape, "any": list_of(shape, least=1)}
    closed = {"type": "object", "additionalProperties": False}
    return either(shape, *({**closed, "properties": {n: s}, "required": [n]} for n, s in forms.items()))


def _matches(value: Value) -> Field:
    read = shaped(lambda: _match_shape(value))
    return Field(read(lambda reader, node, path: _match(reader, node, path, value)))


def _machines_of(kind: str, known: dict[str, Value]) -> Field:
    def shape() -> Shape:
        fields = {name: _matches(value) for name, value in known.items()}
        return {"type": "object", "additionalProperties": object_of(fields, f"expected {kind}")}

    return Field(shaped(shape)(lambda reader, node, path: _machines(reader, node, path, kind, known)))


def _machines(
    reader: Reader, node: Node, path: str, kind: str, known: dict[str, Value]
) -> dict[str, dict[str, Match]]:
    fields = {name: _matches(value) for name, value in known.items()}
    found = {}
    for key, where, value in reader.entries(node, path):
        reader.named(key, path, kind)
        found[key.text] = reader.fields(value, where, fields) or {}
    return found


@shaped(TEXT)
def _log(reader: Reader, node: Node, path: str) -> str | None:
    return reader.named(node, path, "host", "guest")


def _events_shape() -> Shape:
    return either({"const": "none"}, list_of(object_of(_pattern_fields(), "event"), least=1))


def _pattern_fields() -> dict[str, Field]:
    fields = {name: _matches(value) for name, value in EVENT_FIELDS.items()}
    return {"log": Field(_log, required=True), **fields}


@shaped(_events_shape)
def _events(reader: Reader, node: Node, path: str) -> tuple[EventPattern, ...] | None:
    if isinstance(node, Scalar) and node.text == "none":
        return ()
    fields = _pattern_fields()
    found = []
    items = reader.items(node, path)
    if isinstance(node, Sequence) and not items:
        reader.wrong(node.where, path, "an empty list says nothing; write none for no events at all")
    for where, item in items:
        values = reader.fields(item, where, fields)
        if values is not None:
            found.append(EventPattern(values.pop("log"), values, item.where))
    return tuple(found)


EXPECT: Final[dict[str, Field]] = {
    "guests": _machines_of("guest", GUEST_FIELDS),
    "hosts": _machines_of("host", HOST_FIELDS),
    "events": Field(_events),
    "only": Field(Reader.truth),
    "refused": Field(_refused),
    "within": Field(Reader.span, name="within_us"),
    "throughout": Field(Reader.span, name="throughout_us"),
    "exit": _matches(read_exit),
    "stdout": Field(read_text_match),
    "stderr": Field(read_text_match),
    "unserved": Field(read_unserved),
}
