"""Tests a Windows guest's end: versions, each operation on each pool, what has no answer."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from avma_sim.wire.ic_packet import IcPacket, read_packet, write_packet
from avma_sim.wire.ic_versions import Offer, read_picked, write_offer
from avma_sim.wire.kvp_channel import answer_in_place, offer_versions, write_request
from avma_sim.wire.kvp_guest import guest_answer
from avma_sim.wire.kvp_message import CHANNEL, read_message

FRAMEWORKS, MESSAGES = ((3, 0), (1, 0)), ((5, 0), (4, 0))
VERSION = ((3, 0), (5, 0))
OK, NO_MORE, INVALID, UNSUPPORTED = 0, 0x80070103, 0x80070057, 0x80070032
POOLS = (
    (KvpItem("a", "1"), KvpItem("b", "2"), KvpItem("a", "3")),
    (KvpItem("own", "mine"),),
    (KvpItem("OSName", "Windows Server 2022"), KvpItem("OSVersion", "10.0.20348")),
    (KvpItem("HostName", "hv1"),),
    (KvpItem("secret", "s"),),
)
TEXT = KvpValue(1, "new")
IP = IpInfo("00:15")


def ask(message, pools=POOLS, version=VERSION, change=lambda blob: blob):
    """Send a message; return its answer's status and body, and the pools after it."""
    blob = change(write_request(message, VERSION))
    out = guest_answer(FRAMEWORKS, MESSAGES, version, pools, blob)
    assert out.version == version
    assert out.alive
    if out.blob is None:
        assert out.pools is pools
        return None
    assert len(out.blob) == len(blob)
    assert (out.blob[:20], out.blob[24:25], out.blob[26:28]) == (blob[:20], blob[24:25], blob[26:28])
    assert out.blob[25] == 5
    (status,) = struct.unpack_from("<I", out.blob, 20)
    if status:
        assert out.blob[28:] == blob[28:]
    return status, out.blob[28:], out.pools


def over(at, new):
    return lambda blob: blob[:at] + new + blob[at + len(new) :]


def offer(frameworks, messages, version=None):
    return guest_answer(
        FRAMEWORKS, MESSAGES, version, POOLS, offer_versions(Offer(tuple(frameworks), tuple(messages)))
    )


def test_versions_are_picked_by_the_guests_liking():
    out = offer([(1, 0), (3, 0)], [(3, 0), (4, 0), (5, 0)])
    assert out.version == VERSION
    packet = read_packet(out.blob)
    assert (packet.kind, packet.flags, read_picked(packet.body)) == (0, 5, VERSION)
    assert offer([(1, 0)], [(5, 0), (4, 0)]).version == ((1, 0), (5, 0))


def test_no_versions_in_common():
    out = offer([(3, 0)], [(9, 0)], VERSION)
    assert out.version is None
    assert read_picked(read_packet(out.blob).body) is None


@pytest.mark.parametrize("body", [b"", bytes(8), bytes(15), struct.pack("<HHI", 9, 9, 0) + bytes(8)])
def test_an_unreadable_offer_has_no_answer(body):
    out = guest_answer(FRAMEWORKS, MESSAGES, VERSION, POOLS, write_packet(IcPacket(0, body)))
    assert out == (None, VERSION, POOLS, True)


def test_nothing_is_answered_before_versions_are_picked():
    assert ask(EnumerateItem(1, 0)) is not None
    assert ask(EnumerateItem(1, 0), version=None) is None
    assert ask(SetItem(0, "a", TEXT), version=None) is None


@pytest.mark.parametrize("other", [((1, 0), (5, 0)), ((3, 0), (4, 0))])
def test_messages_of_other_versions_have_no_answer(other):
    assert ask(EnumerateItem(1, 0), version=other) is None


@pytest.mark.parametrize(
    "change", [over(0, b"\0"), over(4, b"\0"), over(12, b"\3"), over(25, b"\5"), lambda b: b[:27]]
)
def test_what_is_no_request_has_no_answer(change):
    assert ask(EnumerateItem(1, 0), change=change) is None


def test_its_own_answer_has_no_answer():
    blob = answer_in_place(write_request(EnumerateItem(1, 0), VERSION), 0)
    assert guest_answer(FRAMEWORKS, MESSAGES, VERSION, POOLS, blob).blob is None


@pytest.mark.parametrize("pool", [0, 1, 2, 3])
def test_enumeration(pool):
    for index, item in enumerate(POOLS[pool]):
        status, body, pools = ask(EnumerateItem(pool, index))
        assert (status, pools) == (OK, POOLS)
        assert read_message(body, CHANNEL) == EnumerateItem(pool, index, item.key, KvpValue(1, item.value))
    assert ask(EnumerateItem(pool, len(POOLS[pool])))[0] == NO_MORE
    assert ask(EnumerateItem(pool, 2**32 - 1))[0] == NO_MORE


def test_layout_of_an_enumerated_item():
    _, body, _ = ask(EnumerateItem(1, 0))
    assert struct.unpack_from("<BBHIIII", body) == (3, 1, 0, 0, 1, 8, 10)
    assert body[20:532] == "own".encode("utf-16-le").ljust(512, b"\0")
    assert body[532:] == "mine".encode("utf-16-le").ljust(2048, b"\0")


@pytest.mark.parametrize("pool", [0, 1, 2, 3])
def test_get(pool):
    item = POOLS[pool][0]
    status, body, pools = ask(GetItem(pool, item.key))
    assert (status, pools) == (OK, POOLS)
    assert read_message(body, CHANNEL) == GetItem(pool, item.key, KvpValue(1, item.value))
    assert ask(GetItem(pool, "nothing"))[0] == NO_MORE
    assert ask(GetItem(pool, "O" + item.key))[0] == NO_MORE


@pytest.mark.parametrize("pool", [0, 3])
def test_set_adds_at_the_end_and_replaces_in_place(pool):
    status, _, pools = ask(SetItem(pool, "new", TEXT))
    assert (status, pools[pool]) == (OK, (*POOLS[pool], KvpItem("new", "new")))
    assert pools[:pool] + pools[pool + 1 :] == POOLS[:pool] + POOLS[pool + 1 :]
    first, *others = POOLS[pool]
    _, _, pools = ask(SetItem(pool, first.key, TEXT))
    assert pools[pool] == (KvpItem(first.key, "new"), *others)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (KvpValue(1, ""), ""),
        (KvpValue(2, "%x%"), "%x%"),
        (KvpValue(4, 2**32 - 1), "4294967295"),
        (KvpValue(11, 2**63), "9223372036854775808"),
        (KvpValue(1, None), None),
        (KvpValue(4, None), None),
        (KvpValue(0, "untyped"), None),
        (KvpValue(8, 7), None),
    ],
)
def test_types_of_values(value, text):
    status, _, pools = ask(SetItem(3, "k", value))
    if text is None:
        assert (status, pools) == (INVALID, POOLS)
    else:
        assert (status, pools[3][1:]) == (OK, (KvpItem("k", text),))


def test_delete_shifts_the_indices():
    status, _, pools = ask(DeleteItem(0, "a"))
    assert (status, pools) == (OK, (POOLS[0][1:], *POOLS[1:]))
    assert read_message(ask(EnumerateItem(0, 0), pools)[1], CHANNEL).key == "b"
    assert ask(DeleteItem(0, "c"))[::2] == (NO_MORE, POOLS)
    assert ask(DeleteItem(3, "HostName"))[2] == (*POOLS[:3], (), POOLS[4])


@pytest.mark.parametrize("pool", [1, 2])
@pytest.mark.parametrize("key", ["own", "OSName", "new"])
def test_a_host_writes_no_pool_of_the_guests_own(pool, key):
    assert ask(SetItem(pool, key, TEXT))[::2] == (UNSUPPORTED, POOLS)
    assert ask(DeleteItem(pool, key))[::2] == (UNSUPPORTED, POOLS)


@pytest.mark.parametrize(
    "message", [EnumerateItem(4, 0), GetItem(4, "secret"), SetItem(4, "k", TEXT), DeleteItem(4, "secret")]
)
def test_the_last_pool_is_never_on_the_wire(message):
    assert ask(message)[::2] == (INVALID, POOLS)


@pytest.mark.parametrize("message", [GetItem(0, None), SetItem(0, None, TEXT), DeleteItem(0, None)])
def test_a_key_is_needed(message):
    assert ask(message)[::2] == (INVALID, POOLS)


@pytest.mark.parametrize("message", [GetIp(0, IP), SetIp(0, IP)])
def test_addresses_are_not_simulated(message):
    assert ask(message)[::2] == (UNSUPPORTED, POOLS)


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (28, b"\6"),  # operation
        (28, b"\5"),  # size of another operation
        (29, b"\5"),  # pool
        (32, b"\3"),  # type
        (36, b"\5"),  # odd key
        (36, b"\2"),  # no NUL
        (36, b"\6"),  # early NUL
        (36, b"\2\2"),  # key of 514 bytes
        (40, b"\2\x08"),  # value of 2050 bytes
        (44, b"\0\xd8"),  # half a pair
    ],
)
def test_messages_that_cannot_be_read_are_refused(at, new):
    set_item = SetItem(0, "a", KvpValue(1, "v"))
    assert ask(set_item)[0] == OK
    assert ask(set_item, change=over(at, new))[::2] == (INVALID, POOLS)


@pytest.mark.parametrize("size", [0, 4, 2579, 2581])
def test_bodies_of_other_sizes_are_refused(size):
    blob = write_packet(IcPacket(2, b"\3\1\0\0".ljust(size, b"\0")[:size], 3, *VERSION))
    out = guest_answer(FRAMEWORKS, MESSAGES, VERSION, POOLS, blob)
    assert out.blob is not None
    assert (len(out.blob), out.blob[20:24]) == (28 + size, struct.pack("<I", INVALID))


def test_an_answer_is_as_long_as_its_request():
    blob = write_packet(
        IcPacket(2, write_request(EnumerateItem(1, 0), VERSION)[28:], 3, *VERSION, spare_bytes=9)
    )
    out = guest_answer(FRAMEWORKS, MESSAGES, VERSION, POOLS, blob)
    assert read_packet(out.blob).spare_bytes == 9
    offered = write_packet(IcPacket(0, write_offer(Offer(FRAMEWORKS, MESSAGES)), spare_bytes=5))
    assert len(guest_answer(FRAMEWORKS, MESSAGES, None, POOLS, offered).blob) == len(offered)


def test_the_requests_transaction_and_status_come_back():
    out = guest_answer(
        FRAMEWORKS,
        MESSAGES,
        VERSION,
        POOLS,
        over(20, b"\1\1\1\1\7")(write_request(EnumerateItem(1, 0), VERSION)),
    )
    assert out.blob is not None
    assert out.blob[20:26] == b"\0\0\0\0\7\5"


@pytest.mark.parametrize(
    ("item", "key", "value"),
    [
        (KvpItem("k" * 254, "v" * 1022), "k" * 254, "v" * 1022),
        (KvpItem("k" * 255, "v" * 1023), "k" * 254, "v" * 1022),
        (KvpItem("k" * 253 + "\U0001f600", "v" * 1021 + "\U0001f600"), "k" * 253, "v" * 1021),
        (KvpItem("a\0b", "a\ud800b"), "a", "ab"),
        (KvpItem("", ""), "", ""),
    ],
)
def test_what_is_too_long_is_cut_and_stays_readable(item, key, value):
    pools = ((), (item,), (), (), ())
    status, body, _ = ask(EnumerateItem(1, 0), pools)
    assert (status, read_message(body, CHANNEL)) == (OK, EnumerateItem(1, 0, key, KvpValue(1, value)))


@given(st.text(st.characters(), max_size=1100), st.text(st.characters(), max_size=300))
def test_the_host_can_read_every_item(value, key):
    _, body, _ = ask(EnumerateItem(1, 0), ((), (KvpItem(key, value),), (), (), ()))
    read = read_message(body, CHANNEL)
    assert len(read.key.encode("utf-16-le")) <= 508
    assert len(read.value.content.encode("utf-16-le")) <= 2044
