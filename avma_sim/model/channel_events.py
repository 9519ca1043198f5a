"""Owns the events of the activation channel: packets read, answered, lost, and hit by faults.

Must not know how an event is folded into the state: `sim.apply` does that.
"""

from __future__ import annotations

import attrs

from avma_sim.model.fault import Fault
from avma_sim.model.handshake import HostEnd
from avma_sim.model.log import LogRow
from avma_sim.model.packet import Packet

__all__ = [
    "ActivationDecided",
    "BadBytesSeen",
    "BytesIgnored",
    "FaultArmed",
    "FaultDisarmed",
    "FaultHit",
    "PacketLost",
    "RequestIgnored",
    "RequestRepeated",
    "RequestUnanswered",
    "RequestUnread",
]


@attrs.frozen
class BadBytesSeen:
    """A waiting guest got bytes that are not its answer, and waits on.

    Args:
        guest: its name.
        arrived: id of the packet that arrived.
        reason: what was wrong, one word.
    """

    guest: str
    arrived: int
    reason: str


@attrs.frozen
class BytesIgnored:
    """Bytes reached a guest that waits for nothing.

    Args:
        guest: its name.
        arrived: id of the packet that arrived.
    """

    guest: str
    arrived: int


@attrs.frozen
class ActivationDecided:
    """A host read a request, decided it and sent its answer.

    Args:
        host: its name.
        guest: who asked.
        arrived: id of the packet that brought the request.
        end: what the host remembers of it.
        record: the host's event 12310.
        packet: the answer on its way.
        asked: names of the faults that were asked about it, in order.
    """

    host: str
    guest: str
    arrived: int
    end: HostEnd
    record: LogRow
    packet: Packet
    asked: tuple[str, ...] = ()


@attrs.frozen
class RequestRepeated:
    """A host got the newest request that it has answered once more, and answers it again.

    Args:
        host: its name.
        arrived: id of the packet that arrived.
        packet: the answer on its way.
        asked: names of the faults that were asked about it, in order.
    """

    host: str
    arrived: int
    packet: Packet
    asked: tuple[str, ...] = ()


@attrs.frozen
class RequestIgnored:
    """A host got an older request that it has answered, and does nothing.

    Args:
        host: its name.
        arrived: id of the packet that arrived.
    """

    host: str
    arrived: int


@attrs.frozen
class RequestUnread:
    """A host could not read what came, and sent an error frame.

    Args:
        host: its name.
        arrived: id of the packet that arrived.
        reason: what was wrong, one word.
        packet: the error frame on its way.
        asked: names of the faults that were asked about it, in order.
    """

    host: str
    arrived: int
    reason: str
    packet: Packet
    asked: tuple[str, ...] = ()


@attrs.frozen
class RequestUnanswered:
    """A request reached a host where nobody answers.

    Args:
        host: its name.
        arrived: id of the packet that arrived.
        why: ``hung``, ``stopped`` or ``data-exchange-off``.
    """

    host: str
    arrived: int
    why: str


@attrs.frozen
class PacketLost:
    """A packet arrived in a pipe that is closed by now.

    Args:
        arrived: its id.
    """

    arrived: int


@attrs.frozen
class FaultArmed:
    """A fault is in force.

    Args:
        fault: its plan.
    """

    fault: Fault


@attrs.frozen
class FaultDisarmed:
    """A fault is no longer in force.

    Args:
        name: its name.
    """

    name: str


@attrs.frozen
class FaultHit:
    """A fault changed what becomes of a packet.

    Args:
        fault: its name.
        hit: the packet's id.
        what: the action, or ``keep`` (replay keeps the blob), or ``release`` (reorder lets go).
        packets: what is in flight instead, in order of arrival.
    """

    fault: str
    hit: int
    what: str
    packets: tuple[Packet, ...] = ()
