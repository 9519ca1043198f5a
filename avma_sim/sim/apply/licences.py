"""Owns writing the events of keys, attempts and licences into the state.

Must not know the rules: an event carries the rows that it leaves.
"""

from __future__ import annotations

import attrs

from avma_sim.model import events as ev
from avma_sim.model.log import (
    KEY_INSTALLED,
    SERVICE_STARTED,
    SERVICE_STARTING,
    SERVICE_STOPPED,
    log_with,
)
from avma_sim.sim.apply.kvp import left_behind, published_anew
from avma_sim.sim.apply.services import write_services
from avma_sim.sim.state import State

__all__ = [
    "attempt_ended",
    "attempt_requested",
    "attempt_voided",
    "guest_rearmed",
    "guest_upgraded",
    "licence_ended",
    "product_key_installed",
    "product_key_removed",
]


def product_key_installed(state: State, event: ev.ProductKeyInstalled) -> tuple[str, ...]:
    """Install the key, set the licence that follows, write event 1016."""
    guest = state.guests[event.guest]
    if event.key != guest.key:
        left_behind(state, event.guest, event.leaves)
    state.guests[event.guest] = attrs.evolve(guest, key=event.key)
    state.licences[event.guest] = event.licence
    write_services(state, event.guest, (KEY_INSTALLED, event.key[-5:]))
    return (event.guest,)


def product_key_removed(state: State, event: ev.ProductKeyRemoved) -> tuple[str, ...]:
    """Remove the key and set the licence that follows."""
    left_behind(state, event.guest, event.leaves)
    state.guests[event.guest] = attrs.evolve(state.guests[event.guest], key="")
    state.licences[event.guest] = event.licence
    return (event.guest,)


def guest_upgraded(state: State, event: ev.GuestUpgraded) -> tuple[str, ...]:
    """Change release and edition, remove the key, open a new pipe: the guest was restarted."""
    guest = state.guests[event.guest]
    state.guests[event.guest] = attrs.evolve(
        guest, release=event.release, edition=event.edition, key="", pipe=guest.pipe + 1, rearmed=False
    )
    left_behind(state, event.guest, event.leaves)
    published_anew(state, event.guest)
    state.licences[event.guest] = event.licence
    write_services(state, event.guest, (SERVICE_STOPPED, ""), (SERVICE_STARTING, ""), (SERVICE_STARTED, ""))
    return (event.guest,)


def guest_rearmed(state: State, event: ev.GuestRearmed) -> tuple[str, ...]:
    """Count the rearm; the licence is as it was until the next start."""
    guest = state.guests[event.guest]
    state.guests[event.guest] = attrs.evolve(guest, rearms=guest.rearms + 1, rearmed=True)
    return ()


def attempt_requested(state: State, event: ev.AttemptRequested) -> tuple[str, ...]:
    """Set the licence with the attempt due."""
    state.licences[event.guest] = event.licence
    return (event.guest,)


def attempt_voided(state: State, event: ev.AttemptVoided) -> tuple[str, ...]:
    """Forget the pending attempt and set the licence that follows."""
    del state.attempts[event.guest]
    state.licences[event.guest] = event.licence
    return (event.guest,)


def attempt_ended(state: State, event: ev.AttemptFailed | ev.LicenceGranted) -> tuple[str, ...]:
    """End the attempt, set the licence, write event 12309; the packet that brought it is gone."""
    guest = event.guest
    state.attempts.pop(guest, None)
    if event.arrived:
        del state.packets[event.arrived]
    state.licences[guest] = event.licence
    state.logs[guest] = log_with(state.logs[guest], event.record, state.settings.guest_log_rows)
    state.records[guest] = event.record.record
    return (guest,)


def licence_ended(state: State, event: ev.LicenceEnded) -> tuple[str, ...]:
    """Set the licence that follows."""
    state.licences[event.guest] = event.licence
    return (event.guest,)
