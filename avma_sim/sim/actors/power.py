"""Owns a guest's power: on, off, paused, saved, and going on.

Must not know where the guest is going: moving it and stopping its host are others' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import GuestPaused, GuestResumed, GuestSaved, GuestStarted, GuestStopped
from avma_sim.model.guest import Guest
from avma_sim.model.packet import NEVER_US
from avma_sim.sim.actors.allowed import is_running, is_settled, is_up, refuse
from avma_sim.sim.actors.attempts import lose_waiting, void
from avma_sim.sim.actors.kvp_channel import close, connect, push

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["can_run", "go_on", "pause", "power_off", "power_on", "put_to_disk", "resume", "save"]


def pause(world: World, command: cmd.Pause, by: int) -> None:
    """Let a running guest stand still; a pending attempt stays, and bytes for it wait."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by) and is_settled(world, guest, by):
        world.emit(GuestPaused(guest.name), by)


def save(world: World, command: cmd.Save, by: int) -> None:
    """Put a running or paused guest's memory on the disk, voiding a pending attempt."""
    guest = world.state.guests[command.guest]
    runs = guest.paused or is_running(world, guest, by)
    if runs and is_settled(world, guest, by):
        put_to_disk(world, guest, by)


def resume(world: World, command: cmd.Resume, by: int) -> None:
    """Let a paused or saved guest go on; this is no start."""
    guest = world.state.guests[command.guest]
    if not guest.paused and not guest.saved:
        refuse(world, "not-paused", f"{guest.name} is {guest.power}, neither paused nor saved", by)
    elif is_settled(world, guest, by) and can_run(world, guest, by):
        go_on(world, guest.name, by)


def can_run(world: World, guest: Guest, by: int) -> bool:
    """Say whether a guest's host runs guests now; else the command is refused."""
    host = world.state.hosts[guest.host]
    if not is_up(world, host, by):
        return False
    able = host.platform != "hyper-v" or host.hyperv
    if not able:
        refuse(world, "no-hyper-v-role", f"{host.name} has no Hyper-V role, so it runs no guest", by)
    return able


def power_on(world: World, name: str, by: int) -> int:
    """Start a guest that is off.

    Args:
        world: the world.
        name: the guest.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    state = world.state
    if state.guests[name].is_linux:  # no licence of Windows, which a start could change
        return connect(world, name, world.emit(GuestStarted(name, state.licences[name]), by))
    key = state.guests[name].key
    has_avma_key = key in world.facts.keys
    # A rearm takes effect here: the licence is that of a guest that never ran.
    rearmed = state.guests[name].rearmed
    licence = world.behaviour.rules.started(
        world.behaviour.rules.before_first_start() if rearmed else state.licences[name],
        world.timing,
        state.now_us,
        state.n,
        has_avma_key=has_avma_key,
        has_other_key=not has_avma_key and key != "",
    )
    return connect(world, name, world.emit(GuestStarted(name, licence), by))


def power_off(
    world: World, guest: Guest, why: str, by: int, *, with_host: bool = False, crashed: bool = False
) -> int:
    """Stop a guest that runs or is paused, voiding a pending attempt.

    Args:
        world: the world.
        guest: its row.
        why: what voids the attempt.
        by: index of the entry that led to it.
        with_host: whether its host stopped, with which it starts again.
        crashed: whether it died, so that its Windows logged nothing.

    Returns:
        Index of the last entry.
    """
    by = close(world, guest.name, why, world.emit(GuestStopped(guest.name, with_host, crashed), by))
    if guest.paused:
        by = lose_waiting(world, guest.name, by)
    return void(world, guest.name, why, by)


def put_to_disk(world: World, guest: Guest, by: int) -> int:
    """Save a guest that runs or is paused, voiding a pending attempt.

    Args:
        world: the world.
        guest: its row.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    by = close(world, guest.name, "save", world.emit(GuestSaved(guest.name), by))
    if guest.paused:
        by = lose_waiting(world, guest.name, by)
    return void(world, guest.name, "save", by)


def go_on(world: World, name: str, by: int) -> int:
    """Let a guest go on that stood still; whatever became due meanwhile is due now.

    Args:
        world: the world.
        name: the guest.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    state = world.state
    here = (state.now_us, state.n)
    licence = world.behaviour.rules.resumed(state.licences[name], *here)
    attempt = state.attempts.get(name)
    if attempt is not None and attempt.deadline[0] < state.now_us:
        # What is overdue is due at one instant, in the law's order: the deadline before the bytes.
        attempt = attrs.evolve(attempt, deadline=here)
    waited = tuple(
        attrs.evolve(packet, due=here)
        for packet in state.packets.values()
        if packet.guest == name and packet.due[0] == NEVER_US
    )
    guest, link = state.guests[name], state.links.get(name)
    closed = guest.saved or (link is not None and link.pipe != guest.pipe)
    by = world.emit(GuestResumed(name, licence, attempt, waited), by)
    # The channel of one that was saved, or moved while it stood still, is new; any may have missed a push.
    return connect(world, name, by) if closed else push(world, name, by)
