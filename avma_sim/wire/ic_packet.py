"""Owns the packets of integration services: pipe and service headers, and the talk about versions.

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
    "LINUX_FRAMEWORKS",
    "LINUX_MESSAGES",
    "NEGOTIATE",
    "PIPE_BYTES",
    "REQUEST_FLAGS",
    "RESPONSE_FLAGS",
    "IcPacket",
    "Offer",
    "Version",
    "pick",
    "read_offer",
    "read_packet",
    "read_picked",
    "write_offer",
    "write_packet",
    "write_picked",
]

Version: TypeAlias = tuple[int, int]

NEGOTIATE: Final = 0
KVP_MESSAGES: Final = 2
REQUEST_FLAGS: Final = 3  # transaction and request
RESPONSE_FLAGS: Final = 5  # transaction and response
# In the order of its liking.
LINUX_FRAMEWORKS: Final[tuple[Version, ...]] = ((3, 0), (1, 0))
LINUX_MESSAGES: Final[tuple[Version, ...]] = ((4, 0), (3, 0), (1, 0))

_HEADER: Final = struct.Struct("<IIHHHHHHIBBH")
_PIPE: Final = struct.Struct("<II")
HEADER_BYTES: Final = _HEADER.size
PIPE_BYTES: Final = _PIPE.size
_COUNTS: Final = struct.Struct("<HHI")
_VERSION: Final = struct.Struct("<HH")
_VERSIONS_MAX: Final = 100
_PICKED_BYTES: Final = _COUNTS.size + 2 * _VERSION.size


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


@attrs.frozen
class Offer:
    """The versions that a host offers.

    Args:
        frameworks: of the framing, at least one.
        messages: of the service's messages, at least one.
    """

    frameworks: tuple[Version, ...]
    messages: tuple[Version, ...]


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


def write_offer(offer: Offer) -> bytes:
    """Write the body of an offer.

    Args:
        offer: the versions.

    Returns:
        The body.

    Raises:
        LocalWireError: a list is empty or above 100, or a number above 16 bits.
    """
    counts = len(offer.frameworks), len(offer.messages)
    if not all(1 <= count <= _VERSIONS_MAX for count in counts):
        raise LocalWireError(f"an offer has 1 to {_VERSIONS_MAX} versions of each kind, not {counts}")
    try:
        found = [_VERSION.pack(*each) for each in (*offer.frameworks, *offer.messages)]
    except struct.error:
        raise LocalWireError(f"a version has two numbers of 16 bits: {offer}") from None
    return _COUNTS.pack(*counts, 0) + b"".join(found)


def read_offer(body: bytes) -> Offer:
    """Read the body of an offer.

    Args:
        body: the body.

    Returns:
        The versions.

    Raises:
        RemoteWireError: `reason` is counts (none, or above 100) or size.
    """
    first, second, versions = _read_counts(body)
    if not (1 <= first <= _VERSIONS_MAX and 1 <= second <= _VERSIONS_MAX):
        raise RemoteWireError("counts", f"{first} and {second} versions, not 1 to {_VERSIONS_MAX}")
    if len(versions) != _VERSION.size * (first + second):
        raise RemoteWireError("size", f"{len(versions)} bytes of {first + second} versions")
    found = tuple((major, minor) for major, minor in _VERSION.iter_unpack(versions))
    return Offer(found[:first], found[first:])


def pick(
    offer: Offer, frameworks: tuple[Version, ...], messages: tuple[Version, ...]
) -> tuple[Version, Version] | None:
    """Choose from an offer, as a guest does.

    Args:
        offer: what the host offers.
        frameworks: the framings that the guest knows, the one it likes best first.
        messages: likewise of messages.

    Returns:
        Framework and message version; None where either has no match.
    """
    framework = next((each for each in frameworks if each in offer.frameworks), None)
    message = next((each for each in messages if each in offer.messages), None)
    return None if framework is None or message is None else (framework, message)


def write_picked(picked: tuple[Version, Version] | None) -> bytes:
    """Write the body of the answer to an offer.

    Args:
        picked: framework and message version; None for no match.

    Returns:
        16 bytes.

    Raises:
        LocalWireError: a number is above 16 bits.
    """
    if picked is None:
        return bytes(_PICKED_BYTES)
    return write_offer(Offer(picked[:1], picked[1:]))


def read_picked(body: bytes) -> tuple[Version, Version] | None:
    """Read the body of the answer to an offer.

    Args:
        body: the body.

    Returns:
        Framework and message version; None for no match.

    Raises:
        RemoteWireError: `reason` is counts (neither one each nor none) or size.
    """
    if len(body) != _PICKED_BYTES:
        raise RemoteWireError("size", f"{len(body)} bytes, an answer has {_PICKED_BYTES}")
    first, second, _ = _read_counts(body)
    if not first and not second:
        return None
    if (first, second) != (1, 1):
        raise RemoteWireError("counts", f"{first} and {second} versions are picked")
    offer = read_offer(body)
    return offer.frameworks[0], offer.messages[0]


def _read_counts(body: bytes) -> tuple[int, int, bytes]:
    if len(body) < _COUNTS.size:
        raise RemoteWireError("size", f"{len(body)} bytes are no talk about versions")
    first, second, _ = _COUNTS.unpack_from(body)
    return first, second, body[_COUNTS.size :]
