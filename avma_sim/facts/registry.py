"""Owns the table of the registry: hives, keys, values and types.

Must not know a machine: values that depend on one are names in braces.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any, Final

import attrs

__all__ = ["Hive", "RegistryFacts", "RegistryKey", "ValueRow", "read_registry_tables", "registry_facts"]

_ALL_BUILDS: Final = 2**32 - 1


@attrs.frozen
class Hive:
    """A hive.

    Args:
        name: its long name.
        short: its short name.
        served: whether the lab has it.
    """

    name: str
    short: str
    served: bool


@attrs.frozen
class RegistryKey:
    """A key that is named, under HKEY_LOCAL_MACHINE.

    Args:
        path: its path without the hive.
        of: ``windows`` or ``hyper-v-guest``.
        from_build: first build of Windows that has it.
        about: what it holds, in our words.
        pool: number of the pool of Data Exchange that it shows; None for none.
        fleeting: whether it is there only while that pool has items.
    """

    path: str
    of: str
    from_build: int
    about: str
    pool: int | None = None
    fleeting: bool = False


@attrs.frozen
class ValueRow:
    """A value of a key.

    Args:
        key: path of the key.
        name: its name.
        type: name of its type.
        data: its data, or a name in braces.
        from_build: first build of Windows that has it.
        to_build: last build that has it.
    """

    key: str
    name: str
    type: str
    data: str
    from_build: int
    to_build: int = _ALL_BUILDS


@attrs.frozen(eq=False)
class RegistryFacts:
    """All facts of the registry.

    Args:
        hives: hives by each of their names, in capitals.
        elsewhere: keys right under HKEY_LOCAL_MACHINE that the lab has not, in lower case.
        types: numbers of types by name.
        keys: the keys, in the table's order.
        values: the values, in the table's order.
    """

    hives: Mapping[str, Hive]
    elsewhere: frozenset[str]
    types: Mapping[str, int]
    keys: tuple[RegistryKey, ...]
    values: tuple[ValueRow, ...]


def read_registry_tables() -> dict[str, list[dict[str, Any]]]:
    """Read the shipped table.

    Returns:
        Rows by table name, in file order.
    """
    text = (importlib.resources.files("avma_sim.facts") / "registry.toml").read_text("utf-8")
    return tomllib.loads(text)


@functools.cache
def registry_facts() -> RegistryFacts:
    """Return the facts of the registry.

    Returns:
        The values, read once in a process.
    """
    tables = read_registry_tables()
    hives = [Hive(**_bare(row)) for row in tables["hive"]]
    return RegistryFacts(
        types.MappingProxyType({name: hive for hive in hives for name in (hive.name, hive.short)}),
        frozenset(name.lower() for row in tables["elsewhere"] for name in row["names"]),
        types.MappingProxyType({row["name"]: row["number"] for row in tables["type"]}),
        tuple(RegistryKey(**_bare(row)) for row in tables["key"]),
        tuple(ValueRow(**_bare(row)) for row in tables["value"]),
    )


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in ("status", "source")}
