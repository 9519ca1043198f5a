"""Owns the table of worlds, and how some of them are chosen.

Must not play a world.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from avma_sim.errors import FileProblems, Problem, UnknownName
from avma_sim.model.guest import LINUX
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.located import read_text
from avma_sim.truth.families import bestiary, cluster, hostile, licence
from avma_sim.truth.world import World

__all__ = ["all_worlds", "choose_worlds", "families", "world_of_file"]


@functools.cache
def all_worlds() -> tuple[World, ...]:
    """Return all worlds that come with the package, family by family."""
    return (*licence.WORLDS, *bestiary.WORLDS, *cluster.WORLDS, *hostile.WORLDS)


def families() -> tuple[str, ...]:
    """Return the families' names, in their order."""
    return tuple(dict.fromkeys(world.family for world in all_worlds()))


def choose_worlds(names: Sequence[str]) -> tuple[World, ...]:
    """Return the worlds that are meant.

    Args:
        names: families, ids, and scenario files of the user's; all of ours if empty.

    Returns:
        The worlds, each once, ours in their order first.

    Raises:
        UnknownName: it is none of these.
        FileProblems: a file is invalid.
    """
    known = all_worlds()
    if not names:
        return known
    ids = {world.id for world in known}
    wanted = set(names)
    files = []
    for name in dict.fromkeys(names):
        if name in ids or name in families():
            continue
        if not Path(name).is_file():
            raise UnknownName("world, family or file", name, (*families(), *sorted(ids)))
        files.append(world_of_file(name))
    ours = [world for world in known if world.id in wanted or world.family in wanted]
    return (*ours, *files)


def world_of_file(name: str, machine: str = "") -> World:
    """Return the world of a scenario file of the user's.

    Args:
        name: the file.
        machine: the guest that is asked; the first one if empty.

    Returns:
        The world.

    Raises:
        FileProblems: the file is invalid, or has no such guest.
    """
    text = read_text(name)
    scenario = read_scenario(text, name)
    added = [step.action.made for step in scenario.steps if step.action and step.action.verb == "add_guest"]
    made = [thing for thing in scenario.given.made if thing.method == "add_guest"]
    guests = [one.fields["name"] for one in (*made, *added) if one.fields["release"] != LINUX]
    if not guests or (machine and machine not in guests):
        where = scenario.given.where
        told = str(UnknownName("guest", machine, guests)) if guests else "no guest of it runs Windows"
        raise FileProblems([Problem(name, where.line, where.col, "given", told)])
    return World(
        Path(name).name.removesuffix(".avma.yaml"), "file", scenario.name, text, machine or guests[0], name
    )
