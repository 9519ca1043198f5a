"""Tests pool files: 2560-byte records, cut at the first NUL, canonical when written, never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError
from avma_sim.model.kvp import KvpItem
from avma_sim.wire.kvp_record import RECORD_BYTES, BadRecord, read_pool, write_pool

ONE = KvpItem("HostName", "hv1 \u00e9")


def texts(bytes_max):
    plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=bytes_max)
    return plain.filter(lambda text: len(text.encode()) <= bytes_max)


items = st.lists(st.builds(KvpItem, key=texts(511), value=texts(2047)), max_size=4)


def record(key=b"k\0", value=b"v\0"):
    return key.ljust(512, b"\0") + value.ljust(2048, b"\0")


@given(items)
def test_a_pool_reads_back(found):
    blob = write_pool(found)
    assert len(blob) == RECORD_BYTES * len(found)
    assert read_pool(blob) == tuple(found)


def test_layout():
    assert RECORD_BYTES == 2560
    assert write_pool([ONE]) == record(b"HostName", "hv1 \u00e9".encode())
    assert read_pool(b"") == ()
    assert write_pool([]) == b""


def test_bytes_after_the_nul_are_not_read_and_written_as_zeros():
    dirty = b"k\0OLD".ljust(512, b"\xff") + b"v\0".ljust(2048, b"\xfe")
    assert read_pool(dirty) == (KvpItem("k", "v"),)
    assert write_pool(read_pool(dirty)) == record()


@pytest.mark.parametrize(
    ("blob", "bad"),
    [
        (b"x" * 512 + b"v\0".ljust(2048, b"\0"), BadRecord(1, "key", "no-nul", "no NUL in 512 bytes")),
        (record(value=b"x" * 2048), BadRecord(1, "value", "no-nul", "no NUL in 2048 bytes")),
        (record(key=b"ab\xff\0"), BadRecord(1, "key", "text", "byte 2 is not utf-8")),
        (record(value=b"\xc3\0"), BadRecord(1, "value", "text", "byte 0 is not utf-8")),
    ],
)
def test_a_bad_record_hides_no_other(blob, bad):
    assert read_pool(record() + blob + record()) == (KvpItem("k", "v"), bad, KvpItem("k", "v"))


@pytest.mark.parametrize("size", [1, 512, 2559])
def test_a_file_of_an_odd_size_tells_of_its_tail(size):
    found = read_pool(record() + record()[:size])
    assert found == (KvpItem("k", "v"), BadRecord(1, "record", "size", f"{size} bytes of 2560"))


@pytest.mark.parametrize(
    "item",
    [
        KvpItem("k" * 512, ""),
        KvpItem("k", "v" * 2048),
        KvpItem("k", "\u00e9" * 1024),
        KvpItem("a\0b", ""),
        KvpItem("\ud800", ""),
    ],
)
def test_what_no_record_holds_is_refused(item):
    with pytest.raises(LocalWireError, match=r"^no record holds "):
        write_pool([item])


def test_the_longest_item_fits():
    longest = KvpItem("k" * 511, "v" * 2047)
    assert read_pool(write_pool([longest])) == (longest,)


def test_every_byte_and_every_truncation_of_a_record():
    blob = write_pool([ONE])
    for at in (*range(10), *range(512, 520), 2559):
        for value in range(256):
            spoilt = blob[:at] + bytes((value,)) + blob[at + 1 :]
            (found,) = read_pool(spoilt)
            assert isinstance(found, BadRecord) or read_pool(write_pool([found])) == (found,)
    for size in range(1, RECORD_BYTES):
        assert isinstance(read_pool(blob[:size])[0], BadRecord)
