"""Owns the table of Data Exchange: pools, versions, limits and waits, and which items are published by whom.

Must not know a guest, a host or a licence: values that depend on them are names in braces.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from avma_sim.model.duration import span_us

__all__ = [
    "EditionValues",
    "Item",
    "KvpFacts",
    "Pool",
    "Preference",
    "ReleaseValues",
    "kvp_facts",
    "read_kvp_tables",
]

Version: TypeAlias = tuple[int, int]


@attrs.frozen
class Pool:
    """A pool.

    Args:
        number: its number on the wire.
        name: its name.
        key: its registry key on a Windows guest, under ``Virtual Machine``; empty for none.
        writer: whose it is: host, guest or nobody.
    """

    number: int
    name: str
    key: str
    writer: str


@attrs.frozen
class Preference:
    """The versions that a guest knows, the one it likes best first.

    Args:
        system: ``windows`` or ``linux``.
        from_build: first build that it holds for.
        frameworks: versions of the framing.
        messages: versions of the messages.
    """

    system: str
    from_build: int
    frameworks: tuple[Version, ...]
    messages: tuple[Version, ...]


@attrs.frozen
class Item:
    """An item that is published without anybody's doing.

    Args:
        name: its key.
        value: its text, with names in braces.
        about: what it is, in our words.
        status: how sure it is.
        source: where it is from.
        from_build: first build of a host that sets it.
    """

    name: str
    value: str
    about: str
    status: str
    source: str
    from_build: int = 0


@attrs.frozen
class ReleaseValues:
    """What a release says of itself.

    Args:
        product: the registry's product name before the edition.
        ics: version of its integration services.
        csd: its newest service pack in words; empty for none.
        service_pack: number of that.
    """

    product: str
    ics: str
    csd: str
    service_pack: str


@attrs.frozen
class EditionValues:
    """What an edition says of itself.

    Args:
        words: its part of the product name.
        number: its number.
        core_number: its number as a Core installation.
        suite_mask: bits of its product suites.
        product_type: 1 workstation, 2 domain controller, 3 server.
    """

    words: str
    number: int
    core_number: int
    suite_mask: int
    product_type: int


@attrs.frozen(eq=False)
class KvpFacts:
    """All facts of Data Exchange.

    Args:
        pools: pools by number.
        channel: GUIDs of the VMBus channel by id: interface, instance.
        frameworks: versions of the framing that a host offers, in its order.
        messages: versions of the messages that a host offers, in its order.
        preferences: what guests pick, in the table's order.
        limits: bounds by id.
        waits_us: how long an end waits by id, microseconds.
        intrinsic: items of a Windows guest, in order.
        linux: items of a Linux guest, by index.
        pushed: items that a host sets, in order.
        licence: licence items, in order.
        releases: what a release says, by release id.
        editions: what an edition says, by edition id.
    """

    pools: Mapping[int, Pool]
    channel: Mapping[str, str]
    frameworks: tuple[Version, ...]
    messages: tuple[Version, ...]
    preferences: tuple[Preference, ...]
    limits: Mapping[str, int]
    waits_us: Mapping[str, int]
    intrinsic: tuple[Item, ...]
    linux: tuple[Item, ...]
    pushed: tuple[Item, ...]
    licence: tuple[Item, ...]
    releases: Mapping[str, ReleaseValues]
    editions: Mapping[str, EditionValues]

    def preference(self, system: str, build: int) -> Preference:
        """Return what a guest picks from a host's offer.

        Args:
            system: ``windows`` or ``linux``.
            build: its build number; 0 for Linux.

        Returns:
            The newest row that the build has reached.
        """
        found = [row for row in self.preferences if row.system == system and build >= row.from_build]
        return max(found, key=lambda row: row.from_build)


def read_kvp_tables() -> dict[str, list[dict[str, Any]]]:
    """Read the shipped table.

    Returns:
        Rows by table name, in file order.
    """
    return tomllib.loads((importlib.resources.files("avma_sim.facts") / "kvp.toml").read_text("utf-8"))


@functools.cache
def kvp_facts() -> KvpFacts:
    """Return the facts of Data Exchange.

    Returns:
        The values, read once in a process.
    """
    tables = read_kvp_tables()
    offered = {layer: _offered(tables["offer"], layer) for layer in ("framework", "message")}
    return KvpFacts(
        pools=types.MappingProxyType({row["number"]: Pool(**_bare(row)) for row in tables["pool"]}),
        channel=types.MappingProxyType({row["id"]: row["guid"] for row in tables["channel"]}),
        frameworks=offered["framework"],
        messages=offered["message"],
        preferences=tuple(map(_preference, tables["preference"])),
        limits=types.MappingProxyType({row["id"]: row["value"] for row in tables["limit"]}),
        waits_us=types.MappingProxyType({row["id"]: span_us(row["span"]) for row in tables["wait"]}),
        intrinsic=tuple(Item(**row) for row in tables["intrinsic"]),
        linux=tuple(Item(**row) for row in tables["linux_item"]),
        pushed=tuple(Item(**row) for row in tables["pushed"]),
        licence=tuple(Item(**row) for row in tables["licence_item"]),
        releases=types.MappingProxyType(
            {row["release"]: ReleaseValues(**_bare(row, "release")) for row in tables["release_value"]}
        ),
        editions=types.MappingProxyType(
            {row["edition"]: EditionValues(**_bare(row, "edition")) for row in tables["edition_value"]}
        ),
    )


def _bare(row: dict[str, Any], *but: str) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in ("status", "source", *but)}


def _offered(rows: list[dict[str, Any]], layer: str) -> tuple[Version, ...]:
    return tuple(_version(row["version"]) for row in rows if row["layer"] == layer)


def _preference(row: dict[str, Any]) -> Preference:
    return Preference(
        row["system"],
        row["from_build"],
        tuple(map(_version, row["frameworks"])),
        tuple(map(_version, row["messages"])),
    )


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
