"""Owns how a KVP message travels in a packet, how it is answered in place, and whether bytes answer it.

Must not know what a pool holds, or which request comes next.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import KvpMessage
from avma_sim.model.kvp_talk import Pools, VersionPair
from avma_sim.wire.ic_packet import (
    HEADER_BYTES,
    KVP_MESSAGES,
    NEGOTIATE,
    PIPE_BYTES,
    REQUEST_FLAGS,
    RESPONSE_FLAGS,
    IcPacket,
    read_packet,
    write_packet,
)
from avma_sim.wire.ic_versions import Offer, write_offer, write_picked
from avma_sim.wire.kvp_message import CHANNEL, write_message
from avma_sim.wire.kvp_text import KEY_BYTES

__all__ = [
    "PICKED_BYTES",
    "REMEMBERED_MAX",
    "GuestOutput",
    "answer_in_place",
    "answer_offer",
    "offer_versions",
    "read_request",
    "read_response",
    "write_request",
]

_PIPE_DATA: Final = 1
_KIND_AT: Final = 12
_SIZE_AT: Final = 18
_STATUS_AT: Final = 20
_TRANSACTION_AT: Final = 24
_FLAGS_AT: Final = 25
_RESPONSE: Final = bytes((RESPONSE_FLAGS,))
_ANSWERED: Final = b"\0" + _RESPONSE  # transaction and flags of an answer
PICKED_BYTES: Final = 16
_PICKED_SIZE: Final = PICKED_BYTES.to_bytes(2, "little")
_GET, _SET, _DELETE, _ENUMERATE, _, _SET_IP = range(6)
# What of a request comes back as it was, in place, from all that answer it.
_KEY_SIZE: Final = slice(HEADER_BYTES + 8, HEADER_BYTES + 12)
_KEY: Final = slice(HEADER_BYTES + 16, HEADER_BYTES + 16 + KEY_BYTES)
_ALL: Final = slice(HEADER_BYTES + 4, None)
_INDEX: Final = slice(HEADER_BYTES + 4, HEADER_BYTES + 8)
_RETURNED: Final = {
    _GET: (_KEY_SIZE, _KEY),
    _SET: (_ALL,),
    _DELETE: (_ALL,),
    _ENUMERATE: (_INDEX,),
    _SET_IP: (_ALL,),
}
# Hosts ask all guests the same: requests that were written or read once are known the next time.
REMEMBERED_MAX: Final = 1024


class GuestOutput(NamedTuple):
    """What a guest's end makes of what arrived.

    Args:
        blob: its answer; None for none.
        version: the versions that hold from now on; None before they are picked.
        pools: the items of its pools from now on.
        alive: whether its daemon still runs; False ends all answers until one registers anew.
    """

    blob: bytes | None
    version: VersionPair | None
    pools: Pools
    alive: bool = True


def offer_versions(offer: Offer) -> bytes:
    """Write the request that opens a channel.

    Args:
        offer: what the host offers.

    Returns:
        The packet.

    Raises:
        LocalWireError: the offer is empty, or too large.
    """
    return write_packet(IcPacket(NEGOTIATE, write_offer(offer)))


def write_request(message: KvpMessage, version: VersionPair) -> bytes:
    """Write a request.

    Args:
        message: what is asked.
        version: the versions that were picked.

    Returns:
        The packet.

    Raises:
        LocalWireError: the message cannot be written.
    """
    body = write_message(message, CHANNEL)
    return write_packet(IcPacket(KVP_MESSAGES, body, REQUEST_FLAGS, *version))


def read_request(blob: bytes) -> IcPacket:
    """Read what a host sent.

    Args:
        blob: the packet.

    Returns:
        The packet; its status and its reserved bytes mean nothing.

    Raises:
        RemoteWireError: `reason` is size, pipe, or flags (it is no request).
    """
    packet = read_packet(blob)
    if packet.pipe_flags != _PIPE_DATA:
        raise RemoteWireError("pipe", f"the pipe's flags are {packet.pipe_flags}, not {_PIPE_DATA}")
    if packet.flags != REQUEST_FLAGS:
        raise RemoteWireError("flags", f"flags {packet.flags} are no request's")
    return packet


def answer_in_place(request: bytes, status: int, body: bytes = b"") -> bytes:
    """Answer a request in its own bytes: as long as it was, and its own where nothing is returned.

    Args:
        request: the packet of the request.
        status: code; 0 for success.
        body: what is laid over the start of the request's body.

    Returns:
        The packet.
    """
    return b"".join(
        (
            request[:_STATUS_AT],
            status.to_bytes(4, "little"),
            request[_TRANSACTION_AT:_FLAGS_AT],
            _RESPONSE,
            request[_FLAGS_AT + 1 : HEADER_BYTES],
            body,
            request[HEADER_BYTES + len(body) :],
        )
    )


def answer_offer(request: bytes, picked: VersionPair | None) -> bytes:
    """Answer an offer in its own bytes.

    Args:
        request: the packet of the offer, with a body of 16 bytes or more.
        picked: the versions; None for no match.

    Returns:
        The packet, whose status is the request's; the rest of the offer's list lies behind its body.
    """
    sized = request[:_SIZE_AT] + _PICKED_SIZE + request[_STATUS_AT:]
    status = int.from_bytes(request[_STATUS_AT:_TRANSACTION_AT], "little")
    return answer_in_place(sized, status, write_picked(picked))


def read_response(request: bytes, blob: bytes) -> str:
    """Judge whether bytes answer a request.

    Args:
        request: the packet of the request.
        blob: what arrived.

    Returns:
        Nothing if they do, else why not: they are another packet's, such as a second answer to an
        earlier request (no number tells requests apart).

    Raises:
        RemoteWireError: they can be nobody's answer; `reason` is size or pipe.
    """
    offer = request[_KIND_AT] == NEGOTIATE
    head = request[:_SIZE_AT] + _PICKED_SIZE if offer else request[:_STATUS_AT]
    if (
        blob[:_STATUS_AT] != head
        or blob[_TRANSACTION_AT : _TRANSACTION_AT + 2] != _ANSWERED
        or len(blob) != len(request)
    ):
        return _judge_head(request, blob)
    if offer:
        return ""
    operation = request[HEADER_BYTES]
    if blob[HEADER_BYTES] != operation:
        return "another operation"
    if blob[HEADER_BYTES + 1] != request[HEADER_BYTES + 1]:
        return "another pool"
    for span in _RETURNED.get(operation, ()):
        if blob[span] != request[span]:
            return "another index" if operation == _ENUMERATE else "another key or value"
    return ""


def _judge_head(request: bytes, blob: bytes) -> str:
    """Say what is wrong with a head that is not the one expected."""
    asked, found = read_packet(request), read_packet(blob)
    if found.pipe_flags != asked.pipe_flags:
        raise RemoteWireError("pipe", f"the pipe's flags are {found.pipe_flags}, not {asked.pipe_flags}")
    if found.flags != RESPONSE_FLAGS:
        return "not a response"
    if found.kind != asked.kind:
        return "another kind of message"
    if found.transaction != asked.transaction:
        return "another transaction"
    if (found.framework, found.message) != (asked.framework, asked.message):
        return "other versions"
    if found.kind == KVP_MESSAGES and found.body[:1] != asked.body[:1]:
        return "another operation"
    raise RemoteWireError("size", f"{len(blob) - PIPE_BYTES} bytes, {len(found.body)} of them a body")
