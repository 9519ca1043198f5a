"""Owns writing the events of machines into the state.

Must not know why they happened: an event is a fact by now.
"""

from __future__ import annotations

import attrs

from avma_sim.model import events as ev
from avma_sim.model.guest import Guest
from avma_sim.model.log import EMPTY_LOG, SERVICE_STARTED, SERVICE_STARTING, SERVICE_STOPPED
from avma_sim.sim.apply.kvp import published_anew, pushed_anew
from avma_sim.sim.apply.services import write_services
from avma_sim.sim.state import State

__all__ = [
    "data_exchange_changed",
    "guest_added",
    "guest_started",
    "guest_stopped",
    "host_activated",
    "host_activation_ended",
    "host_added",
    "kvp_service_changed",
    "nothing",
    "service_changed",
]

NOTHING: tuple[str, ...] = ()
_STARTED = ((SERVICE_STARTING, ""), (SERVICE_STARTED, ""))


def nothing(state: State, event: object) -> tuple[str, ...]:
    """Write nothing: the entry itself is all there is."""
    return NOTHING


def host_added(state: State, event: ev.HostAdded) -> tuple[str, ...]:
    """Add the host's row and an empty log."""
    name = event.host.name
    state.hosts[name] = event.host
    state.logs[name] = EMPTY_LOG
    return (name,)


def guest_added(state: State, event: ev.GuestAdded) -> tuple[str, ...]:
    """Add the guest's rows and an empty log; it is off, so nothing is due."""
    name = event.guest.name
    state.guests[name] = event.guest
    state.licences[name] = event.licence
    state.logs[name] = EMPTY_LOG
    return NOTHING


def host_activated(state: State, event: ev.HostActivated) -> tuple[str, ...]:
    """Activate the host."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], activation=event.activation)
    return (event.host,)


def host_activation_ended(state: State, event: ev.HostActivationEnded) -> tuple[str, ...]:
    """Take the host's activation away."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], activation=None)
    return (event.host,)


def service_changed(state: State, event: ev.ServiceChanged) -> tuple[str, ...]:
    """Set the state of the activation service."""
    state.hosts[event.host] = attrs.evolve(state.hosts[event.host], service=event.state)
    return NOTHING


def data_exchange_changed(state: State, event: ev.DataExchangeChanged) -> tuple[str, ...]:
    """Switch Data Exchange."""
    guest = state.guests[event.guest]
    if guest.data_exchange != event.on:
        state.guests[event.guest] = attrs.evolve(guest, data_exchange=event.on)
        pushed_anew(state, event.guest)
    return NOTHING


def kvp_service_changed(state: State, event: ev.KvpServiceChanged) -> tuple[str, ...]:
    """Set whether the guest's own KVP service runs."""
    guest = state.guests[event.guest]
    if guest.kvp_service != event.running:
        state.guests[event.guest] = attrs.evolve(guest, kvp_service=event.running)
        published_anew(state, event.guest)
    return NOTHING


def guest_started(state: State, event: ev.GuestStarted) -> tuple[str, ...]:
    """Power the guest on, with a new pipe; its licensing service starts."""
    guest = state.guests[event.guest]
    # Spelt out: every boot comes here, and `evolve` costs thrice as much.
    state.guests[event.guest] = Guest(
        guest.name,
        guest.vm_id,
        guest.release,
        guest.edition,
        guest.host,
        guest.key,
        True,  # running
        guest.pipe + 1,
        guest.data_exchange,
        guest.encryption,
        guest.core,
        guest.tenant,
        guest.kvp_service,
        guest.unattend_key,
        guest.language,
        guest.rearms,
        fqdn=guest.fqdn,
        ipv4=guest.ipv4,
        ipv6=guest.ipv6,
        rdp=guest.rdp,
    )
    if state.pools:
        published_anew(state, event.guest)
    state.licences[event.guest] = event.licence
    write_services(state, event.guest, *_STARTED)
    return (event.guest,)


def guest_stopped(state: State, event: ev.GuestStopped) -> tuple[str, ...]:
    """Power the guest off: nothing is due for it any more; its licensing service stops, unless it died."""
    state.guests[event.guest] = attrs.evolve(
        state.guests[event.guest], running=False, paused=False, on_its_way=False, with_host=event.with_host
    )
    if not event.crashed:
        write_services(state, event.guest, (SERVICE_STOPPED, ""))
    return NOTHING
