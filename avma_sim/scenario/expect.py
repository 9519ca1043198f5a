"""Owns reading what a step expects: fields of machines, events, and how long it may take.

Must not judge a lab: that is the verdicts' business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model.host import CHANNELS
from avma_sim.model.lab_events import REASONS
from avma_sim.model.licence import WORDS
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.rules.keys import read_key
from avma_sim.scenario.expect_kvp import KVP_FIELDS
from avma_sim.scenario.fields import edition_word, guest_edition_word, guest_release_word, release_word
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.located import Node, Scalar, Sequence
from avma_sim.scenario.match import Value, instant_word, matches, truth_word
from avma_sim.scenario.program import read_exit, read_text_match, read_unserved
from avma_sim.scenario.reader import Field, Reader, one_of
from avma_sim.scenario.shape import (
    CODE,
    KEY_TEXT,
    NUMBER,
    TEXT,
    Shape,
    either,
    list_of,
    shaped,
    words_of,
)
from avma_sim.scenario.values import EventPattern, Expect, ItemMatch, Match

__all__ = ["EVENT_FIELDS", "EXPECT", "GUEST_FIELDS", "HOST_FIELDS", "read_expect"]

_NO_FIELDS: Final[Mapping[str, Field]] = MappingProxyType({})
_CODE: Final = re.compile(r"0|[0-9A-F]{8}", re.ASCII)


def _words(*words: str) -> Value:
    return one_of(words)


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
    "running": truth_word,
    "power": _words("running", "paused", "saved", "off"),
    "migrating": truth_word,
    "licence": _words(*WORDS.values()),
    "reason": _code,
    "pending": truth_word,
    "release": guest_release_word,
    "edition": guest_edition_word,
    "key": _key,
    "granted_by": _granted_by,
    "expires": instant_word,
    "next_attempt": instant_word,
}
HOST_FIELDS: Final[dict[str, Value]] = {
    "activated": truth_word,
    "channel": _words(*CHANNELS, "none"),
    "service": _words("running", "stopped", "hung"),
    "release": release_word,
    "edition": edition_word,
    "up": truth_word,
    "cluster": Reader.text,
    "draining": truth_word,
}
EVENT_FIELDS: Final[dict[str, Value]] = {
    "id": _words("12309", "12310"),
    "notification": _words(*NOTIFICATIONS),
    "verdict": _words("granted", "refused"),
    "code": _code,
    "host": Reader.host,
    "guest": Reader.guest,
    "record": _number,
    "at": instant_word,
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
    values["kvp"] = {name: _of_kvp(fields) for name, fields in values.get("guests", {}).items()}
    return Expect(node.where, **values)


def _of_kvp(fields: dict[str, Any]) -> tuple[ItemMatch, ...]:
    """Take what is about key-value pairs out of a guest's fields: it is judged by item, not by field."""
    return tuple(match for name in KVP_FIELDS for match in fields.pop(name, ()))


def _machines_of(kind: str, known: dict[str, Value], more: Mapping[str, Field] = _NO_FIELDS) -> Field:
    fields = {**{name: matches(value) for name, value in known.items()}, **more}

    def shape() -> Shape:
        return {"type": "object", "additionalProperties": object_of(fields, f"expected {kind}")}

    return Field(shaped(shape)(lambda reader, node, path: _machines(reader, node, path, kind, fields)))


def _machines(
    reader: Reader, node: Node, path: str, kind: str, fields: dict[str, Field]
) -> dict[str, dict[str, Match]]:
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
    fields = {name: matches(value) for name, value in EVENT_FIELDS.items()}
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
    "guests": _machines_of("guest", GUEST_FIELDS, KVP_FIELDS),
    "hosts": _machines_of("host", HOST_FIELDS),
    "events": Field(_events),
    "only": Field(Reader.truth),
    "refused": Field(_refused),
    "within": Field(Reader.span, name="within_us"),
    "throughout": Field(Reader.span, name="throughout_us"),
    "exit": matches(read_exit),
    "stdout": Field(read_text_match),
    "stderr": Field(read_text_match),
    "unserved": Field(read_unserved),
}
