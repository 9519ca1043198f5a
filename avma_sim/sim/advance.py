"""Owns moving the clock: for a span, to an instant, or until something data can name.

Must not judge conditions of callers: those look between instants and ask for one more step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from avma_sim.model.commands import Advance
from avma_sim.model.duration import CLOCK_US_MAX
from avma_sim.model.events import ClockAdvanced, CommandRefused
from avma_sim.model.packet import NEVER_US
from avma_sim.sim.state import State

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["QUIET_US_MAX", "advance"]

QUIET_US_MAX: Final = 86_400_000_000  # one day


def advance(world: World, command: Advance, by: int) -> None:
    """Do what falls due, in order, and leave the clock where the command says."""
    limit = CLOCK_US_MAX if command.to_us is None else command.to_us
    if command.until == "attempt":
        done = _until_attempt(world, command.guest, limit, by)
    elif command.until in ("quiet", "activations"):
        # A fault or a latency longer than the retry keeps something in flight for ever: no plan of
        # faults may stop a run, so without a limit of the caller's this one holds.
        done = _until_quiet(
            world,
            limit if command.to_us is not None else min(limit, world.state.now_us + QUIET_US_MAX),
            _is_busy if command.until == "quiet" else _is_activating,
        )
    elif command.until == "next-due":
        done = _next_instant(world, limit)
    else:
        while world.step(limit):
            pass
        done = False
    if done is None:
        return
    if not done and command.to_us is not None:
        while world.step(command.to_us):  # where no attempt will come any more, all else still does
            pass
        world.state.now_us = command.to_us
    world.emit(ClockAdvanced(), by)


def _until_attempt(world: World, name: str, limit: int, by: int) -> bool | None:
    """Step until the pending or next attempt has ended; refuse where none will come."""
    state = world.state
    guest = state.guests[name]
    if guest.stands_still or not _will_come(world, name):
        message = f"{name} has no attempt pending or due; the clock stays"
        if guest.stands_still:
            how = f"on its way to {guest.host} and stands still" if guest.on_its_way else "paused"
            message = f"{name} is {how}, so its attempt does not come; the clock stays"
        world.refuse(CommandRefused("no-attempt", message), by)
        return None
    before = _ended(world, name)
    while _ended(world, name) == before:
        # A migration may leave the guest off: then whatever else is due would be awaited for ever.
        if not _will_come(world, name) or not _next_instant(world, limit):
            return False
    return True


def _will_come(world: World, name: str) -> bool:
    """Say whether an attempt of a guest is pending, or will be made unless the guest is stopped."""
    state = world.state
    if name in state.attempts:
        return True
    return state.licences[name].next is not None and (state.guests[name].running or name in state.migrations)


def _ended(world: World, name: str) -> int:
    recent = world.state.logs[name].recent
    return recent[-1].record if recent else 0


def _until_quiet(world: World, limit: int, is_busy: Callable[[State], bool]) -> bool:
    while is_busy(world.state):
        if not _next_instant(world, limit):
            return False
    return True


def _is_busy(state: State) -> bool:
    """Say whether time alone moves what is in flight or pending.

    A guest that stands still waits; a reading that a host makes by itself is like next week's renewal.
    """
    own = {name for name, exchange in state.exchanges.items() if exchange.own}
    waits = any(
        packet.due[0] != NEVER_US and not (packet.id < 0 and packet.guest in own)
        for packet in state.packets.values()
    )
    return waits or len(own) < len(state.exchanges) or _asks(state)


def _is_activating(state: State) -> bool:
    """Say the same of activations alone."""
    flying = any(packet.due[0] != NEVER_US for packet in state.packets.values() if packet.id > 0)
    return flying or _asks(state)


def _asks(state: State) -> bool:
    return any(not state.guests[name].stands_still for name in state.attempts)


def _next_instant(world: World, limit: int) -> bool:
    """Do everything of the next instant at which something is due: never only a part of one."""
    if not world.step(limit):
        return False
    now = world.state.now_us
    while world.step(now):
        pass
    return True
