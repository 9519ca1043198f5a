"""Owns the rows of an exchange of key-value pairs that takes its time, and of what two ends agreed on.

Must not know what passes without a packet of its own in flight: most exchanges are one event.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.model.kvp_pools import Items
from avma_sim.model.kvp_talk import HostTalk, VersionPair

__all__ = ["CONNECT", "PUSH", "READ", "KvpExchange", "KvpLink"]

CONNECT: Final = "connect"
PUSH: Final = "push"
READ: Final = "read"


@attrs.frozen
class KvpLink:
    """What the two ends of a guest's channel agreed on in packets of their own.

    Args:
        pipe: number of the guest's pipe; a link of an earlier one is void.
        guest: what the guest's end picked; None for nothing yet.
        host: what the host's end read of it; None for nothing yet.
    """

    pipe: int
    guest: VersionPair | None = None
    host: VersionPair | None = None


@attrs.frozen
class KvpExchange:
    """One exchange under way, a packet at a time.

    Args:
        kind: connect (versions and what the host pushes), push, or read.
        host: the host that leads it.
        talk: the host's end.
        due: when the host gives up waiting for the present answer, and the entry that set this.
        digest: chained digest of the packets so far.
        then: pools to be read when it has ended.
        brings: the host's items for External that the guest has when it has ended well.
        own: whether the host reads by itself, so that nobody waits for it.
    """

    kind: str
    host: str
    talk: HostTalk
    due: tuple[int, int]
    digest: bytes = b""
    then: tuple[int, ...] = ()
    brings: Items = ()
    own: bool = False
