"""Owns the table of what wmic takes and prints: aliases, messages, and how its outputs look.

Must not know a machine or a query: it is texts and names by id.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["Alias", "Refusal", "WmicFacts", "read_wmic_tables", "wmic_facts"]


@attrs.frozen
class Alias:
    """A short name for a class.

    Args:
        name: the name, in lower case.
        class_name: the class.
        brief: properties that ``list brief`` shows; empty where they are not known.
    """

    name: str
    class_name: str
    brief: tuple[str, ...]


@attrs.frozen
class Refusal:
    """What wmic says to words that it does not take.

    Args:
        text: the line, with ``{word}`` where the word goes.
        code: the exit code.
    """

    text: str
    code: int


@attrs.frozen(eq=False)
class WmicFacts:
    """What wmic takes and prints.

    Args:
        gone_from_build: first build of Windows that comes without it.
        aliases: aliases that are served, by name.
        other_aliases: aliases that Windows has besides.
        refusals: refusals by id.
        descriptions: texts of HRESULTs, unsigned.
    """

    gone_from_build: int
    aliases: Mapping[str, Alias]
    other_aliases: frozenset[str]
    refusals: Mapping[str, Refusal]
    descriptions: Mapping[int, str]


def read_wmic_tables() -> dict[str, list[dict[str, Any]]]:
    """Read the shipped table.

    Returns:
        Rows by table name, in file order.
    """
    return tomllib.loads((importlib.resources.files("avma_sim.facts") / "wmic.toml").read_text("utf-8"))


@functools.cache
def wmic_facts() -> WmicFacts:
    """Return what wmic takes and prints.

    Returns:
        The values, read once in a process.
    """
    tables = read_wmic_tables()
    aliases = [Alias(row["name"], row["class"], tuple(row["brief"])) for row in tables["alias"]]
    return WmicFacts(
        tables["gone"][0]["from_build"],
        types.MappingProxyType({alias.name: alias for alias in aliases}),
        frozenset(name for row in tables["other_aliases"] for name in row["names"]),
        types.MappingProxyType({row["id"]: Refusal(row["text"], row["code"]) for row in tables["refusal"]}),
        types.MappingProxyType({row["value"]: row["text"] for row in tables["description"]}),
    )
