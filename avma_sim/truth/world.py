"""Owns one legal world as a value, and the short way in which families write theirs.

Must not play a world.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.scenario.yaml_text import flow, inline, quoted

__all__ = ["FAMILIES", "Fields", "World", "guest", "host", "write_world"]

Fields = Mapping[str, object]


@attrs.frozen
class World:
    """A legal world that a tool is asked in.

    Args:
        id: its name in tables.
        family: the family that it belongs to; the file's name for one of the user's.
        sentence: what it shows.
        text: a scenario file's text, at whose end the tool is asked.
        machine: the guest that is asked.
        file: the file that the text is from; empty for a world of ours.
    """

    id: str
    family: str
    sentence: str
    text: str
    machine: str = "web01"
    file: str = ""

    @property
    def named(self) -> str:
        """The name by which messages call its text."""
        return self.file or f"{self.id}.avma.yaml"


def host(release: str = "ws2019", edition: str = "datacenter", **more: object) -> Fields:
    """Return the fields of a host, activated unless said otherwise."""
    return {"release": release, "edition": edition, "activated": True, **more}


def guest(release: str = "ws2019", edition: str = "standard", **more: object) -> Fields:
    """Return the fields of a guest on hv1, with its AVMA key unless said otherwise."""
    return {"release": release, "edition": edition, "on": "hv1", "key": "avma", **more}


FAMILIES: Final = ("licence", "bestiary", "cluster", "hostile-kvp")
_HOSTS: Final = {"hv1": host()}
_GUESTS: Final = {"web01": guest()}


def write_world(
    named: str,
    sentence: str,
    steps: str,
    *,
    hosts: Mapping[str, Fields] = _HOSTS,
    guests: Mapping[str, Fields] = _GUESTS,
    machine: str = "",
    **given: object,
) -> World:
    """Write a world.

    Args:
        named: its id, which begins with its family.
        sentence: what it shows.
        steps: a step a line, each a flow mapping without its braces.
        hosts: fields of hosts by name.
        guests: fields of guests by name.
        machine: the guest that is asked; the first if empty.
        given: what else is given: readings, start, clock.

    Returns:
        The world.
    """
    lines = [f"scenario: {quoted(sentence)}", "given:"]
    lines += [f"  {name}: {inline(value)}" for name, value in given.items()]
    for kind, things in (("hosts", hosts), ("guests", guests)):
        lines += [f"  {kind}:", *(f"    {quoted(name)}: {flow(fields)}" for name, fields in things.items())]
    lines += ["when:", *(f"  - {{{step.strip()}}}" for step in steps.strip().splitlines())]
    family = next(one for one in FAMILIES if named.startswith(f"{one}-"))
    return World(named, family, sentence, "\n".join([*lines, ""]), machine or next(iter(guests)))
