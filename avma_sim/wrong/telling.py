"""Owns worlds whose event logs tell what did not happen, or not as it did.

Must not change what happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.model.codes import OK
from avma_sim.model.events import ActivationDecided, AttemptFailed, GuestStopped, LicenceGranted
from avma_sim.model.log import GUEST_EVENT, HOST_EVENT
from avma_sim.model.verdict import SUCCESS
from avma_sim.wrong.making import About, at_event, worlds_in

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]

_HOUR: Final = 3_600_000_000


@at_event(
    ActivationDecided, about=About("logs 12309 on the host", "C16", "host's log", "history-of-requests")
)
def _host_logs_12309(world: World, event: ActivationDecided, by: int) -> int:
    return world.emit(attrs.evolve(event, record=attrs.evolve(event.record, event=GUEST_EVENT)), by)


@at_event(
    AttemptFailed,
    LicenceGranted,
    about=About("logs 12310 in the guest", "C17", "guest's log", "happy-boot"),
)
def _guest_logs_12310(world: World, event: AttemptFailed | LicenceGranted, by: int) -> int:
    return world.emit(attrs.evolve(event, record=attrs.evolve(event.record, event=HOST_EVENT)), by)


@at_event(
    ActivationDecided,
    about=About("writes a refusal into the history as granted", "C16", "host's log", "history-of-requests"),
)
def _refusals_called_granted(world: World, event: ActivationDecided, by: int) -> int:
    record = attrs.evolve(event.record, outcome="granted", code=OK)
    return world.emit(attrs.evolve(event, record=record), by)


@at_event(
    ActivationDecided,
    about=About(
        "writes one tenant's request down as another's", "C20", "host's log", "tenants-in-the-hosts-log"
    ),
)
def _another_tenants_request(world: World, event: ActivationDecided, by: int) -> int:
    record = attrs.evolve(event.record, peer=next(iter(world.state.guests)))
    return world.emit(attrs.evolve(event, record=record), by)


@at_event(
    ActivationDecided,
    about=About("shows in the history who the tenant is", "C19", "host's log", "tenants-in-the-hosts-log"),
)
def _tenant_in_the_history(world: World, event: ActivationDecided, by: int) -> int:
    tenant = world.state.guests[event.guest].tenant
    record = attrs.evolve(event.record, peer=tenant or event.record.peer)
    return world.emit(attrs.evolve(event, record=record), by)


@at_event(
    AttemptFailed,
    about=About("shuts the guest down when its activation fails", "C17", "guest's log", "silence"),
)
def _failure_is_not_silent(world: World, event: AttemptFailed, by: int) -> int:
    return world.emit(GuestStopped(event.guest), world.emit(event, by))


@at_event(AttemptFailed, about=About("logs failures with code 0", "C18", "guest's log", "newer-guest"))
def _failure_without_a_code(world: World, event: AttemptFailed, by: int) -> int:
    return world.emit(attrs.evolve(event, record=attrs.evolve(event.record, code=OK)), by)


@at_event(AttemptFailed, about=About("logs a failure as success", "C18", "guest's log", "newer-guest"))
def _failure_called_success(world: World, event: AttemptFailed, by: int) -> int:
    return world.emit(attrs.evolve(event, record=attrs.evolve(event.record, outcome=SUCCESS)), by)


@at_event(
    AttemptFailed,
    LicenceGranted,
    about=About("logs local time as if it were UTC", "C17", "guest's log", "tie-answer-before-deadline"),
)
def _local_time(world: World, event: AttemptFailed | LicenceGranted, by: int) -> int:
    record = attrs.evolve(event.record, at_us=event.record.at_us + _HOUR)
    return world.emit(attrs.evolve(event, record=record), by)


WORLDS: Final = worlds_in(globals())
