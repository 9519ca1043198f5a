"""Tests the Linux kernel between channel and device: texts, numbers, statuses, and its loose reading."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from avma_sim.wire.ic_packet import IcPacket, read_packet, write_packet
from avma_sim.wire.ic_versions import Offer, read_picked
from avma_sim.wire.kvp_channel import answer_in_place, offer_versions, read_response, write_request
from avma_sim.wire.kvp_device import DeviceAnswer, write_answer
from avma_sim.wire.kvp_linux import kernel_answer, kernel_request, kernel_silence, linux_answer
from avma_sim.wire.kvp_message import CHANNEL, DEVICE, read_message, write_message

VERSION = ((3, 0), (4, 0))
OK, FAILED, NO_MORE = 0, 0x80004005, 0x80070103
AUTO = (KvpItem("FullyQualifiedDomainName", "l1.lab"), KvpItem("OSName", "Debian"))
POOLS = ((), (KvpItem("own", "mine"),), (), (KvpItem("HostName", "hv1"),), ())
SMILE = "\U0001f600"
IP = IpInfo("00:15", 3, True, "10.0.0.1;fe80::1", "255.0.0.0;/64", "10.0.0.2;", "10.0.0.3;")
WALK = write_request(EnumerateItem(1, 7), VERSION)


def over(blob, at, new):
    return blob[:at] + new + blob[at + len(new) :]


def device(message):
    """Return what the daemon gets of a message."""
    kind, blob, version = kernel_request(VERSION, write_request(message, VERSION))
    assert (kind, version, len(blob)) == ("ask", VERSION, 7432)
    return blob


def said(status=0, key=b"", text=b""):
    """Build a daemon's answer to an enumeration."""
    return over(over(struct.pack("<I", status) + bytes(7428), 20, key), 532, text)


def ask(message, pools=POOLS):
    blob = write_request(message, VERSION)
    out = linux_answer(VERSION, pools, AUTO, blob)
    assert out.alive
    assert out.blob is not None
    assert read_response(blob, out.blob) == ""
    return struct.unpack_from("<I", out.blob, 20)[0], out.blob[28:], out.pools


def test_linux_picks_what_it_likes_best():
    blob = offer_versions(Offer(((1, 0), (3, 0)), ((3, 0), (4, 0), (5, 0))))
    kind, answer, version = kernel_request(None, blob)
    packet = read_packet(answer)
    assert (kind, version, read_picked(packet.body)) == ("answer", VERSION, VERSION)
    assert (len(answer), packet.flags, answer[44:]) == (len(blob), 5, blob[44:])
    assert linux_answer(None, POOLS, AUTO, blob) == (answer, VERSION, POOLS, True)


@pytest.mark.parametrize(
    "body",
    [
        struct.pack("<HHIHHHH", 1, 1, 0, 3, 0, 5, 0),
        struct.pack("<HHIHHHH", 1, 1, 0, 2, 0, 4, 0),
        struct.pack("<HHIHHHH", 101, 1, 0, 3, 0, 4, 0) + bytes(400),
        struct.pack("<HHIHHHH", 2, 1, 0, 3, 0, 4, 0),
        bytes(16),
    ],
)
def test_offers_without_a_match(body):
    _, answer, version = kernel_request(VERSION, write_packet(IcPacket(0, body)))
    assert version is None
    assert read_picked(read_packet(answer).body) is None


def test_what_is_behind_an_offers_lists_does_not_count():
    body = struct.pack("<HHIHHHH", 1, 1, 0, 3, 0, 4, 0) + b"\xff" * 9
    assert kernel_request(None, write_packet(IcPacket(0, body))).version == VERSION


@pytest.mark.parametrize("size", [0, 3, 15])
def test_an_answer_to_a_short_offer_is_as_short(size):
    blob = write_packet(IcPacket(0, b"\1\0\1\0".ljust(size, b"\0")[:size]))
    kind, answer, version = kernel_request(None, blob)
    assert (kind, len(answer), version) == ("answer", len(blob), None)


@pytest.mark.parametrize("blob", [b"", WALK[:27], over(WALK, 12, b"\3"), over(WALK, 12, b"\1")])
def test_what_has_no_answer(blob):
    assert kernel_request(VERSION, blob) == ("nothing", b"", VERSION)
    assert linux_answer(VERSION, POOLS, AUTO, blob) == (None, VERSION, POOLS, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda blob: over(blob, 0, b"\xff" * 12),
        lambda blob: over(blob, 14, b"\xff" * 14),
        lambda blob: blob + b"\0",
        lambda blob: blob[:60],
    ],
)
def test_it_looks_at_no_versions_no_flags_and_no_sizes(change):
    blob = kernel_request(VERSION, WALK)
    assert kernel_request(VERSION, change(WALK)) == blob
    assert kernel_request(None, change(WALK)) == (blob.kind, blob.blob, None)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (EnumerateItem(2, 9), EnumerateItem(2, 9)),
        (GetItem(1, "key"), GetItem(1, "key")),
        (DeleteItem(3, f"k{SMILE}"), DeleteItem(3, f"k{SMILE}")),
        (SetItem(3, "key", KvpValue(1, f"v{SMILE}")), SetItem(3, "key", KvpValue(0, f"v{SMILE}"))),
        (SetItem(3, "key", KvpValue(4, 2**32 - 1)), SetItem(3, "key", KvpValue(0, "4294967295"))),
        (SetItem(3, "key", KvpValue(8, 2**64 - 1)), SetItem(3, "key", KvpValue(0, "18446744073709551615"))),
        (SetItem(3, "key", KvpValue(11, 7)), SetItem(3, "key", KvpValue(0, None))),
        (SetItem(3, "key", KvpValue(2, "%x%")), SetItem(3, "key", KvpValue(0, None))),
        (SetItem(3, None, KvpValue(1, None)), SetItem(3, "", KvpValue(0, ""))),
        (GetIp(0, IP), GetIp(0, IpInfo("00:15", 3))),
        (SetIp(0, IP), SetIp(0, IP)),
    ],
    ids=repr,
)
def test_requests_reach_the_device(message, expected):
    assert device(message) == write_message(expected, DEVICE)


def test_texts_are_cut_to_the_devices_fields():
    blob = device(SetItem(3, "\u4100" * 255, KvpValue(1, "\u4100" * 1023)))
    assert struct.unpack_from("<II", blob, 8) == (511, 2047)
    assert blob[16:528] == ("\u4100" * 170).encode().ljust(512, b"\0")
    assert blob[528:2576] == ("\u4100" * 682).encode().ljust(2048, b"\0")
    blob = device(SetItem(3, "kk" + "\u4100" * 170, KvpValue(1, "vv" + "\u4100" * 682)))
    assert struct.unpack_from("<II", blob, 8) == (2 + 169 * 3 + 1, 2 + 681 * 3 + 1)
    blob = device(DeleteItem(3, "k" + "\u4100" * 254))
    assert blob[4:520] == struct.pack("<I", 512) + ("k" + "\u4100" * 170).encode() + b"\0"


def test_loose_texts():
    blob = write_request(SetItem(3, "ab", KvpValue(1, "v")), VERSION)

    def key(change, size=6):
        changed = over(over(blob, 36, struct.pack("<I", size)), 44, change)
        got = kernel_request(VERSION, changed).blob
        return got[16 : 15 + struct.unpack_from("<I", got, 8)[0]]

    assert key(b"") == b"ab"
    assert key("a\ud800b".encode("utf-16-le", "surrogatepass")) == b"ab"
    assert key("abcdefgh".encode("utf-16-le"), 7) == b"abcdefg"  # it counts units, not bytes
    assert key("abcdefgh".encode("utf-16-le"), 99) == b"abcdefgh"
    assert key(b"", 0) == b""
    assert key(b"", 2**31) == b""
    assert key("k".encode("utf-16-le") * 256, 2**31 - 1) == b"k" * 256 + b"v"  # runs on into the value


def test_an_unknown_operation_goes_through_and_comes_back_as_an_empty_item():
    blob = over(WALK, 28, b"\x09")
    kind, asked, _ = kernel_request(VERSION, blob)
    assert (kind, asked) == ("ask", b"\x09\1".ljust(7432, b"\0"))
    out = linux_answer(VERSION, POOLS, AUTO, blob)
    assert out.blob is not None
    assert out.blob[20:24] == bytes(4)
    assert struct.unpack_from("<III", out.blob, 36) == (1, 2, 2)


def test_enumeration_through_the_device():
    status, body, pools = ask(EnumerateItem(1, 0))
    assert (status, pools) == (OK, POOLS)
    assert read_message(body, CHANNEL) == EnumerateItem(1, 0, "own", KvpValue(1, "mine"))
    assert read_message(ask(EnumerateItem(2, 1))[1], CHANNEL).value.content == "Debian"
    status, body, _ = ask(EnumerateItem(1, 1))
    assert (status, body) == (NO_MORE, write_request(EnumerateItem(1, 1), VERSION)[28:])


def test_set_and_delete_through_the_device():
    message = SetItem(3, "n", KvpValue(4, 7))
    status, body, pools = ask(message)
    assert (status, body) == (OK, write_message(message, CHANNEL))
    assert pools[3] == (*POOLS[3], KvpItem("n", "7"))
    assert ask(DeleteItem(3, "n"), pools)[::2] == (OK, POOLS)
    assert ask(DeleteItem(3, "n"))[::2] == (NO_MORE, POOLS)
    # Pools that a Windows guest refuses are open here.
    assert ask(SetItem(1, "own", KvpValue(1, "x")))[2][1] == (KvpItem("own", "x"),)


def test_get_is_of_no_use():
    status, body, _ = ask(GetItem(1, "own"))
    assert (status, read_message(body, CHANNEL)) == (OK, GetItem(1, "own", KvpValue(1, "")))
    assert ask(GetItem(1, "none"))[0] == NO_MORE
    # It looks four bytes behind where a daemon writes.
    answer = kernel_answer(
        write_request(GetItem(1, "own"), VERSION), write_answer(GetItem, DeviceAnswer(0, POOLS[1][0]))
    )
    assert read_message(answer[28:], CHANNEL).value.content == ""
    answer = kernel_answer(
        write_request(GetItem(1, "own"), VERSION),
        write_answer(GetItem, DeviceAnswer(0, KvpItem("own", "longer"))),
    )
    assert read_message(answer[28:], CHANNEL).value.content == "er"


def test_a_type_that_matches_no_case_keeps_the_old_value():
    assert ask(SetItem(3, "HostName", KvpValue(11, 7)))[2] == POOLS
    assert ask(SetItem(3, "new", KvpValue(11, 7)))[2][3][-1] == KvpItem("new", "")


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        (b"k" * 254, b"v" * 1022, ("k" * 254, "v" * 1022)),
        (b"k" * 300, b"v" * 1100, ("k" * 254, "v" * 1022)),
        (b"k" * 253 + SMILE.encode(), b"v" * 1021 + SMILE.encode(), ("k" * 253, "v" * 1021)),
        (b"k\0rest", b"v\0rest", ("k", "v")),
        (b"", b"", ("", "")),
        (b"\xc3\xa9" * 100 + b"k" * 312, b"v", ("\u00e9" * 100 + "k" * 154, "v")),
        (b"\xe4\x84\x80" * 170 + b"kk", b"", ("\u4100" * 170 + "kk", "")),
        (b"k" * 254 + b"\xff", b"v" * 1022 + b"\xff", ("k" * 254, "v" * 1022)),
    ],
)
def test_what_a_host_hears(key, text, expected):
    answer = kernel_answer(WALK, said(0, key, text))
    message = read_message(answer[28:], CHANNEL)
    assert message == EnumerateItem(1, 7, expected[0], KvpValue(1, expected[1]))
    assert answer[20:24] == bytes(4)


def test_a_key_without_a_nul_runs_on_into_the_value():
    # 170 characters of 3 bytes and 2 of one fill the field.
    answer = kernel_answer(WALK, said(0, b"\xe4\x84\x80" * 170 + b"kk", b"value"))
    assert read_message(answer[28:], CHANNEL).key == "\u4100" * 170 + "kkvalue"


@pytest.mark.parametrize(
    ("key", "text", "sizes"),
    [
        (b"\xff", b"v", (2**32 - 42, 4)),
        (b"k", b"\xff", (4, 2**32 - 42)),
        (b"k", b"v" * 1021 + b"\xed\xa0\x80", (4, 2**32 - 42)),
    ],
)
def test_bytes_that_are_no_text_fail(key, text, sizes):
    answer = kernel_answer(WALK, said(0, key, text))
    assert struct.unpack_from("<I", answer, 20) == (FAILED,)
    assert struct.unpack_from("<II", answer, 28 + 12) == sizes
    assert read_response(WALK, answer) == ""  # the host can still tell which request has failed


def test_no_nul_is_written():
    dirty = over(WALK, 28 + 20, b"\xff" * 512)
    answer = kernel_answer(dirty, said(0, b"key", b"value"))
    assert answer[48:56] == "key".encode("utf-16-le") + b"\xff\xff"
    assert struct.unpack_from("<II", answer, 40) == (8, 12)


def test_a_failure_goes_back_with_its_own_body():
    blob = write_request(SetItem(3, "k", KvpValue(1, "v")), VERSION)
    for request in (blob, WALK, write_request(GetIp(0, IP), VERSION)):
        assert kernel_answer(request, said(NO_MORE, b"k", b"v")) == answer_in_place(request, NO_MORE)
        assert kernel_silence(request) == answer_in_place(request, FAILED)


def test_addresses_come_back():
    request = write_request(GetIp(0, IpInfo("")), VERSION)
    answer = kernel_answer(request, write_answer(GetIp, DeviceAnswer(0, IP)))
    assert read_message(answer[28:], CHANNEL) == GetIp(0, IP)
    assert answer[20:24] == bytes(4)
    spoilt = over(write_answer(GetIp, DeviceAnswer(0, IP)), 4358, b"\xff")
    assert struct.unpack_from("<I", kernel_answer(request, spoilt), 20) == (FAILED,)
    set_ip = write_request(SetIp(0, IP), VERSION)
    assert kernel_answer(set_ip, said()) == answer_in_place(set_ip, OK)


@pytest.mark.parametrize(("message", "status"), [(GetIp(0, IP), FAILED), (SetIp(0, IP), 0x80041002)])
def test_our_daemon_knows_no_adapter(message, status):
    assert ask(message)[0] == status


@pytest.mark.parametrize("size", [0, 7431, 7433])
def test_the_device_takes_no_other_size(size):
    with pytest.raises(RemoteWireError, match=r"^size: "):
        kernel_answer(WALK, bytes(size))


@pytest.mark.parametrize("size", [28, 29, 40, 60, 700])
def test_an_answer_is_as_short_as_its_request(size):
    out = linux_answer(VERSION, POOLS, AUTO, WALK[:size])
    assert len(out.blob) == size


def test_a_daemon_that_dies_leaves_the_host_without_an_answer():
    blob = over(WALK, 29, b"\5")
    assert linux_answer(VERSION, POOLS, AUTO, blob) == (None, VERSION, POOLS, False)


@given(st.binary(max_size=90), st.integers(0, 6), st.integers(0, 6))
def test_any_bytes_get_an_answer_of_their_length(rest, operation, pool):
    blob = WALK[:28] + bytes((operation, pool)) + rest
    out = linux_answer(VERSION, POOLS, AUTO, blob)
    assert out.blob is None or len(out.blob) == len(blob)
    assert out.alive or pool > 4 or operation == 3
