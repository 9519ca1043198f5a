"""Owns the verbs about key-value pairs, and how pools, items and keys are read.

Must not carry anything out: a verb says which method of the lab is called with what.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model import commands as cmd
from avma_sim.model.kvp import AUTO_INTERNAL, POOL_NAMES, POOLS
from avma_sim.scenario.located import Mapping as MappingNode
from avma_sim.scenario.located import Node, Scalar, Sequence
from avma_sim.scenario.reader import Field, Reader
from avma_sim.scenario.shape import TEXT, Shape, either, list_of, shaped, words_of
from avma_sim.scenario.verb import Verb

__all__ = ["ALL", "KVP_VERBS", "checked_reading", "item_text", "pool_word"]

ALL: Final = "all"
_WORDS: Final = (*POOL_NAMES, *map(str, POOLS))
_POOL: Final[Shape] = words_of(_WORDS)
_POOLS: Final = ", ".join(f"{number} ({name})" for number, name in zip(POOLS, POOL_NAMES, strict=True))


@shaped(_POOL)
def pool_word(reader: Reader, node: Node, path: str) -> str | None:
    """Read a pool's name or number into its name."""
    if isinstance(node, Scalar) and node.text in map(str, POOLS):
        return POOL_NAMES[int(node.text)]
    if isinstance(node, Scalar) and node.text.isdecimal():
        reader.wrong(node.where, path, f"there is no pool {node.text}; pools are {_POOLS}")
        return None
    return reader.word(node, path, POOL_NAMES)


@shaped(either(_POOL, list_of(_POOL, least=1)))
def _pools(reader: Reader, node: Node, path: str) -> tuple[str | None, ...] | None:
    """Read pools that a host can read, or one of them."""
    if isinstance(node, Sequence) and not node.items:
        reader.wrong(node.where, path, "name at least one pool")
        return None
    several = reader.items(node, path) if isinstance(node, Sequence) else [(path, node)]
    found: list[str | None] = []
    for where, item in several:
        name = pool_word(reader, item, where)
        if name == POOL_NAMES[AUTO_INTERNAL]:
            reader.wrong(item.where, where, f"the pool {name} is never on the wire, so no host reads it")
        elif name is not None and name in found:
            reader.wrong(item.where, where, f"the pool {name} is named twice")
        found.append(name)
    return tuple(found)


@shaped(TEXT)
def item_text(reader: Reader, node: Node, path: str) -> str | None:
    """Read the text of an item; an empty one is written as ''."""
    if isinstance(node, Scalar) and node.plain and not node.text:
        reader.wrong(node.where, path, f"a value is missing here; an empty one is ''{_colon(path)}")
        return None
    return reader.text(node, path)


def _colon(path: str) -> str:
    """Say what is likely meant where a key holds a colon, as in ``{Role:web}``."""
    return ", and a blank stands after the colon of 'Key: value'" if ":" in path else ""


@shaped({"type": "object", "minProperties": 1, "additionalProperties": TEXT})
def _some_items(reader: Reader, node: Node, path: str) -> dict[str, str | None]:
    found = _items(reader, node, path)
    if isinstance(node, MappingNode) and not found:
        reader.wrong(node.where, path, "name at least one item, as {key: value}")
    return found


@shaped({"type": "object", "additionalProperties": TEXT})
def _items(reader: Reader, node: Node, path: str) -> dict[str, str | None]:
    """Read values by key."""
    found: dict[str, str | None] = {}
    if not isinstance(node, MappingNode):
        what = "a list" if isinstance(node, Sequence) else repr(node.text[:60])
        reader.wrong(node.where, path, f"expected items, as {{Key: value}}, not {what}")
        return found
    for key, where, value in reader.entries(node, path):
        if not key.text:
            reader.wrong(key.where, path, "an item has a key that is not empty")
        found[key.text] = item_text(reader, value, where)
    return found


@shaped(either(TEXT, list_of(TEXT, least=1)))
def _keys(reader: Reader, node: Node, path: str) -> tuple[str | None, ...] | None:
    """Read keys, or one of them."""
    if isinstance(node, Sequence) and not node.items:
        reader.wrong(node.where, path, "name at least one key")
        return None
    several = reader.items(node, path) if isinstance(node, Sequence) else [(path, node)]
    return tuple(_key(reader, item, where) for where, item in several)


def _key(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text == "":
        reader.wrong(node.where, path, "an item has a key that is not empty")
    return text


@shaped(TEXT)
def _guest_or_all(reader: Reader, node: Node, path: str) -> str | None:
    """Read the name of a guest, or ``all``; whether a guest has that name is looked at later."""
    if isinstance(node, Scalar) and node.text == ALL:
        return ALL
    if isinstance(node, Scalar) and node.text in reader.names["host"]:
        reader.wrong(
            node.where, path, f"{node.text!r} is a host; all its guests are read by host={node.text}"
        )
        return None
    return reader.guest(node, path)


def checked_reading(reader: Reader, values: dict[str, Any], verb: Scalar, path: str) -> dict[str, Any] | None:
    """Check whom a reading is of.

    Args:
        reader: the reader that notes what is wrong.
        values: the fields as they were read.
        verb: the verb, for its place.
        path: where in the document.

    Returns:
        The arguments of the lab's method, or None after noting what is wrong.
    """
    if ("guest" in values) == ("host" in values):
        said = (
            "give guest or host, not both" if "guest" in values else "read_kvp needs a guest, a host, or all"
        )
        reader.wrong(verb.where, path, f"{said}; a guest is read by the host that it is on")
        return None
    if values.get("guest") == ALL and ALL not in reader.names["guest"]:
        return {name: value for name, value in values.items() if name != "guest"}
    return values


_GUEST: Final = {"guest": Field(Reader.guest, required=True)}
KVP_VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "write_kvp": Verb(
            cmd.WriteKvp,
            {
                **_GUEST,
                "items": Field(_items, required=True),
                "pool": Field(pool_word),
                "replace": Field(Reader.truth),
            },
        ),
        "delete_kvp": Verb(
            cmd.DeleteKvp, {**_GUEST, "keys": Field(_keys, required=True), "pool": Field(pool_word)}
        ),
        "push_kvp": Verb(cmd.PushKvp, {**_GUEST, "items": Field(_some_items, required=True)}),
        "remove_kvp": Verb(cmd.RemoveKvp, {**_GUEST, "keys": Field(_keys, required=True)}),
        "read_kvp": Verb(
            cmd.ReadKvp,
            {"guest": Field(_guest_or_all), "host": Field(Reader.host), "pools": Field(_pools)},
            "guest",
        ),
    }
)
