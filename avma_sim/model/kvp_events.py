"""Owns the events of key-value pairs: written, pushed, read, and the packets where they take their time.

Must not know how an event is folded into the state: `sim.apply` does that.
"""

from __future__ import annotations

import attrs

from avma_sim.model.kvp_exchange import KvpExchange, KvpLink
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.kvp_talk import Gain
from avma_sim.model.kvp_view import KvpFailures, PoolItems
from avma_sim.model.packet import Packet

__all__ = [
    "KvpAnswerRead",
    "KvpChannelClosed",
    "KvpExchangeStarted",
    "KvpIgnored",
    "KvpKept",
    "KvpPushed",
    "KvpRead",
    "KvpReadJoined",
    "KvpRefreshDue",
    "KvpRequestRead",
    "KvpWritten",
]


@attrs.frozen
class KvpWritten:
    """A program in the guest changed its pools.

    Args:
        guest: its name.
        pools: what is kept of them from now on.
        keys: keys that were written or deleted.
    """

    guest: str
    pools: KvpPools
    keys: tuple[str, ...]


@attrs.frozen
class KvpKept:
    """The host keeps other items than before for a guest's External pool.

    Args:
        guest: its name.
        pools: what is kept of its pools from now on.
        keys: keys that changed.
    """

    guest: str
    pools: KvpPools
    keys: tuple[str, ...]


@attrs.frozen
class KvpPushed:
    """A host pushed items to a guest, after agreeing on versions where the guest was new, or tried to.

    Args:
        guest: its name.
        host: the host.
        packets: how many packets this took.
        digest: chained digest of their bytes.
        link: what they agreed on.
        pools: what is kept of the guest's pools from now on.
        failures: what went wrong.
        arrived: id of the packet that ended it; 0 where none did.
    """

    guest: str
    host: str
    packets: int
    digest: bytes
    link: KvpLink
    pools: KvpPools
    failures: KvpFailures = ()
    arrived: int = 0


@attrs.frozen
class KvpRead:
    """A host read pools of a guest, or tried to.

    Args:
        guest: its name.
        host: the host.
        packets: how many packets this took.
        digest: chained digest of their bytes.
        pools: what it read; None where every item is as it was read before.
        changed: keys of items that are new, gone or of another value since the last reading.
        failures: what went wrong.
        arrived: id of the packet that ended it; 0 where none did.
    """

    guest: str
    host: str
    packets: int
    digest: bytes
    pools: PoolItems | None = None
    changed: tuple[str, ...] = ()
    failures: KvpFailures = ()
    arrived: int = 0


@attrs.frozen
class KvpExchangeStarted:
    """A host begins an exchange that takes its time; its first request is on its way.

    Args:
        guest: the guest.
        exchange: its row.
        link: what the ends agreed on so far.
        packet: the request.
        asked: names of the faults that were asked about it, in order.
        pools: what is kept of the guest's pools from now on; None for what it was.
    """

    guest: str
    exchange: KvpExchange
    link: KvpLink
    packet: Packet
    asked: tuple[str, ...] = ()
    pools: KvpPools | None = None


@attrs.frozen
class KvpRequestRead:
    """A guest took a request and answers it.

    Args:
        guest: its name.
        arrived: id of the packet that arrived.
        packet: the answer on its way.
        asked: names of the faults that were asked about it, in order.
        digest: chained digest of the exchange's bytes with this answer.
        link: what the ends agreed on; None for what it was.
        pools: what is kept of its pools from now on; None for what it was.
    """

    guest: str
    arrived: int
    packet: Packet
    asked: tuple[str, ...] = ()
    digest: bytes = b""
    link: KvpLink | None = None
    pools: KvpPools | None = None


@attrs.frozen
class KvpAnswerRead:
    """A host took an answer; its next request is on its way.

    Args:
        guest: the guest.
        arrived: id of the packet that arrived.
        gain: what the answer brought: of thousands that are read, each event carries its own.
        due: when the host gives up waiting for the next answer, and the entry that set this.
        digest: chained digest of the packets so far.
        packet: the request.
        asked: names of the faults that were asked about it, in order.
        link: what the ends agreed on; None for what it was.
    """

    guest: str
    arrived: int
    gain: Gain
    due: tuple[int, int]
    digest: bytes
    packet: Packet
    asked: tuple[str, ...] = ()
    link: KvpLink | None = None


@attrs.frozen
class KvpIgnored:
    """Bytes reached an end of the channel that does nothing with them.

    Args:
        guest: whose channel.
        arrived: id of the packet that arrived.
        to: ``host`` or ``guest``, the end.
        why: what was wrong with them.
    """

    guest: str
    arrived: int
    to: str
    why: str


@attrs.frozen
class KvpReadJoined:
    """A reading waits for the exchange that is under way.

    Args:
        guest: the guest.
        pools: numbers of all pools that will be read then; empty where the exchange is a reading itself.
    """

    guest: str
    pools: tuple[int, ...] = ()


@attrs.frozen
class KvpChannelClosed:
    """An exchange ended without result, since the guest's channel was closed.

    Args:
        guest: the guest.
        why: what closed it.
    """

    guest: str
    why: str


@attrs.frozen
class KvpRefreshDue:
    """A host reads all its guests by itself, now or for the first time later.

    Args:
        host: its name.
        next: when it does so next, and the entry that set this.
    """

    host: str
    next: tuple[int, int]
