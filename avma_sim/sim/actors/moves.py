"""Owns moving a guest to another host: at once, or as a migration that takes its time and may fail.

Must not know clusters: whoever drains a node or lets it die says where each guest goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import (
    AttemptRequested,
    GuestMigrated,
    MigrationEnded,
    MigrationStarted,
    SavedStateDiscarded,
)
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import ARRIVAL
from avma_sim.model.migration import ARRIVE, COPY, FAILOVER, QUICK, SWITCH, Migration
from avma_sim.sim.actors.allowed import is_settled, is_up, refuse
from avma_sim.sim.actors.attempts import lose_waiting, void
from avma_sim.sim.actors.kvp_channel import close, connect
from avma_sim.sim.actors.power import go_on, power_off, power_on, put_to_disk

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["give_up", "migrate", "move", "phase_over", "take_over"]


def migrate(world: World, command: cmd.Migrate, by: int) -> None:
    """Move a guest to another Hyper-V host, if both can take part."""
    state = world.state
    guest, to = state.guests[command.guest], state.hosts[command.to]
    source = state.hosts[guest.host]
    if source is to:
        refuse(world, "same-host", f"{guest.name} is on {to.name} already", by)
        return
    for host in (source, to):
        if host.platform != "hyper-v" or not host.hyperv:
            refuse(world, "not-hyper-v", f"{host.name} is no Hyper-V host; a guest moves between those", by)
            return
    if to.draining:
        refuse(world, "draining", f"{to.name} is drained and takes no guests", by)
    elif command.kind == FAILOVER and source.up:
        message = f"{source.name} is up: started elsewhere, {guest.name} would run twice"
        refuse(world, "host-up", message, by)
    elif command.kind == QUICK and guest.paused:
        refuse(world, "paused", f"{guest.name} is paused", by)
    elif is_settled(world, guest, by) and is_up(world, to, by):
        if command.kind == FAILOVER:
            take_over(world, guest, to.name, by)
        elif is_up(world, source, by):
            spans = command.copy_us, command.blackout_us
            move(world, guest, to, by, kind=command.kind, spans=spans, fails=command.fails)


def move(
    world: World, guest: Guest, to: Host, by: int, *, kind: str, spans: tuple[int, int], fails: str = ""
) -> int:
    """Move a guest between two hosts that are up.

    Args:
        world: the world.
        guest: its row, no migration under way.
        to: the other host.
        by: index of the entry that led to it.
        kind: live or quick; a guest that is off or saved has nothing to be copied, and moves at once.
        spans: how long memory is copied and how long the guest then stands still, in microseconds.
        fails: the phase at which it fails; empty for none.

    Returns:
        Index of the last entry.
    """
    copy_us, blackout_us = spans if guest.running else (0, 0)
    if not fails and not (guest.running and (kind == QUICK or copy_us or blackout_us)):
        by = world.emit(GuestMigrated(guest.name, to.name), by)
        by = _left(world, guest, by)
        return _arrived(world, guest.name, by)
    state = world.state
    due = (state.now_us + copy_us, state.n)
    row = Migration(kind, guest.host, to.name, COPY, due, blackout_us, fails)
    by = world.emit(MigrationStarted(guest.name, row), by)
    if fails == "start" or (fails and not guest.running):
        return world.emit(MigrationEnded(guest.name, "failed", fails), by)
    return put_to_disk(world, guest, by) if kind == QUICK else by


def phase_over(world: World, name: str, by: int) -> None:
    """End the phase of a migration that is due: the switch-over, or the arrival."""
    state = world.state
    row = state.migrations[name]
    source = state.hosts[row.source]
    if row.phase == COPY:
        if row.fails in (COPY, SWITCH):
            give_up(world, name, "failed", row.fails, by)
            return
        guest = state.guests[name]
        following = attrs.evolve(row, phase=ARRIVE, due=(state.now_us + row.blackout_us, state.n))
        by = world.emit(GuestMigrated(name, row.to, following), by)
        _left(world, guest, by)
    elif row.fails != ARRIVE:
        by = world.emit(MigrationEnded(name, "arrived", ARRIVE), by)
        _arrived(world, name, _awake(world, name, by))
    elif source.up and source.hyperv:
        by = world.emit(MigrationEnded(name, "rolled-back", ARRIVE), by)
        by = world.emit(GuestMigrated(name, row.source), by)
        _arrived(world, name, _awake(world, name, by))
    else:  # nothing to go back to, and its memory did not arrive
        by = world.emit(MigrationEnded(name, "failed", ARRIVE), by)
        _die(world, state.guests[name], by)


def give_up(world: World, name: str, how: str, phase: str, by: int) -> int:
    """End a migration before its switch-over: the guest goes on where it is.

    Args:
        world: the world.
        name: the guest.
        how: failed or cancelled.
        phase: the phase in which it ended.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    by = world.emit(MigrationEnded(name, how, phase), by)
    return go_on(world, name, by) if world.state.guests[name].saved else by


def take_over(world: World, guest: Guest, to: str, by: int) -> int:
    """Put a guest of a dead host on another one, and start it there if it ran.

    Args:
        world: the world.
        guest: its row.
        to: name of the other host.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    by = world.emit(GuestMigrated(guest.name, to), by)
    return power_on(world, guest.name, by) if guest.with_host else by


def _left(world: World, guest: Guest, by: int) -> int:
    """Close what a guest leaves behind on its old host: what waits for it, and a pending attempt."""
    by = close(world, guest.name, "migration", by)
    if guest.paused:
        by = lose_waiting(world, guest.name, by)
    return void(world, guest.name, "migration", by)


def _awake(world: World, name: str, by: int) -> int:
    """Let a guest go on after its switch-over, unless somebody paused it."""
    return by if world.state.guests[name].paused else go_on(world, name, by)


def _die(world: World, guest: Guest, by: int) -> int:
    """Let a guest be off whose memory is lost."""
    if guest.saved:
        return world.emit(SavedStateDiscarded(guest.name), by)
    return power_off(world, guest, "migration", by, crashed=True)


def _arrived(world: World, name: str, by: int) -> int:
    """Let a guest that was moved ask its new host at once, where the readings say so."""
    state, facts, rules = world.state, world.facts, world.behaviour.rules
    guest = state.guests[name]
    link = state.links.get(name)
    if link is None or link.pipe != guest.pipe:  # one that went on connected by that
        by = connect(world, name, by)
    if not guest.running or guest.key not in facts.keys:
        return by
    host, readings = state.hosts[guest.host], state.settings.readings
    key, build = facts.keys[guest.key], facts.releases[guest.release].build
    asked = (build, guest.edition, key.avma_id)
    at_guest = rules.judge_at_guest(
        facts,
        host.platform,
        host.release,
        host.edition,
        # Whether the host qualifies: a service that is down, or the guest's own switch, does not unmake it.
        "running",
        True,
        host.channel,
        *asked,
        readings,
    )
    at_host = rules.judge_at_host(facts, host.release, *asked, host.channel, host.edition, False, readings)
    if not rules.asks_on_arrival(readings, qualified=rules.qualifies(at_guest, at_host)):
        return by
    due = (state.now_us, state.n)
    licence = rules.triggered(state.licences[name], ARRIVAL, due)
    return world.emit(AttemptRequested(name, licence), by)
