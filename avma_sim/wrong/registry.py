"""Owns the table of all worlds that are wrong on purpose, by id and by name.

Must not make any: each module of the room makes its own.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from avma_sim.errors import UnknownName
from avma_sim.wrong import deciding, exchanging, installing, licensing, living, pairing, telling
from avma_sim.wrong.making import WrongWorld

__all__ = ["WrongWorld", "wrong_world", "wrong_worlds"]

_ROOMS = (deciding, exchanging, installing, licensing, living, telling, pairing)


def wrong_worlds() -> tuple[WrongWorld, ...]:
    """Return all worlds that are wrong on purpose.

    Returns:
        The worlds, those of one subject together.
    """
    return tuple(_by_id().values())


def wrong_world(name: str) -> WrongWorld:
    """Return one world that is wrong on purpose.

    Args:
        name: its id.

    Returns:
        The world.

    Raises:
        UnknownName: there is none of this id.
    """
    found = _by_id().get(name)
    if found is None:
        raise UnknownName("wrong world", name, _by_id())
    return found


@functools.cache
def _by_id() -> Mapping[str, WrongWorld]:
    return {world.id: world for room in _ROOMS for world in room.WORLDS}
