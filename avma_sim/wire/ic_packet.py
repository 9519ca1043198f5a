"""Owns the packets of integration services: the pipe's header and the services' own.

Must not know what a service's own messages say.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

import attrs

from avma_sim.errors import LocalWireError, RemoteWireError

__all__ = [
    "HEADER_BYTES",
    "KVP_MESSAGES",
    "NEGOTIATE",
    "PIPE_BYTES",
    "REQUEST_FLAGS",
    "RESPONSE_FLAGS",
    "IcPacket",
    "Version",
    "read_packet",
    "write_packet",
]

Version: TypeAlias = tuple[int, int]

NEGOTIATE: Final = 0
KVP_MESSAGES: Final = 2
REQUEST_FLAGS: Final = 3  # transaction and request
RESPONSE_FLAGS: Final = 5  # transaction and response

_HEADER: Final = struct.Struct("<IIHHHHHHIBBH")
_PIPE: Final = struct.Struct("<II")
HEADER_BYTES: Final = _HEADER.size
PIPE_BYTES: Final = _PIPE.size


@attrs.frozen
class IcPacket:
    """One packet of an integration service.

    Args:
        kind: which service's message, or `NEGOTIATE`.
        body: its bytes.
        flags: bits; `REQUEST_FLAGS` or `RESPONSE_FLAGS`.
        framework: version of the framing.
        message: version of the service's messages.
        status: code; 0 in a request.
        transaction: number of the transaction.
        spare_bytes: bytes behind the body; an answer in place is as long as its request.
        pipe_flags: flags of the pipe's header.
    """

    kind: int
    body: bytes
    flags: int = REQUEST_FLAGS
    framework: Version = (0, 0)
    message: Version = (0, 0)
    status: int = 0
    transaction: int = 0
    spare_bytes: int = 0
    pipe_flags: int = 1


def write_packet(packet: IcPacket) -> bytes:
    """Write a packet.

    Args:
        packet: the packet.

    Returns:
        Its bytes, the pipe's header first; padding and spare bytes are zeros.

    Raises:
        LocalWireError: a number does not fit its field.
    """
    rest = packet.body + bytes(max(0, packet.spare_bytes))
    try:
        head = _HEADER.pack(
            packet.pipe_flags,
            HEADER_BYTES - PIPE_BYTES + len(rest),
            *packet.framework,
            packet.kind,
            *packet.message,
            len(packet.body),
            packet.status,
            packet.transaction,
            packet.flags,
            0,
        )
    except struct.error as error:
        raise LocalWireError(f"the header takes no such number: {error}") from None
    return head + rest


def read_packet(blob: bytes) -> IcPacket:
    """Read a packet.

    Args:
        blob: its bytes, the pipe's header first.

    Returns:
        The packet; padding and spare bytes are not looked at.

    Raises:
        RemoteWireError: `reason` is size: it is cut short, or its headers disagree with its length.
    """
    if len(blob) < HEADER_BYTES:
        raise RemoteWireError("size", f"{len(blob)} bytes are no packet")
    fields = _HEADER.unpack_from(blob)
    pipe_flags, pipe_size, major, minor, kind, message_major, message_minor, size = fields[:8]
    status, transaction, flags, _ = fields[8:]
    if pipe_size != len(blob) - PIPE_BYTES:
        raise RemoteWireError("size", f"the pipe says {pipe_size} bytes of {len(blob) - PIPE_BYTES}")
    spare = len(blob) - HEADER_BYTES - size
    if spare < 0:
        raise RemoteWireError("size", f"the header says {size} bytes, {-spare} are missing")
    body = blob[HEADER_BYTES : HEADER_BYTES + size]
    framework, message = (major, minor), (message_major, message_minor)
    return IcPacket(kind, body, flags, framework, message, status, transaction, spare, pipe_flags)
