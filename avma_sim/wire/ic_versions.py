"""Owns the talk about versions that opens a channel: what a host offers, what a guest picks.

Must not know the packet around it, or a service's own messages.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.wire.ic_packet import Version

__all__ = [
    "LINUX_FRAMEWORKS",
    "LINUX_MESSAGES",
    "Offer",
    "pick",
    "read_offer",
    "read_picked",
    "write_offer",
    "write_picked",
]

# In the order of its liking.
LINUX_FRAMEWORKS: Final[tuple[Version, ...]] = ((3, 0), (1, 0))
LINUX_MESSAGES: Final[tuple[Version, ...]] = ((4, 0), (3, 0), (1, 0))

_COUNTS: Final = struct.Struct("<HHI")
_VERSION: Final = struct.Struct("<HH")
_VERSIONS_MAX: Final = 100
_PICKED_BYTES: Final = _COUNTS.size + 2 * _VERSION.size


@attrs.frozen
class Offer:
    """The versions that a host offers.

    Args:
        frameworks: of the framing, at least one.
        messages: of the service's messages, at least one.
    """

    frameworks: tuple[Version, ...]
    messages: tuple[Version, ...]


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
