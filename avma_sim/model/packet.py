"""Owns the packet: one blob on its way through an activation pipe.

Must not know what the blob says: that is the wire's.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["NEVER_US", "TO_GUEST", "TO_HOST", "Packet"]

TO_HOST: Final = "host"
TO_GUEST: Final = "guest"
# When a packet arrives that waits for a guest which stands still: beyond every clock.
NEVER_US: Final = 1 << 62


@attrs.frozen
class Packet:
    """One blob in flight.

    Args:
        id: number of the packet in its lab, from 1.
        guest: the guest whose pipe it is in.
        pipe: number of that pipe; a packet dies with its pipe.
        host: the host at the other end.
        to: ``host`` or ``guest``, the end that it travels to.
        blob: the bytes.
        due: when it arrives, and the entry that set this.
    """

    id: int
    guest: str
    pipe: int
    host: str
    to: str
    blob: bytes
    due: tuple[int, int]
