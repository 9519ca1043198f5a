"""Owns the events of a guest's licence: keys, attempts and their ends.

Must not know how an event is folded into the state: `sim.apply` does that.
"""

from __future__ import annotations

import attrs

from avma_sim.model.handshake import Attempt
from avma_sim.model.kvp_pools import Items
from avma_sim.model.licence import Licence
from avma_sim.model.log import LogRow
from avma_sim.model.packet import Packet
from avma_sim.model.verdict import Because

__all__ = [
    "AttemptFailed",
    "AttemptJoined",
    "AttemptRequested",
    "AttemptStarted",
    "AttemptVoided",
    "GuestRearmed",
    "LicenceEnded",
    "LicenceGranted",
    "ProductKeyInstalled",
    "ProductKeyRefused",
    "ProductKeyRemoved",
]


@attrs.frozen
class ProductKeyInstalled:
    """A product key was installed.

    Args:
        guest: its name.
        key: the key's text.
        licence: the licence that follows.
        leaves: licence items that stay in the guest's pool without their key.
    """

    guest: str
    key: str
    licence: Licence
    leaves: Items = ()


@attrs.frozen
class ProductKeyRefused:
    """A product key was refused at installation; nothing changed.

    Args:
        guest: its name.
        code: result code.
        because: the reasons.
        setup: whether Setup refused the answer file's key: then the guest does not run.
    """

    guest: str
    code: int
    because: Because
    setup: bool = False


@attrs.frozen
class ProductKeyRemoved:
    """The product key was uninstalled.

    Args:
        guest: its name.
        licence: the licence that follows.
        leaves: licence items that stay in the guest's pool without their key.
    """

    guest: str
    licence: Licence
    leaves: Items = ()


@attrs.frozen
class GuestRearmed:
    """A guest's licence was rearmed: its next start begins a new initial grace.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class AttemptRequested:
    """An attempt was made due at once: somebody asked for it, or the guest arrived on a new host.

    Args:
        guest: its name.
        licence: the licence with the attempt due.
    """

    guest: str
    licence: Licence


@attrs.frozen
class AttemptStarted:
    """A guest opened its pipe and sent its request; its nonce is spent.

    Args:
        guest: its name.
        attempt: the pending attempt.
        packet: the request on its way.
        asked: names of the faults that were asked about it, in order.
    """

    guest: str
    attempt: Attempt
    packet: Packet
    asked: tuple[str, ...] = ()


@attrs.frozen
class AttemptJoined:
    """A trigger met a pending attempt and became part of it.

    Args:
        guest: its name.
        trigger: the trigger.
    """

    guest: str
    trigger: str


@attrs.frozen
class AttemptVoided:
    """A pending attempt was given up without a result; no event 12309.

    Args:
        guest: its name.
        why: what voided it.
        licence: the licence with the next attempt due.
    """

    guest: str
    why: str
    licence: Licence


@attrs.frozen
class AttemptFailed:
    """An attempt ended without a grant.

    Args:
        guest: its name.
        arrived: id of the packet that brought the refusal; 0 where none did.
        licence: the licence that follows.
        record: the guest's event 12309.
    """

    guest: str
    arrived: int
    licence: Licence
    record: LogRow


@attrs.frozen
class LicenceGranted:
    """An attempt ended with a grant that the guest accepted.

    Args:
        guest: its name.
        arrived: id of the packet that brought it.
        licence: the licence that follows.
        record: the guest's event 12309.
    """

    guest: str
    arrived: int
    licence: Licence
    record: LogRow


@attrs.frozen
class LicenceEnded:
    """A licence or the initial grace came to its end.

    Args:
        guest: its name.
        licence: the licence that follows.
    """

    guest: str
    licence: Licence
