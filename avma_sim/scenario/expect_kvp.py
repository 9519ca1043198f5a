"""Owns reading what a step expects of key-value pairs: what pools hold, and what a host has read of them.

Must not judge a lab: that is the verdicts' business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from avma_sim.model.kvp import AUTO_INTERNAL, POOL_NAMES
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.located import Mapping as MappingNode
from avma_sim.scenario.located import Node, Scalar
from avma_sim.scenario.match import Value, instant_word, match_shape, matched, truth_word
from avma_sim.scenario.reader import Field, Reader
from avma_sim.scenario.shape import TEXT, TRUTH, Shape, either, shaped
from avma_sim.scenario.values import ABSENT, ItemMatch, Match

__all__ = ["KVP_FIELDS"]

_Read = Callable[[Reader, Node, str], list[ItemMatch]]
_ABSENT: Final[Shape] = {
    "type": "object",
    "properties": {"absent": TRUTH},
    "required": ["absent"],
    "additionalProperties": False,
}
_NONE: Final[Shape] = {"const": "none"}


@shaped(TEXT)
def _text(reader: Reader, node: Node, path: str) -> str | None:
    return reader.text(node, path)


@shaped(TEXT)
def _reader_host(reader: Reader, node: Node, path: str) -> str | None:
    return "none" if isinstance(node, Scalar) and node.text == "none" else reader.host(node, path)


def _item(reader: Reader, node: Node, path: str) -> Match | None:
    """Read what is expected of an item: of its value, or that it is not there."""
    if isinstance(node, MappingNode) and node.keys() == ("absent",):
        is_absent = reader.truth(node.items[0][1], f"{path}.absent")
        return None if is_absent is None else Match((ABSENT,), inverted=not is_absent, where=node.where)
    if isinstance(node, MappingNode) and node.keys() not in (("not",), ("any",)):
        said = "expected a value, {not: value}, {any: [values]} or {absent: true}"
        reader.wrong(node.where, path, said)
        return None
    return matched(reader, node, path, _text)


def _is_none(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text == "none"


def _pool(pool: str) -> Field:
    """Return the field of a pool: its items by key, or none of them at all."""

    def shape() -> Shape:
        return either(_NONE, {"type": "object", "additionalProperties": either(match_shape(_text), _ABSENT)})

    def read(reader: Reader, node: Node, path: str) -> list[ItemMatch]:
        if _is_none(node):
            return [ItemMatch("", pool, None, Match(("none",), inverted=False, where=node.where))]
        found = [(key.text, _item(reader, value, where)) for key, where, value in reader.entries(node, path)]
        return [ItemMatch("", pool, key, match) for key, match in found if match is not None]

    return Field(shaped(shape)(read))


def _own(name: str, value: Value) -> Field:
    """Return a field of a reading itself."""

    def read(reader: Reader, node: Node, path: str) -> list[ItemMatch]:
        match = matched(reader, node, path, value)
        return [] if match is None else [ItemMatch("", "", name, match)]

    return Field(shaped(lambda: match_shape(value))(read))


def _whole(of: str, table: str, fields: Mapping[str, Field]) -> _Read:
    def read(reader: Reader, node: Node, path: str) -> list[ItemMatch]:
        if of == "kvp_read" and _is_none(node):
            return [ItemMatch(of, "", "at", Match(("none",), inverted=False, where=node.where))]
        values = reader.fields(node, path, fields) or {}
        return [attrs.evolve(match, of=of) for matches in values.values() for match in matches]

    def shape() -> Shape:
        known = object_of(fields, table)
        return either(_NONE, known) if of == "kvp_read" else known

    return shaped(shape)(read)


_POOLS: Final = {pool: _pool(pool) for pool in POOL_NAMES}
_READING: Final = {
    **{pool: field for pool, field in _POOLS.items() if pool != POOL_NAMES[AUTO_INTERNAL]},
    "failed": _own("failed", truth_word),
    "at": _own("at", instant_word),
    "host": _own("host", _reader_host),
}
KVP_FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "kvp": Field(_whole("kvp", "expected pools", _POOLS)),
        "kvp_read": Field(_whole("kvp_read", "expected reading", _READING)),
    }
)
