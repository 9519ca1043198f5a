"""Byte attack on requests: one of each kind, every byte of it, at a Windows and at a Linux guest."""

from __future__ import annotations

import struct

import pytest

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import (
    DeleteItem,
    EnumerateItem,
    GetIp,
    GetItem,
    IpInfo,
    KvpItem,
    KvpValue,
    SetIp,
    SetItem,
)
from avma_sim.wire.ic_packet import read_packet
from avma_sim.wire.ic_versions import Offer, pick, read_offer
from avma_sim.wire.kvp_channel import offer_versions, write_request
from avma_sim.wire.kvp_guest import guest_answer
from avma_sim.wire.kvp_linux import kernel_request, linux_answer
from avma_sim.wire.kvp_message import CHANNEL, read_message, write_message

FRAMEWORKS, MESSAGES = ((3, 0), (1, 0)), ((5, 0), (4, 0))
VERSION = ((3, 0), (4, 0))
ITEM = KvpItem("key", "va")
POOLS = ((ITEM,), (ITEM,), (ITEM,), (KvpItem("key", "old"), ITEM), (ITEM,))
IP = IpInfo("0:1", 1, True, "a", "b", "c", "d")
HEAD = frozenset(range(28))
# Nothing depends on a request's status, its reserved bytes, or the padding of a message about items.
UNREAD = frozenset((20, 21, 22, 23, 26, 27))
PADDING = frozenset((30, 31))
OFFER = offer_versions(Offer(((1, 0), (3, 0)), ((3, 0), (4, 0))))

IP_SPANS = [(0, 10), (258, 264), (2308, 2312), (4356, 4360), (5380, 5384)]
# Kind: message, status at Windows, where its sizes and texts with their NUL lie in the body.
KINDS = {
    "get": (GetItem(1, "key"), 0, [(0, 24)]),
    "set": (SetItem(3, "key", KvpValue(1, "va")), 0, [(0, 24), (528, 534)]),
    "set number": (SetItem(3, "key", KvpValue(4, 7)), 0, [(0, 24), (528, 532)]),
    "delete": (DeleteItem(3, "key"), 0, [(0, 16)]),
    "enumerate": (EnumerateItem(1, 0), 0, [(0, 20)]),
    "get ip": (GetIp(0, IP), 0x80070032, IP_SPANS),
    "set ip": (SetIp(0, IP), 0x80070032, IP_SPANS),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def windows(blob):
    return guest_answer(FRAMEWORKS, MESSAGES, VERSION, POOLS, blob)


def linux(blob):
    return linux_answer(VERSION, POOLS, (ITEM,), blob)


def meant(spans):
    return HEAD | {28 + at for first, end in spans for at in range(first, end)}


def unread(message):
    return UNREAD if isinstance(message, GetIp | SetIp) else UNREAD | PADDING


def status_of(blob):
    return struct.unpack_from("<I", blob, 20)[0]


def read(blob):
    """Return the message that bytes say; None for none."""
    try:
        return read_message(read_packet(blob).body, CHANNEL)
    except RemoteWireError:
        return None


@each_kind
def test_every_byte_at_a_windows_guest(kind, altered):
    message, status, spans = KINDS[kind]
    blob, places = write_request(message, VERSION), meant(spans)
    good = windows(blob)
    assert status_of(good.blob) == status
    assert (good.pools != POOLS) == isinstance(message, SetItem | DeleteItem)
    for at, spoilt in altered(blob, places):
        out = windows(spoilt)
        assert out.version == VERSION
        if out.blob is None:
            assert at in HEAD - UNREAD
            assert out.pools is POOLS
            continue
        assert len(out.blob) == len(blob)
        assert out.blob[25] == 5
        said = read(spoilt)
        if at in unread(message) or at not in places:
            assert said == message
            assert (status_of(out.blob), out.pools) == (status, good.pools)
        elif at != 24:
            # It is refused, or it says something else, which its bytes have in their one form.
            assert said != message
            assert said is None or read_message(write_message(said, CHANNEL), CHANNEL) == said
            if said is None:
                assert status_of(out.blob) == 0x80070057
                assert out.blob[28:] == spoilt[28:]
        if status_of(out.blob):
            assert out.pools is POOLS


def test_every_byte_of_an_offer_at_a_windows_guest(altered):
    good = windows(OFFER)
    assert good.version == VERSION
    for at, spoilt in altered(OFFER, HEAD | set(range(28, len(OFFER)))):
        out = windows(spoilt)
        assert out.pools is POOLS
        if out.blob is None:
            assert out.version == VERSION
            assert at not in UNREAD
            continue
        assert len(out.blob) == len(OFFER)
        assert out.version == pick(read_offer(read_packet(spoilt).body), FRAMEWORKS, MESSAGES)


def test_nothing_but_a_request_is_answered_before_versions_are_picked(altered):
    blob = write_request(KINDS["set"][0], VERSION)
    assert guest_answer(FRAMEWORKS, MESSAGES, None, POOLS, OFFER).version == VERSION
    for _, spoilt in altered(blob, meant([(0, 24)])):
        out = guest_answer(FRAMEWORKS, MESSAGES, None, POOLS, spoilt)
        assert out == (None, None, POOLS, True)


@each_kind
def test_every_byte_at_a_linux_guest(kind, altered):
    message, _, spans = KINDS[kind]
    blob, places = write_request(message, VERSION), meant(spans)
    good, asked = linux(blob), kernel_request(VERSION, blob)
    assert good.blob is not None
    assert asked.kind == "ask"
    for at, spoilt in altered(blob, places):
        out = linux(spoilt)
        if out.blob is None:
            # Another service's packet, or a daemon that is dead: a pool or an index that is none.
            assert at in {12, 13} or not out.alive
            assert out.alive or at in {29, 35}
            assert out.pools is POOLS
            continue
        assert len(out.blob) == len(blob)
        assert out.blob[25] == 5
        if at in unread(message) or at in HEAD - {12, 13} or at not in places:
            assert out.pools == good.pools
            assert kernel_request(VERSION, spoilt) == asked
