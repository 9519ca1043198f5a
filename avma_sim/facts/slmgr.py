"""Owns the table of what slmgr prints, and of the options that it takes.

Must not know a machine or a licence: it is texts and options by name.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["Group", "Option", "SlmgrFacts", "read_slmgr_tables", "slmgr_facts"]


@attrs.frozen
class Option:
    """One option of slmgr.

    Args:
        name: its name, without the slash.
        group: id of its group in the usage.
        parameters: its parameters as the usage and an error write them.
        needed: how many arguments must follow.
        changes: whether it changes the machine: it needs an elevated prompt, and is not simulated on a host.
        about: what it does, in our words.
        status: how sure its answer is: observed or modelled.
    """

    name: str
    group: str
    parameters: tuple[str, ...]
    needed: int
    changes: bool
    about: str
    status: str

    def missing(self, given: int) -> str:
        """Return what is missing where too few arguments follow.

        Args:
            given: how many follow.

        Returns:
            The parameter as an error writes it; empty where nothing is missing.
        """
        return "" if given >= self.needed else self.parameters[min(given, len(self.parameters) - 1)]


@attrs.frozen
class Group:
    """A group of options in the usage.

    Args:
        id: its id.
        title: its heading.
        ends: whether what was printed so far is shown after it.
    """

    id: str
    title: str
    ends: bool


@attrs.frozen(eq=False)
class SlmgrFacts:
    """What slmgr prints and takes.

    Args:
        english: lines by id, with names in braces where values go.
        german: those of them that are known in German.
        errors: texts of error numbers, unsigned 32-bit.
        groups: groups of options, in order.
        options: options by name, in the order of the usage.
    """

    english: Mapping[str, str]
    german: Mapping[str, str]
    errors: Mapping[int, str]
    groups: tuple[Group, ...]
    options: Mapping[str, Option]


def read_slmgr_tables() -> dict[str, list[dict[str, Any]]]:
    """Read the shipped table.

    Returns:
        Rows by table name, in file order.
    """
    return tomllib.loads((importlib.resources.files("avma_sim.facts") / "slmgr.toml").read_text("utf-8"))


@functools.cache
def slmgr_facts() -> SlmgrFacts:
    """Return what slmgr prints and takes.

    Returns:
        The values, read once in a process.
    """
    tables = read_slmgr_tables()
    options = [
        Option(
            row["name"],
            row["group"],
            tuple(row["parameters"]),
            row["needed"],
            row["changes"],
            row["about"],
            row["status"],
        )
        for row in tables["option"]
    ]
    return SlmgrFacts(
        types.MappingProxyType({row["id"]: row["en"] for row in tables["text"]}),
        types.MappingProxyType({row["id"]: row["de"] for row in tables["german"]}),
        types.MappingProxyType({int(row["value"], 16): row["text"] for row in tables["error"]}),
        tuple(Group(row["id"], row["title"], row["ends"]) for row in tables["group"]),
        types.MappingProxyType({option.name: option for option in options}),
    )
