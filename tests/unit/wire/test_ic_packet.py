"""Tests packets of integration services and the talk about versions, byte by byte."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.wire.ic_packet import HEADER_BYTES, PIPE_BYTES, IcPacket, read_packet, write_packet
from avma_sim.wire.ic_versions import (
    LINUX_FRAMEWORKS,
    LINUX_MESSAGES,
    Offer,
    pick,
    read_offer,
    read_picked,
    write_offer,
    write_picked,
)

# What OpenVMM offers.
HOSTS = Offer(((1, 0), (3, 0)), ((3, 0), (4, 0), (5, 0)))
PACKET = IcPacket(2, b"body", 5, (3, 0), (4, 0), 0x80070103, 7, 3)

u8, u16, u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))
versions = st.tuples(u16, u16)
lists = st.lists(versions, min_size=1, max_size=100).map(tuple)
packets = st.builds(
    IcPacket,
    kind=u16,
    body=st.binary(max_size=40),
    flags=u8,
    framework=versions,
    message=versions,
    status=u32,
    transaction=u8,
    spare_bytes=st.integers(0, 9),
    pipe_flags=u32,
)


def refused(read, blob):
    with pytest.raises(RemoteWireError) as caught:
        read(blob)
    return caught.value.reason


@given(packets)
def test_a_packet_reads_back(packet):
    assert read_packet(write_packet(packet)) == packet


def test_layout_of_a_packet():
    assert (PIPE_BYTES, HEADER_BYTES) == (8, 28)
    blob = write_packet(PACKET)
    assert struct.unpack_from("<II", blob) == (1, 20 + 4 + 3)
    assert struct.unpack_from("<HH", blob, 8) == (3, 0)
    assert struct.unpack_from("<H", blob, 12) == (2,)
    assert struct.unpack_from("<HH", blob, 14) == (4, 0)
    assert struct.unpack_from("<H", blob, 18) == (4,)
    assert struct.unpack_from("<I", blob, 20) == (0x80070103,)
    assert blob[24:28] == b"\7\5\0\0"
    assert blob[28:] == b"body\0\0\0"


def test_every_byte_and_every_truncation_of_a_packet():
    blob = write_packet(PACKET)
    seen = set()
    for at in range(len(blob)):
        for value in range(256):
            spoilt = blob[:at] + bytes((value,)) + blob[at + 1 :]
            try:
                found = read_packet(spoilt)
            except RemoteWireError as error:
                seen.add(error.reason)
            else:
                assert len(write_packet(found)) == len(blob)
                assert read_packet(write_packet(found)) == found
    assert seen <= {"size"}
    assert {refused(read_packet, blob[:size]) for size in range(len(blob))} == {"size"}


def test_a_body_longer_than_its_packet_is_refused():
    blob = write_packet(IcPacket(2, b"body"))
    assert refused(read_packet, blob[:18] + b"\5\0" + blob[20:]) == "size"


@pytest.mark.parametrize(
    "packet", [IcPacket(1 << 16, b""), IcPacket(2, b"", 256), IcPacket(2, bytes(1 << 16))]
)
def test_a_number_that_does_not_fit_is_refused(packet):
    with pytest.raises(LocalWireError, match="header"):
        write_packet(packet)


@given(st.builds(Offer, frameworks=lists, messages=lists))
def test_an_offer_reads_back(offer):
    assert read_offer(write_offer(offer)) == offer


@given(st.none() | st.tuples(versions, versions))
def test_what_was_picked_reads_back(picked):
    assert read_picked(write_picked(picked)) == picked
    assert len(write_picked(picked)) == 16


def test_a_pipe_that_disagrees_with_its_packet_is_refused():
    blob = write_packet(PACKET)
    for size in (26, 28):
        assert refused(read_packet, blob[:4] + bytes((size,)) + blob[5:]) == "size"


def test_layout_of_an_offer():
    numbers = (2, 3, 0, 0, 1, 0, 3, 0, 3, 0, 4, 0, 5, 0)
    assert write_offer(HOSTS) == struct.pack("<14H", *numbers)
    assert write_picked(((3, 0), (4, 0))) == struct.pack("<8H", 1, 1, 0, 0, 3, 0, 4, 0)


def test_linux_never_picks_the_newest():
    assert pick(HOSTS, LINUX_FRAMEWORKS, LINUX_MESSAGES) == ((3, 0), (4, 0))
    assert pick(Offer(((1, 0),), ((1, 0), (3, 0))), LINUX_FRAMEWORKS, LINUX_MESSAGES) == ((1, 0), (3, 0))
    assert pick(Offer(((3, 0),), ((5, 0),)), LINUX_FRAMEWORKS, LINUX_MESSAGES) is None
    assert pick(Offer(((2, 0),), ((4, 0),)), LINUX_FRAMEWORKS, LINUX_MESSAGES) is None


@pytest.mark.parametrize("read", [read_offer, read_picked])
@pytest.mark.parametrize("body", [write_offer(HOSTS), write_picked(((3, 0), (4, 0))), write_picked(None)])
def test_every_byte_and_every_truncation_of_the_talk(read, body):
    write = write_offer if read is read_offer else write_picked
    seen = set()
    for at in range(len(body)):
        for value in range(256):
            try:
                found = read(body[:at] + bytes((value,)) + body[at + 1 :])
            except RemoteWireError as error:
                seen.add(error.reason)
            else:
                assert read(write(found)) == found
    assert seen <= {"size", "counts"}
    assert {refused(read, body[:size]) for size in range(len(body))} <= {"size", "counts"}


@pytest.mark.parametrize(
    ("read", "body", "reason"),
    [
        (read_offer, bytes(7), "size"),
        (read_offer, bytes(8), "counts"),
        (read_offer, struct.pack("<HHI", 101, 1, 0) + bytes(408), "counts"),
        (read_offer, struct.pack("<HHI", 1, 0, 0) + bytes(4), "counts"),
        (read_offer, write_offer(HOSTS) + b"\0", "size"),
        (read_picked, struct.pack("<HHI", 1, 0, 0) + bytes(8), "counts"),
        (read_picked, struct.pack("<HHI", 1, 2, 0) + bytes(8), "counts"),
        (read_picked, bytes(17), "size"),
    ],
)
def test_talk_that_is_refused(read, body, reason):
    assert refused(read, body) == reason


@pytest.mark.parametrize(
    "offer", [Offer((), ((1, 0),)), Offer(((1, 0),), ((1, 0),) * 101), Offer(((1 << 16, 0),), ((1, 0),))]
)
def test_an_offer_that_cannot_be_written(offer):
    with pytest.raises(LocalWireError, match="version"):
        write_offer(offer)
