"""Owns the fields of hosts, guests and faults in a scenario file, and how each is read.

Must not know steps or expectations.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any, Final

from avma_sim.errors import KeyTextError
from avma_sim.facts.load import load_facts
from avma_sim.model.duration import instant_text, span_text
from avma_sim.model.fault import ACTIONS
from avma_sim.model.guest import ADDRESSES_MAX, LANGUAGES, LINUX
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES
from avma_sim.model.packet import CHANNELS as PACKET_CHANNELS
from avma_sim.rules.keys import read_key
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.located import Mapping, Node, Scalar, Where
from avma_sim.scenario.reader import Field, Reader, one_of
from avma_sim.scenario.shape import INSTANT, KEY, SPAN, TEXT, TRUTH, XML, either, list_of, shaped, words_of
from avma_sim.scenario.values import Made
from avma_sim.windows.answer_file.read import read_answer_file

__all__ = [
    "FAULT",
    "GUEST",
    "HOST",
    "edition_word",
    "guest_edition_word",
    "guest_release_word",
    "instant_words",
    "key_word",
    "made",
    "release_word",
    "span_words",
]


@shaped(SPAN)
def span_words(reader: Reader, node: Node, path: str) -> str | None:
    """Read a span and keep it as text, which is what the lab's methods take."""
    micros = reader.span(node, path)
    return None if micros is None else span_text(micros)


@shaped(INSTANT)
def instant_words(reader: Reader, node: Node, path: str) -> str | None:
    """Read an instant and keep it as text."""
    micros = reader.instant(node, path)
    return None if micros is None else instant_text(micros)


@shaped(KEY)
def key_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read ``avma``, ``none`` or a product key's text."""
    text = reader.text(node, path)
    if text is None or text in ("avma", "none"):
        return text
    try:
        return read_key(text)
    except KeyTextError as error:
        reader.wrong(node.where, path, f"{error}; write avma for the guest's own key, or none")
        return None


@shaped(XML)
def _answer_file(reader: Reader, node: Node, path: str) -> str | None:
    """Read the text of an answer file, which Setup must not refuse."""
    text = reader.text(node, path)
    if text is None:
        return None
    for found in read_answer_file(text, path).findings:
        if found.rule.refused:
            where = f"line {found.place.line}, column {found.place.col} of it: " if found.place.line else ""
            reader.wrong(node.where, path, f"{where}{found.message}")
    return text


@shaped(lambda: words_of(load_facts().releases))
def release_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read a release id."""
    return reader.word(node, path, load_facts().releases)


@shaped(lambda: words_of((*load_facts().releases, LINUX)))
def guest_release_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read what a guest runs: a release id, or Linux."""
    return reader.word(node, path, (*load_facts().releases, LINUX))


@shaped(lambda: words_of((*load_facts().editions, LINUX)))
def guest_edition_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read a guest's edition id."""
    return reader.word(node, path, (*load_facts().editions, LINUX))


@shaped(list_of(TEXT, most=ADDRESSES_MAX))
def _addresses(reader: Reader, node: Node, path: str) -> list[str] | None:
    """Read a list of addresses."""
    items = [reader.text(item, place) for place, item in reader.items(node, path)]
    return None if None in items else [item for item in items if item is not None]


@shaped(lambda: words_of(load_facts().editions))
def edition_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read an edition id."""
    return reader.word(node, path, load_facts().editions)


_ACTIVATION: Final = {"channel": Field(one_of(CHANNELS), required=True), "until": Field(instant_words)}


@shaped(lambda: either(TRUTH, object_of(_ACTIVATION, "activated")))
def _activated(reader: Reader, node: Node, path: str) -> Any:
    if isinstance(node, Mapping):
        return reader.fields(node, path, _ACTIVATION)
    if isinstance(node, Scalar) and node.text not in ("true", "false"):
        reader.wrong(
            node.where, path, f"expected true, false, or a mapping of channel and until, not {node.text!r}"
        )
        return None
    return reader.truth(node, path)


_LIMIT: Final = {"count": Field(Reader.number, required=True), "per": Field(span_words, required=True)}


@shaped(lambda: object_of(_LIMIT, "request_limit"))
def _request_limit(reader: Reader, node: Node, path: str) -> Any:
    return reader.fields(node, path, _LIMIT)


HOST: Final[MappingType[str, Field]] = {
    "release": Field(release_word, required=True),
    "edition": Field(edition_word, required=True),
    "activated": Field(_activated, required=True),
    "platform": Field(one_of((*PLATFORMS, "azure-local"))),
    "hyperv": Field(Reader.truth),
    "service": Field(one_of(SERVICE_STATES)),
    "encryption": Field(Reader.truth),
    "latency": Field(span_words),
    "request_limit": Field(_request_limit),
    "cluster": Field(Reader.text),
    "kvp_refresh": Field(span_words),
    "kvp_latency": Field(span_words),
    "kvp_packets": Field(Reader.truth),
}
GUEST: Final[MappingType[str, Field]] = {
    "release": Field(guest_release_word, required=True),
    "edition": Field(guest_edition_word, required=True),
    "on": Field(Reader.host, required=True),
    "key": Field(key_word),
    "core": Field(Reader.truth),
    "data_exchange": Field(Reader.truth),
    "encryption": Field(Reader.truth),
    "tenant": Field(Reader.text),
    "kvp_service": Field(Reader.truth),
    "unattend_key": Field(Reader.text),
    "unattend": Field(_answer_file),
    "language": Field(one_of(LANGUAGES)),
    "fqdn": Field(Reader.text),
    "ipv4": Field(_addresses),
    "ipv6": Field(_addresses),
    "rdp": Field(Reader.truth),
}
FAULT: Final[MappingType[str, Field]] = {
    "action": Field(one_of(ACTIONS), required=True),
    "guest": Field(Reader.guest),
    "host": Field(Reader.host),
    "to": Field(one_of(("host", "guest"))),
    "nth": Field(Reader.number),
    "every": Field(Reader.number),
    "rate_ppm": Field(Reader.number),
    "from": Field(Reader.instant, name="from_us"),
    "until": Field(Reader.instant, name="until_us"),
    "by": Field(Reader.span, name="by_us"),
    "copies": Field(Reader.number),
    "bit": Field(Reader.number),
    "size": Field(Reader.number),
    "blob": Field(Reader.hexbytes),
    "channel": Field(one_of(PACKET_CHANNELS)),
    "at": Field(Reader.number),
}


def made(
    reader: Reader,
    method: str,
    name: Scalar,
    node: Node,
    path: str,
    known: MappingType[str, Field],
) -> Made | None:
    """Read one named host, guest or fault.

    Args:
        reader: the reader.
        method: method of `Lab` that makes it.
        name: its name.
        node: its fields.
        path: where in the document.
        known: the fields that it may have.

    Returns:
        Its making, or None after noting what is wrong.
    """
    fields = reader.fields(node, path, known)
    if fields is None:
        return None
    places: dict[str, Where] = {}
    if isinstance(node, Mapping):
        places = {key.text: value.where for key, value in node.items}
    return Made(method, {"name": name.text, **fields}, name.where, places, path)
