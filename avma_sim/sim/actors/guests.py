"""Owns what guests do on command and when a licence ends.

Must not know the exchange: an attempt is made due here and carried out by the attempts' actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import (
    AttemptJoined,
    AttemptRequested,
    AttemptVoided,
    CommandRefused,
    DataExchangeChanged,
    GuestAdded,
    GuestMigrated,
    GuestStarted,
    GuestStopped,
    LicenceEnded,
    ProductKeyInstalled,
    ProductKeyRefused,
    ProductKeyRemoved,
)
from avma_sim.model.guest import Guest
from avma_sim.model.licence import Licence
from avma_sim.sim.chance import vm_id

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = [
    "add_guest",
    "install_product_key",
    "licence_ended",
    "migrate",
    "request_activation",
    "restart",
    "set_data_exchange",
    "start",
    "stop",
    "uninstall_product_key",
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
    """Power a guest on; with an AVMA key, that is an attempt."""
    guest = world.state.guests[command.guest]
    if guest.running:
        _refuse(world, "running", f"{guest.name} is running already", by)
    elif _can_run(world, guest, by):
        _power_on(world, guest, by)


def stop(world: World, command: cmd.Stop, by: int) -> None:
    """Power a guest off, voiding a pending attempt."""
    guest = world.state.guests[command.guest]
    if _is_running(world, guest, by):
        by = world.emit(GuestStopped(guest.name), by)
        _void(world, guest.name, "stop", by)


def restart(world: World, command: cmd.Restart, by: int) -> None:
    """Stop and start a running guest at one instant."""
    guest = world.state.guests[command.guest]
    if _is_running(world, guest, by):
        by = world.emit(GuestStopped(guest.name), by)
        by = _void(world, guest.name, "restart", by)
        _power_on(world, guest, by)


def _power_on(world: World, guest: Guest, by: int) -> None:
    state = world.state
    has_avma_key = guest.key in world.facts.keys
    licence = world.behaviour.rules.started(
        state.licences[guest.name], world.timing, state.now_us, state.n, has_avma_key=has_avma_key
    )
    world.emit(GuestStarted(guest.name, licence), by)


def install_product_key(world: World, command: cmd.InstallProductKey, by: int) -> None:
    """Install a key in a running guest; a new AVMA key is an attempt."""
    state, rules = world.state, world.behaviour.rules
    guest = state.guests[command.guest]
    if not _is_running(world, guest, by):
        return
    verdict = rules.judge_key(world.facts, command.key, guest.release, guest.edition)
    if verdict.code:
        world.refuse(ProductKeyRefused(guest.name, verdict.code, verdict.because), by)
        return
    licence, key = state.licences[guest.name], command.key.upper()
    if key == guest.key:  # the same key again keeps the licence and attempts
        world.emit(ProductKeyInstalled(guest.name, key, licence), by)
        return
    licence = rules.installed(licence, state.now_us, state.n)
    by = world.emit(ProductKeyInstalled(guest.name, key, licence), by)
    _void(world, guest.name, "key", by, licence)


def uninstall_product_key(world: World, command: cmd.UninstallProductKey, by: int) -> None:
    """Remove a running guest's key, with its licence and attempts."""
    guest = world.state.guests[command.guest]
    if not _is_running(world, guest, by):
        return
    if not guest.key:
        _refuse(world, "no-key", f"{guest.name} has no product key", by)
        return
    licence = world.behaviour.rules.removed(world.state.licences[guest.name])
    by = world.emit(ProductKeyRemoved(guest.name, licence), by)
    _void(world, guest.name, "key", by, licence)


def request_activation(world: World, command: cmd.RequestActivation, by: int) -> None:
    """Make an attempt due now, or join the pending one."""
    state = world.state
    guest = state.guests[command.guest]
    if not _is_running(world, guest, by):
        return
    if guest.key not in world.facts.keys:
        _refuse(world, "no-key", f"{guest.name} has no AVMA key", by)
    elif guest.name in state.attempts:
        world.emit(AttemptJoined(guest.name, "ato"), by)
    else:
        due = (state.now_us, state.n)
        licence = world.behaviour.rules.triggered(state.licences[guest.name], "ato", due)
        world.emit(AttemptRequested(guest.name, licence), by)


def set_data_exchange(world: World, command: cmd.SetDataExchange, by: int) -> None:
    """Switch Data Exchange; this alone triggers nothing."""
    world.emit(DataExchangeChanged(command.guest, command.on), by)


def migrate(world: World, command: cmd.Migrate, by: int) -> None:
    """Switch a guest over to another host; a pending attempt is voided and made there anew."""
    state = world.state
    guest, to = state.guests[command.guest], state.hosts[command.to]
    if guest.host == to.name:
        _refuse(world, "same-host", f"{guest.name} is on {to.name} already", by)
        return
    for host in (state.hosts[guest.host], to):
        if host.platform != "hyper-v" or not host.hyperv:
            _refuse(world, "not-hyper-v", f"{host.name} is no Hyper-V host; a guest moves between those", by)
            return
    by = world.emit(GuestMigrated(guest.name, to.name), by)
    _void(world, guest.name, "migration", by)


def licence_ended(world: World, name: str, by: int) -> None:
    """Let the licence, or the initial grace, come to its end."""
    licence = world.behaviour.rules.ended(world.state.licences[name])
    world.emit(LicenceEnded(name, licence), by)


def _void(world: World, name: str, why: str, by: int, licence: Licence | None = None) -> int:
    """Void a pending attempt; without a licence from the caller, the next one is due at once."""
    state, behaviour = world.state, world.behaviour
    attempt = state.attempts.get(name)
    if attempt is None:
        return by
    behaviour.ends.guest_void(attempt.end)
    if licence is None:
        due = (state.now_us, state.n)
        licence = behaviour.rules.triggered(state.licences[name], "void", due)
    return world.emit(AttemptVoided(name, why, licence), by)


def _is_running(world: World, guest: Guest, by: int) -> bool:
    if not guest.running:
        _refuse(world, "off", f"{guest.name} is off", by)
    return guest.running


def _can_run(world: World, guest: Guest, by: int) -> bool:
    host = world.state.hosts[guest.host]
    able = host.platform != "hyper-v" or host.hyperv
    if not able:
        _refuse(world, "no-hyper-v-role", f"{host.name} has no Hyper-V role, so it runs no guest", by)
    return able


def _refuse(world: World, reason: str, message: str, by: int) -> None:
    world.refuse(CommandRefused(reason, message), by)
