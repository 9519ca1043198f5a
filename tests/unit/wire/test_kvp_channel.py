"""Tests KVP messages in packets: where everything lies, answers in place, and what answers nothing."""

from __future__ import annotations

import struct

import pytest

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import DeleteItem, EnumerateItem, GetIp, GetItem, IpInfo, KvpValue, SetIp, SetItem
from avma_sim.wire.ic_versions import Offer
from avma_sim.wire.kvp_channel import (
    PICKED_BYTES,
    answer_in_place,
    answer_offer,
    offer_versions,
    read_request,
    read_response,
    write_request,
)

VERSION = ((3, 0), (5, 0))
OFFER = offer_versions(Offer(((1, 0), (3, 0)), ((3, 0), (4, 0), (5, 0))))
SET = write_request(SetItem(3, "key", KvpValue(1, "value")), VERSION)
DELETE = write_request(DeleteItem(0, "key"), VERSION)
WALK = write_request(EnumerateItem(2, 9), VERSION)
GET = write_request(GetItem(3, "key"), VERSION)
SET_IP = write_request(SetIp(0, IpInfo("00:15")), VERSION)
GET_IP = write_request(GetIp(0, IpInfo("00:15")), VERSION)
REQUESTS = {
    "offer": OFFER,
    "get": GET,
    "set": SET,
    "delete": DELETE,
    "walk": WALK,
    "get-ip": GET_IP,
    "set-ip": SET_IP,
}
each_request = pytest.mark.parametrize("request_blob", REQUESTS.values(), ids=REQUESTS)


def put(blob, at, new):
    return blob[:at] + new + blob[at + len(new) :]


def answered(request_blob):
    return answer_offer(OFFER, VERSION) if request_blob is OFFER else answer_in_place(request_blob, 0)


def test_layout_of_a_request():
    assert len(WALK) == 28 + 2580
    assert struct.unpack_from("<IIHHHHHHIBBH", WALK) == (1, 2600, 3, 0, 2, 5, 0, 2580, 0, 0, 3, 0)
    assert struct.unpack_from("<BBHI", WALK, 28) == (3, 2, 0, 9)
    assert struct.unpack_from("<BBHIII", SET, 28) == (1, 3, 0, 1, 8, 12)
    assert struct.unpack_from("<BBHI", DELETE, 28) == (2, 0, 0, 8)
    assert len(write_request(GetIp(0, IpInfo()), VERSION)) == 28 + 7428


def test_layout_of_an_offer():
    assert len(OFFER) == 28 + 28
    assert struct.unpack_from("<IIHHHHHHIBBH", OFFER) == (1, 48, 0, 0, 0, 0, 0, 28, 0, 0, 3, 0)


def test_what_cannot_be_written():
    with pytest.raises(LocalWireError):
        write_request(EnumerateItem(5, 0), VERSION)


@pytest.mark.parametrize("status", [0, 0x80070103])
def test_an_answer_overwrites_status_and_flags_alone(status):
    dirty = SET[:24] + b"\7\3\xaa\xbb" + SET[28:]
    answer = answer_in_place(dirty, status)
    assert answer == dirty[:20] + struct.pack("<I", status) + b"\7\5\xaa\xbb" + dirty[28:]


def test_an_answer_lays_what_it_returns_over_the_body():
    assert answer_in_place(WALK, 0, b"new")[28:] == b"new" + WALK[31:]


def test_an_offer_is_answered_in_place():
    answer = answer_offer(put(OFFER, 20, b"\1\2\3\4"), VERSION)
    assert len(answer) == len(OFFER)
    assert struct.unpack_from("<IIHHHHH", answer) == (1, 48, 0, 0, 0, 0, 0)
    assert answer[18:28] == b"\x10\0" + b"\1\2\3\4" + b"\0\5\0\0"
    assert struct.unpack_from("<HHIHHHH", answer, 28) == (1, 1, 0, 3, 0, 5, 0)
    assert answer[28 + PICKED_BYTES :] == OFFER[44:]
    assert answer_offer(OFFER, None)[28:32] == bytes(4)


@each_request
def test_a_request_reads_back(request_blob):
    assert read_request(request_blob).body == request_blob[28:]
    assert read_request(put(request_blob, 20, b"\xff\xff\xff\xff")).body == request_blob[28:]


@pytest.mark.parametrize(
    ("at", "new", "reason"),
    [(0, b"\0", "pipe"), (0, b"\2", "pipe"), (1, b"\1", "pipe"), (4, b"\0", "size"), (18, b"\xff", "size")]
    + [(25, bytes((flags,)), "flags") for flags in (0, 1, 2, 4, 5, 7, 0x83)],
)
def test_what_is_no_request(at, new, reason):
    with pytest.raises(RemoteWireError, match=f"^{reason}: "):
        read_request(put(WALK, at, new))


@each_request
def test_an_answer_answers_its_own_request_alone(request_blob):
    assert read_response(request_blob, answered(request_blob)) == ""
    for other in REQUESTS.values():
        if other is not request_blob:
            assert read_response(other, answered(request_blob)) != ""


@each_request
def test_a_request_is_no_answer(request_blob):
    sized = answered(request_blob)[18:20]
    assert read_response(request_blob, put(put(answered(request_blob), 25, b"\3"), 18, sized)) != ""
    assert read_response(request_blob, request_blob) == "not a response"


@pytest.mark.parametrize(
    ("request_blob", "at", "new", "reason"),
    [
        (WALK, 12, b"\3", "another kind of message"),
        (WALK, 24, b"\1", "another transaction"),
        (WALK, 8, b"\1", "other versions"),
        (WALK, 14, b"\4", "other versions"),
        (OFFER, 16, b"\1", "other versions"),
        (WALK, 28, b"\2", "another operation"),
        (WALK, 29, b"\1", "another pool"),
        (WALK, 32, b"\x0a", "another index"),
        (WALK, 35, b"\1", "another index"),
        (DELETE, 36, b"K", "another key or value"),
        (SET, 29, b"\0", "another pool"),
        (GET, 36, b"\6", "another key or value"),
        (GET, 44, b"K", "another key or value"),
        (GET, 555, b"K", "another key or value"),
        (SET_IP, 32, b"x", "another key or value"),
        (SET_IP, 28 + 7427, b"x", "another key or value"),
        (SET, 32, b"\2", "another key or value"),
        (SET, 36, b"\6", "another key or value"),
        (SET, 44, b"K", "another key or value"),
        (SET, 28 + 528, b"V", "another key or value"),
    ],
)
def test_why_bytes_answer_another_request(request_blob, at, new, reason):
    assert read_response(request_blob, put(answered(request_blob), at, new)) == reason


@pytest.mark.parametrize(
    ("request_blob", "at"),
    [(GET, 32), (GET, 40), (GET, 556), (WALK, 36), (WALK, 48), (GET_IP, 30), (GET_IP, 99)],
)
def test_what_is_returned_may_differ(request_blob, at):
    assert read_response(request_blob, put(answered(request_blob), at, b"\xff")) == ""


@pytest.mark.parametrize("at", [20, 26, 27, 30, 31])
def test_status_and_what_is_reserved_do_not_count(at):
    assert read_response(WALK, put(answered(WALK), at, b"\xff")) == ""


@pytest.mark.parametrize(
    ("request_blob", "blob", "reason"),
    [
        (WALK, b"", "size"),
        (WALK, answered(WALK)[:-1], "size"),
        (WALK, answered(WALK) + b"\0", "size"),
        (WALK, put(answered(WALK) + b"\0", 4, struct.pack("<I", 2601)), "size"),
        (WALK, put(answered(WALK)[:-1], 4, struct.pack("<I", 2599)), "size"),
        (WALK, put(answered(WALK), 18, b"\x13"), "size"),
        (WALK, put(answered(WALK), 0, b"\0"), "pipe"),
        (OFFER, put(answered(OFFER), 18, b"\x1c"), "size"),
    ],
)
def test_what_can_be_nobodys_answer(request_blob, blob, reason):
    with pytest.raises(RemoteWireError, match=f"^{reason}: "):
        read_response(request_blob, blob)
