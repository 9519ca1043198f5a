"""Owns the events of life over time: standing still, moving, copying, rewinding, and hosts' own life.

Must not know how an event is folded into the state: `sim.apply` does that.
"""

from __future__ import annotations

import attrs

from avma_sim.model.checkpoint import Checkpoint
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Attempt
from avma_sim.model.host import Host
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.licence import Licence
from avma_sim.model.log import Log, ServiceRow
from avma_sim.model.migration import Migration
from avma_sim.model.packet import Packet

__all__ = [
    "CheckpointApplied",
    "CheckpointTaken",
    "GuestCopied",
    "GuestMigrated",
    "GuestPaused",
    "GuestResumed",
    "GuestSaved",
    "HostChanged",
    "HostDrained",
    "HostStarted",
    "HostStopped",
    "MigrationEnded",
    "MigrationStarted",
    "PacketWaits",
    "SavedStateDiscarded",
]


@attrs.frozen
class GuestPaused:
    """A guest stands still; its memory and its pipe stay.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class GuestSaved:
    """A guest stands still; its memory is on the disk and its pipe is closed.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class GuestResumed:
    """A guest that was paused, saved or on its way goes on; what became due meanwhile is due now.

    Args:
        guest: its name.
        licence: its licence, an overdue attempt due now.
        attempt: the attempt that is pending, an overdue deadline due now; None for none.
        packets: packets that waited for it and arrive now.
    """

    guest: str
    licence: Licence
    attempt: Attempt | None = None
    packets: tuple[Packet, ...] = ()


@attrs.frozen
class SavedStateDiscarded:
    """A saved guest is off: its memory is gone.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class PacketWaits:
    """A packet reached a guest that stands still, and waits for it.

    Args:
        waiting: its id.
    """

    waiting: int


@attrs.frozen
class MigrationStarted:
    """A migration is under way.

    Args:
        guest: its name.
        migration: its row.
    """

    guest: str
    migration: Migration


@attrs.frozen
class GuestMigrated:
    """A guest was switched over to another host.

    Args:
        guest: its name.
        to: the host that it is on now.
        migration: the row of a migration that goes on until the guest's arrival; None where it is over.
    """

    guest: str
    to: str
    migration: Migration | None = None


@attrs.frozen
class MigrationEnded:
    """A migration is over, and the guest is where it is.

    Args:
        guest: its name.
        how: arrived, failed (before the switch-over; nothing happened), rolled-back or cancelled.
        phase: the phase in which it ended.
    """

    guest: str
    how: str
    phase: str


@attrs.frozen
class GuestCopied:
    """A copy of a guest is in the lab, off, with a VM id of its own.

    Args:
        source: whose copy.
        guest: its row.
        licence: its licence.
        log: its records 12309, the source's.
        services: the other records of its Application log, the source's.
        records: id of its newest record.
        pools: what is kept of its key-value pairs; None for nothing.
    """

    source: str
    guest: Guest
    licence: Licence
    log: Log
    services: tuple[ServiceRow, ...] = ()
    records: int = 0
    pools: KvpPools | None = None


@attrs.frozen
class CheckpointTaken:
    """A checkpoint of a guest was taken.

    Args:
        guest: its name.
        checkpoint: its row.
    """

    guest: str
    checkpoint: Checkpoint


@attrs.frozen
class CheckpointApplied:
    """A guest was put back to a checkpoint.

    Args:
        guest: its name.
        name: the checkpoint's.
        row: the guest's row from now on.
        licence: its licence from now on.
        log: its records 12309 from now on.
        services: the other records of its Application log from now on.
        records: id of its newest record from now on.
        pools: what is kept of its key-value pairs; None for nothing.
    """

    guest: str
    name: str
    row: Guest
    licence: Licence
    log: Log
    services: tuple[ServiceRow, ...] = ()
    records: int = 0
    pools: KvpPools | None = None


@attrs.frozen
class HostStopped:
    """A host is down.

    Args:
        host: its name.
        crashed: whether it died, instead of shutting down.
    """

    host: str
    crashed: bool = False


@attrs.frozen
class HostStarted:
    """A host is up; it remembers no request that it answered before.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class HostChanged:
    """A host was upgraded, rebuilt, got or lost its role, or joined or left a cluster.

    Args:
        host: its row from now on.
        what: upgraded, rebuilt, role or cluster.
    """

    host: Host
    what: str


@attrs.frozen
class HostDrained:
    """A cluster node takes no guests any more, or takes them again.

    Args:
        host: its name.
        draining: whether it takes none.
    """

    host: str
    draining: bool
