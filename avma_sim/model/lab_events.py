"""Owns the events of machines and of the clock: added, started, stopped, moved, switched.

Must not know how an event is folded into the state: `sim.apply` does that.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.model.guest import Guest
from avma_sim.model.host import Host, HostActivation
from avma_sim.model.kvp_pools import Items
from avma_sim.model.licence import Licence

__all__ = [
    "REASONS",
    "ClockAdvanced",
    "CommandRefused",
    "DataExchangeChanged",
    "GuestAdded",
    "GuestStarted",
    "GuestStopped",
    "GuestUpgraded",
    "HostActivated",
    "HostActivationEnded",
    "HostAdded",
    "KvpServiceChanged",
    "ServiceChanged",
]


# Why a lab's state does not allow a command.
REASONS: Final = (
    "running",
    "off",
    "no-hyper-v-role",
    "no-key",
    "not-avma",
    "not-elevated",
    "same-host",
    "not-hyper-v",
    "no-attempt",
    "no-upgrade",
    "no-rearm",
    "paused",
    "saved",
    "not-paused",
    "migrating",
    "host-up",
    "host-down",
    "same-id",
    "no-cluster",
    "draining",
    "not-draining",
    "no-node",
    "no-change",
    "no-kvp",
    "no-item",
    "pool-full",
    "computed",
    "no-windows",
)


@attrs.frozen
class ClockAdvanced:
    """An advance has ended; the entry's instant is the clock."""


@attrs.frozen
class CommandRefused:
    """A command was understood, and the lab's state does not allow it.

    Args:
        reason: one of `REASONS`.
        message: the same for people.
        code: the result code that Windows would give; 0 where it is the lab that refuses.
    """

    reason: str
    message: str
    code: int = 0


@attrs.frozen
class HostAdded:
    """A host was added.

    Args:
        host: its row.
    """

    host: Host


@attrs.frozen
class GuestAdded:
    """A guest was added, powered off.

    Args:
        guest: its row.
        licence: its first licence row.
    """

    guest: Guest
    licence: Licence


@attrs.frozen
class HostActivated:
    """A host was activated.

    Args:
        host: its name.
        activation: how.
    """

    host: str
    activation: HostActivation


@attrs.frozen
class HostActivationEnded:
    """A host is no longer activated.

    Args:
        host: its name.
        why: ``expired`` or ``lost``.
    """

    host: str
    why: str


@attrs.frozen
class ServiceChanged:
    """A host's activation service changed its state.

    Args:
        host: its name.
        state: running, stopped or hung.
    """

    host: str
    state: str


@attrs.frozen
class DataExchangeChanged:
    """Data Exchange was switched for a guest.

    Args:
        guest: its name.
        on: whether it is on now.
    """

    guest: str
    on: bool


@attrs.frozen
class GuestStarted:
    """A guest runs.

    Args:
        guest: its name.
        licence: its licence with the first grace fixed and an attempt due, where one is.
    """

    guest: str
    licence: Licence


@attrs.frozen
class GuestStopped:
    """A guest is powered off.

    Args:
        guest: its name.
        with_host: whether its host stopped, with which it starts again.
        crashed: whether it died, so that its Windows logged nothing.
    """

    guest: str
    with_host: bool = False
    crashed: bool = False


@attrs.frozen
class KvpServiceChanged:
    """A guest's own KVP service was started or stopped.

    Args:
        guest: its name.
        running: whether it runs now.
    """

    guest: str
    running: bool


@attrs.frozen
class GuestUpgraded:
    """A guest's release or edition was changed in place; its key is gone, it was restarted.

    Args:
        guest: its name.
        release: release id from now on.
        edition: edition id from now on.
        licence: the licence that follows.
        leaves: licence items that stay in the guest's pool without their key.
    """

    guest: str
    release: str
    edition: str
    licence: Licence
    leaves: Items = ()
