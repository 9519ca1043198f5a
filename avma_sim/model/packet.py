"""Owns the packet: one blob on its way between a host and a guest.

Must not know what the blob says: that is the wire's.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["ACTIVATION", "CHANNELS", "KVP", "NEVER_US", "TO_GUEST", "TO_HOST", "Packet"]

ACTIVATION: Final = "activation"
KVP: Final = "kvp"
CHANNELS: Final = (ACTIVATION, KVP)
TO_HOST: Final = "host"
TO_GUEST: Final = "guest"
# When a packet arrives that waits for a guest which stands still: beyond every clock.
NEVER_US: Final = 1 << 62


@attrs.frozen
class Packet:
    """One blob in flight.

    Args:
        id: number of the packet in its lab, from 1; packets of key-value pairs count down from -1, so that
            no activation's packet has another number for their sake.
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

    @property
    def channel(self) -> str:
        """The channel that it travels in: activation or kvp."""
        return ACTIVATION if self.id > 0 else KVP
