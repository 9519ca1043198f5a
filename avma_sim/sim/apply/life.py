"""Owns writing the events of standing still, moving, copying, rewinding and hosts' life into the state.

Must not know why they happened: an event is a fact by now.
"""

from __future__ import annotations

import attrs

from avma_sim.model import events as ev
from avma_sim.model.kvp_exchange import KvpLink
from avma_sim.model.log import EMPTY_LOG
from avma_sim.model.packet import NEVER_US
from avma_sim.sim.apply.kvp import pushed_anew, put_back
from avma_sim.sim.state import State

__all__ = [
    "checkpoint_applied",
    "checkpoint_taken",
    "guest_copied",
    "guest_migrated",
    "guest_paused",
    "guest_resumed",
    "guest_saved",
    "host_changed",
    "host_drained",
    "host_started",
    "host_stopped",
    "migration_ended",
    "migration_started",
    "packet_waits",
    "saved_state_discarded",
]

NOTHING: tuple[str, ...] = ()


def guest_paused(state: State, event: ev.GuestPaused) -> tuple[str, ...]:
    """Let the guest stand still: nothing is due for it any more but its host's own wait for an answer."""
    state.guests[event.guest] = attrs.evolve(state.guests[event.guest], paused=True)
    return (event.guest,) if event.guest in state.exchanges else NOTHING


def guest_saved(state: State, event: ev.GuestSaved) -> tuple[str, ...]:
    """Power the guest off with its memory on the disk; a migration under way still has its due."""
    state.guests[event.guest] = attrs.evolve(
        state.guests[event.guest], running=False, paused=False, saved=True
    )
    return (event.guest,)


def guest_resumed(state: State, event: ev.GuestResumed) -> tuple[str | int, ...]:
    """Let the guest go on; one that was saved opens a new pipe."""
    guest = state.guests[event.guest]
    if guest.saved:
        pushed_anew(state, event.guest)
    state.guests[event.guest] = attrs.evolve(
        guest, running=True, paused=False, saved=False, on_its_way=False, pipe=guest.pipe + guest.saved
    )
    state.licences[event.guest] = event.licence
    if event.attempt is not None:
        state.attempts[event.guest] = event.attempt
    for packet in event.packets:
        state.packets[packet.id] = packet
    return (event.guest, *(packet.id for packet in event.packets))


def saved_state_discarded(state: State, event: ev.SavedStateDiscarded) -> tuple[str, ...]:
    """Forget the guest's memory: it is off."""
    state.guests[event.guest] = attrs.evolve(state.guests[event.guest], saved=False)
    return NOTHING


def packet_waits(state: State, event: ev.PacketWaits) -> tuple[int, ...]:
    """Let the packet wait, until its guest goes on or its pipe is closed."""
    packet = state.packets[event.waiting]
    state.packets[event.waiting] = attrs.evolve(packet, due=(NEVER_US, packet.due[1]))
    return ()


def migration_started(state: State, event: ev.MigrationStarted) -> tuple[str, ...]:
    """Note the migration, whose next phase is due."""
    state.migrations[event.guest] = event.migration
    return (event.guest,)


def guest_migrated(state: State, event: ev.GuestMigrated) -> tuple[str, ...]:
    """Put the guest on its new host, with a new pipe; it stands still until a migration under way ends."""
    guest = state.guests[event.guest]
    pushed_anew(state, event.guest)
    under_way = event.migration is not None
    if guest.running and (guest.paused or under_way):  # it connects anew when it goes on
        state.links.setdefault(event.guest, KvpLink(guest.pipe))
    state.guests[event.guest] = attrs.evolve(
        guest,
        host=event.to,
        pipe=guest.pipe + 1,
        on_its_way=guest.on_its_way or (under_way and guest.running),
    )
    if event.migration is None:
        return NOTHING
    state.migrations[event.guest] = event.migration
    return (event.guest,)


def migration_ended(state: State, event: ev.MigrationEnded) -> tuple[str, ...]:
    """Forget the migration; the guest no longer stands still for its sake."""
    del state.migrations[event.guest]
    guest = state.guests[event.guest]
    if guest.on_its_way:
        state.guests[event.guest] = attrs.evolve(guest, on_its_way=False)
    return (event.guest,)


def guest_copied(state: State, event: ev.GuestCopied) -> tuple[str, ...]:
    """Add the copy's rows; it is off, so nothing is due."""
    name = event.guest.name
    state.guests[name] = event.guest
    state.licences[name] = event.licence
    state.logs[name] = event.log
    if event.services:
        state.services[name] = event.services
    if event.records:
        state.records[name] = event.records
    put_back(state, name, event.pools)
    return NOTHING


def checkpoint_taken(state: State, event: ev.CheckpointTaken) -> tuple[str, ...]:
    """Keep the checkpoint."""
    state.checkpoints[event.guest, event.checkpoint.name] = event.checkpoint
    return NOTHING


def checkpoint_applied(state: State, event: ev.CheckpointApplied) -> tuple[str, ...]:
    """Put the guest's rows back; what it spent of nonces stays spent."""
    state.guests[event.guest] = event.row
    state.licences[event.guest] = event.licence
    state.logs[event.guest] = event.log
    state.services[event.guest] = event.services
    state.records[event.guest] = event.records
    put_back(state, event.guest, event.pools)
    return (event.guest,)


def host_stopped(state: State, event: ev.HostStopped) -> tuple[str, ...]:
    """Note that the host is down."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], up=False)
    return NOTHING


def host_started(state: State, event: ev.HostStarted) -> tuple[str, ...]:
    """Note that the host is up; what it remembered of requests is gone."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], up=True)
    for key in [key for key in state.ends if key[0] == event.host]:
        del state.ends[key]
    refresh = state.refreshes.get(event.host)
    if refresh is not None and refresh[0] < state.now_us:  # overdue: it is due now, after what guests do now
        state.refreshes[event.host] = (state.now_us, state.n - 1)
    return (event.host,)  # what is due of its own was not due while it was down


def host_changed(state: State, event: ev.HostChanged) -> tuple[str, ...]:
    """Set the host's row; one that was set up anew has an empty log."""
    name = event.host.name
    state.hosts[name] = event.host
    if event.what == "rebuilt":
        state.logs[name] = EMPTY_LOG
        state.records.pop(name, None)
        state.decisions.pop(name, None)
        for guest in [guest for guest, view in state.views.items() if view.host == name]:
            del state.views[guest]
    return (name,)


def host_drained(state: State, event: ev.HostDrained) -> tuple[str, ...]:
    """Note whether the node takes guests."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], draining=event.draining)
    return NOTHING
