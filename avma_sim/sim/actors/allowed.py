"""Owns telling that the lab's state, or the prompt, does not allow a command.

Must not carry anything out: it looks, and lets the command be refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avma_sim.model.codes import ACCESS_DENIED
from avma_sim.model.events import CommandRefused
from avma_sim.model.guest import Guest

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["is_elevated", "is_running", "refuse"]


def refuse(world: World, reason: str, message: str, by: int, code: int = 0) -> None:
    """Let the present command be refused.

    Args:
        world: the world.
        reason: one of the closed list of reasons.
        message: the same for people.
        by: index of the command's entry.
        code: the result code that Windows would give; 0 where it is the lab that refuses.
    """
    world.refuse(CommandRefused(reason, message, code), by)


def is_running(world: World, guest: Guest, by: int) -> bool:
    """Say whether a guest runs; where it does not, the command is refused."""
    if not guest.running:
        refuse(world, "off", f"{guest.name} is off", by)
    return guest.running


def is_elevated(world: World, guest: Guest, by: int, *, elevated: bool) -> bool:
    """Say whether the prompt is elevated; where it is not, the command is refused as Windows does."""
    if not elevated:
        message = f"the prompt on {guest.name} is not elevated"
        refuse(world, "not-elevated", message, by, ACCESS_DENIED)
    return elevated
