"""Tests KVP messages in both forms: sizes and offsets, properties, every byte of heads and texts."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import (
    DeleteItem,
    EnumerateItem,
    GetIp,
    GetItem,
    IpInfo,
    KvpValue,
    SetIp,
    SetItem,
)
from avma_sim.wire.kvp_message import CHANNEL, DEVICE, read_message, write_message

REASONS = {"size", "operation", "pool", "value-type", "flag", "no-nul", "early-nul", "text"}
each_form = pytest.mark.parametrize("form", [DEVICE, CHANNEL], ids=["device", "channel"])
IP = IpInfo("00:15", 3, True, "a;b", "c", "d;", "e;")
ONES = [
    GetItem(0, "key"),
    SetItem(1, "ke", KvpValue(1, "v\u00e9")),
    SetItem(0, "k", KvpValue(4, 7)),
    SetItem(0, "k", KvpValue(11, 2**63)),
    DeleteItem(3, "key"),
    EnumerateItem(2, 9),
    GetIp(0, IP),
    SetIp(0, IP),
]

forms = st.sampled_from([DEVICE, CHANNEL])
pools = st.integers(0, 4)
plain = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
keys = st.none() | st.text(plain, max_size=127)
texts = st.text(plain, max_size=300)
values = (
    st.builds(KvpValue, type=st.sampled_from([0, 1, 2]), content=st.none() | texts)
    | st.builds(KvpValue, type=st.just(4), content=st.none() | st.integers(0, 2**32 - 1))
    | st.builds(KvpValue, type=st.sampled_from([8, 11]), content=st.none() | st.integers(0, 2**64 - 1))
)
ips = st.builds(
    IpInfo,
    adapter=st.text(plain, max_size=63),
    family=st.integers(0, 255),
    dhcp=st.booleans(),
    addresses=texts,
    subnets=texts,
    gateways=st.text(plain, max_size=255),
    dns=texts,
)
messages = st.one_of(
    st.builds(GetItem, pool=pools, key=keys, value=values),
    st.builds(SetItem, pool=pools, key=keys, value=values),
    st.builds(DeleteItem, pool=pools, key=keys),
    st.builds(EnumerateItem, pool=pools, index=st.integers(0, 2**32 - 1), key=keys, value=values),
    st.builds(GetIp, pool=pools, ip=ips),
    st.builds(SetIp, pool=pools, ip=ips),
)


def refused(blob, form):
    with pytest.raises(RemoteWireError) as caught:
        read_message(blob, form)
    return caught.value.reason


@given(messages, forms)
def test_a_message_reads_back(message, form):
    assert read_message(write_message(message, form), form) == message


@pytest.mark.parametrize("message", ONES, ids=repr)
def test_sizes(message):
    assert len(write_message(message, DEVICE)) == 7432
    ip = isinstance(message, GetIp | SetIp)
    assert len(write_message(message, CHANNEL)) == (7428 if ip else 2580)


@each_form
def test_offsets_of_items(form):
    name, nul = form.encoding
    key, value = "key".encode(name) + nul, "value".encode(name) + nul
    text = KvpValue(1, "value")
    for operation, message, at in (
        (0, GetItem(3, "key", text), 4),
        (1, SetItem(3, "key", text), 4),
        (3, EnumerateItem(3, 0x01020304, "key", text), 8),
    ):
        blob = write_message(message, form)
        assert blob[:4] == bytes((operation, 3, 0, 0))
        assert struct.unpack_from("<III", blob, at) == (1, len(key), len(value))
        assert blob[at + 12 : at + 524] == key.ljust(512, b"\0")
        assert blob[at + 524 : at + 2572] == value.ljust(2048, b"\0")
    assert blob[4:8] == b"\4\3\2\1"
    blob = write_message(DeleteItem(1, "key"), form)
    assert blob[:8] == struct.pack("<BBHI", 2, 1, 0, len(key))
    assert blob[8:520] == key.ljust(512, b"\0")


def test_offsets_of_items_in_the_device():
    blob = write_message(EnumerateItem(1, 0, "key", KvpValue(1, "v")), DEVICE)
    assert (blob.find(b"key\0"), blob.find(b"v\0")) == (20, 532)
    blob = write_message(SetItem(1, "key", KvpValue(4, 0x04030201)), DEVICE)
    assert (blob.find(b"key\0"), blob.find(b"\1\2\3\4")) == (16, 528)


def test_offsets_of_addresses():
    blob = write_message(SetIp(0, IP), DEVICE)
    found = [blob.find(text) for text in (b"00:15\0", b"\3\1", b"a;b\0", b"c\0", b"d;\0", b"e;\0")]
    assert found == [4, 260, 262, 2310, 4358, 5382]
    wire = write_message(GetIp(0, IP), CHANNEL)
    assert wire[:2] == b"\4\0"
    assert wire[2:14] == "00:15".encode("utf-16-le") + b"\0\0"
    assert wire[258:260] == b"\3\1"


@each_form
@pytest.mark.parametrize("message", ONES, ids=repr)
def test_every_byte_and_every_truncation(message, form):
    blob = write_message(message, form)
    ip = isinstance(message, GetIp | SetIp)
    starts = (0, 250, 2300, 4350, 5370) if ip else (0, 526)
    seen = set()
    for at in {at for start in starts for at in range(start, start + 16)}:
        for value in range(256):
            try:
                found = read_message(blob[:at] + bytes((value,)) + blob[at + 1 :], form)
            except RemoteWireError as error:
                seen.add(error.reason)
            else:
                assert read_message(write_message(found, form), form) == found
    assert seen <= REASONS
    assert {refused(blob[:size], form) for size in range(len(blob))} == {"size"}


@each_form
def test_undefined_bytes_are_not_read(form):
    blob = write_message(DeleteItem(0, "k"), form)
    dirty = blob[:2] + b"\xff\xff" + blob[4:12] + b"\xff" * (len(blob) - 12)
    assert read_message(dirty, form) == DeleteItem(0, "k")
    assert write_message(read_message(dirty, form), form) == blob


def spoil(message, form, at, new):
    blob = write_message(message, form)
    return refused(blob[:at] + new + blob[at + len(new) :], form)


@each_form
@pytest.mark.parametrize(
    ("message", "at", "new", "reason"),
    [
        (GetItem(0, "key"), 0, b"\6", "operation"),
        (GetItem(0, "key"), 0, b"\x64", "operation"),
        (GetItem(0, "key"), 1, b"\5", "pool"),
        (GetItem(0, "key"), 4, b"\3", "value-type"),
        (GetItem(0, "key"), 8, b"\2", "no-nul"),
        (GetItem(0, "key"), 8, b"\x0a", "early-nul"),
        (GetItem(0, "key"), 8, b"\2\2", "size"),
        (SetItem(0, "k", KvpValue(1, "v")), 12, b"\2\x08", "size"),
        (SetItem(0, "k", KvpValue(4, 7)), 12, b"\x08", "size"),
        (DeleteItem(0, "key"), 8, b"\xff\xdc", "text"),
        (GetIp(0, IP), 261, b"\2", "flag"),
    ],
)
def test_what_is_refused(message, at, new, reason, form):
    at -= 2 * (form is CHANNEL and isinstance(message, GetIp))
    assert spoil(message, form, at, new) == reason


def test_refusals_of_utf16_alone():
    assert spoil(GetItem(0, "key"), CHANNEL, 8, b"\7") == "size"
    # U+0100 U+0001: zeros of neighbours are no NUL.
    odd = DeleteItem(0, "\u4100\u0041")
    assert read_message(write_message(odd, CHANNEL), CHANNEL) == odd
    odd = DeleteItem(0, "A\u4100")
    assert read_message(write_message(odd, CHANNEL), CHANNEL) == odd


@pytest.mark.parametrize(
    "message",
    [
        GetItem(5, "k"),
        GetItem(0, "k", KvpValue(3)),
        SetItem(0, "k", KvpValue(1, 7)),
        SetItem(0, "k", KvpValue(4, "7")),
        SetItem(0, "k", KvpValue(4, 2**32)),
        SetItem(0, "k", KvpValue(11, -1)),
        SetItem(0, "a\0b", KvpValue(1, "")),
        DeleteItem(0, "k" * 512),
        DeleteItem(0, "\ud800"),
        EnumerateItem(0, 2**32),
        GetIp(0, IpInfo(family=256)),
        GetIp(0, IpInfo(adapter="x" * 256)),
    ],
    ids=repr,
)
@each_form
def test_what_cannot_be_written(message, form):
    with pytest.raises(LocalWireError):
        write_message(message, form)
