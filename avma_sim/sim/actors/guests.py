"""Owns what guests do on command and when a licence ends.

Must not know the exchange: an attempt is made due here and carried out by the attempts' actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import (
    AttemptRequested,
    DataExchangeChanged,
    GuestAdded,
    GuestMigrated,
    GuestStarted,
    GuestStopped,
    KvpServiceChanged,
    LicenceEnded,
)
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import ARRIVAL
from avma_sim.sim.actors.allowed import is_running, refuse
from avma_sim.sim.actors.attempts import void
from avma_sim.sim.actors.keys import setup_done
from avma_sim.sim.chance import vm_id

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = [
    "add_guest",
    "licence_ended",
    "migrate",
    "restart",
    "set_data_exchange",
    "set_kvp_service",
    "start",
    "stop",
]


def add_guest(world: World, command: cmd.AddGuest, by: int) -> None:
    """Add a guest, powered off."""
    guest = command.guest
    key = guest.key.upper()
    if not guest.vm_id:
        guest = attrs.evolve(guest, vm_id=vm_id(world.state.settings.seed, guest.name))
    if key != guest.key:
        guest = attrs.evolve(guest, key=key)
    world.emit(GuestAdded(guest, world.behaviour.rules.before_first_start()), by)


def start(world: World, command: cmd.Start, by: int) -> None:
    """Power a guest on, which with an AVMA key is an attempt; the first start runs Setup's answer file."""
    guest = world.state.guests[command.guest]
    if guest.running:
        refuse(world, "running", f"{guest.name} is running already", by)
    elif _can_run(world, guest, by) and setup_done(world, guest, by):
        _power_on(world, guest.name, by)


def stop(world: World, command: cmd.Stop, by: int) -> None:
    """Power a guest off, voiding a pending attempt."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by):
        by = world.emit(GuestStopped(guest.name), by)
        void(world, guest.name, "stop", by)


def restart(world: World, command: cmd.Restart, by: int) -> None:
    """Stop and start a running guest at one instant."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by):
        by = world.emit(GuestStopped(guest.name), by)
        by = void(world, guest.name, "restart", by)
        _power_on(world, guest.name, by)


def _power_on(world: World, name: str, by: int) -> None:
    state = world.state
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
    world.emit(GuestStarted(name, licence), by)


def set_data_exchange(world: World, command: cmd.SetDataExchange, by: int) -> None:
    """Switch Data Exchange; this alone triggers nothing."""
    world.emit(DataExchangeChanged(command.guest, command.on), by)


def set_kvp_service(world: World, command: cmd.SetKvpService, by: int) -> None:
    """Start or stop the guest's own KVP service; this alone triggers nothing."""
    world.emit(KvpServiceChanged(command.guest, command.running), by)


def migrate(world: World, command: cmd.Migrate, by: int) -> None:
    """Switch a guest over to another host; a pending attempt is voided and made there anew."""
    state = world.state
    guest, to = state.guests[command.guest], state.hosts[command.to]
    if guest.host == to.name:
        refuse(world, "same-host", f"{guest.name} is on {to.name} already", by)
        return
    for host in (state.hosts[guest.host], to):
        if host.platform != "hyper-v" or not host.hyperv:
            refuse(world, "not-hyper-v", f"{host.name} is no Hyper-V host; a guest moves between those", by)
            return
    by = world.emit(GuestMigrated(guest.name, to.name), by)
    by = void(world, guest.name, "migration", by)
    if guest.running and guest.key in world.facts.keys:
        _arrive(world, guest, to, by)


def _arrive(world: World, guest: Guest, host: Host, by: int) -> None:
    """Let a guest that was moved ask its new host at once, where the readings say so."""
    state, facts, rules = world.state, world.facts, world.behaviour.rules
    readings = state.settings.readings
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
    if rules.asks_on_arrival(readings, qualified=rules.qualifies(at_guest, at_host)):
        due = (state.now_us, state.n)
        licence = rules.triggered(state.licences[guest.name], ARRIVAL, due)
        world.emit(AttemptRequested(guest.name, licence), by)


def licence_ended(world: World, name: str, by: int) -> None:
    """Let the licence, or the initial grace, come to its end."""
    licence = world.behaviour.rules.ended(world.state.licences[name])
    world.emit(LicenceEnded(name, licence), by)


def _can_run(world: World, guest: Guest, by: int) -> bool:
    host = world.state.hosts[guest.host]
    able = host.platform != "hyper-v" or host.hyperv
    if not able:
        refuse(world, "no-hyper-v-role", f"{host.name} has no Hyper-V role, so it runs no guest", by)
    return able
