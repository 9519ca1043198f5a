"""Owns what guests do on command and when a licence ends.

Must not know the exchange: an attempt is made due here and carried out by the attempts' actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import (
    DataExchangeChanged,
    GuestAdded,
    KvpServiceChanged,
    LicenceEnded,
    MigrationEnded,
    SavedStateDiscarded,
)
from avma_sim.sim.actors.allowed import is_running, is_settled, refuse
from avma_sim.sim.actors.keys import setup_done
from avma_sim.sim.actors.kvp_channel import close, connect
from avma_sim.sim.actors.power import can_run, go_on, power_off, power_on
from avma_sim.sim.chance import vm_id

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = [
    "add_guest",
    "licence_ended",
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
    licence = world.behaviour.rules.before_first_start()
    if guest.is_linux:  # no licence of Windows, so no grace that could end
        licence = world.behaviour.rules.removed(licence)
    world.emit(GuestAdded(guest, licence), by)


def start(world: World, command: cmd.Start, by: int) -> None:
    """Power a guest on, which with an AVMA key is an attempt; the first start runs Setup's answer file.

    A saved guest is resumed instead, as Hyper-V does.
    """
    guest = world.state.guests[command.guest]
    if guest.running:
        how = "paused, not off; resume lets it go on" if guest.paused else "running already"
        refuse(world, "running", f"{guest.name} is {how}", by)
    elif is_settled(world, guest, by) and can_run(world, guest, by):
        if guest.saved:
            go_on(world, guest.name, by)
        elif setup_done(world, guest, by):
            power_on(world, guest.name, by)


def stop(world: World, command: cmd.Stop, by: int) -> None:
    """Power a guest off, voiding a pending attempt; a saved one loses its memory."""
    state = world.state
    guest = state.guests[command.guest]
    if guest.saved:
        if is_settled(world, guest, by):
            world.emit(SavedStateDiscarded(guest.name), by)
    elif guest.on_its_way or not guest.running:
        is_running(world, guest, by)
    else:
        by = power_off(world, guest, "stop", by)
        if guest.name in state.migrations:
            world.emit(MigrationEnded(guest.name, "cancelled", state.migrations[guest.name].phase), by)


def restart(world: World, command: cmd.Restart, by: int) -> None:
    """Stop and start a running guest at one instant; a migration's copy goes on."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by):
        power_on(world, guest.name, power_off(world, guest, "restart", by))


def set_data_exchange(world: World, command: cmd.SetDataExchange, by: int) -> None:
    """Switch Data Exchange; this alone triggers nothing."""
    before = world.state.guests[command.guest].data_exchange
    by = world.emit(DataExchangeChanged(command.guest, command.on), by)
    if before != command.on:
        _switched(world, command.guest, "Data Exchange", by, on=command.on)


def set_kvp_service(world: World, command: cmd.SetKvpService, by: int) -> None:
    """Start or stop the guest's own KVP service; this alone triggers nothing."""
    before = world.state.guests[command.guest].kvp_service
    by = world.emit(KvpServiceChanged(command.guest, command.running), by)
    if before != command.running:
        _switched(world, command.guest, "the guest's service", by, on=command.running)


def _switched(world: World, guest: str, what: str, by: int, *, on: bool) -> None:
    """Close a guest's channel, and connect it anew where it is switched on."""
    by = close(world, guest, what, by)
    if on:
        connect(world, guest, by)


def licence_ended(world: World, name: str, by: int) -> None:
    """Let the licence, or the initial grace, come to its end."""
    licence = world.behaviour.rules.ended(world.state.licences[name])
    world.emit(LicenceEnded(name, licence), by)
