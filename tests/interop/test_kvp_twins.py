"""Our own Linux guest's end beside the real daemon: asked the same, they answer and keep the same."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, EXTERNAL, GUEST, NO_MORE_ITEMS, KvpItem
from avma_sim.model.kvp_talk import NO_POOLS, Negotiate, Put, Remove, Walk
from avma_sim.wire.kvp_channel import GuestOutput
from avma_sim.wire.kvp_daemon import daemon_answer
from avma_sim.wire.kvp_linux import kernel_answer, kernel_request, linux_answer
from avma_sim.wire.kvp_record import RECORD_BYTES, read_pool, write_pool
from avma_sim.wire.kvp_sweep import talk_through

GET, SET, DELETE, ENUMERATE, GET_IP, SET_IP = range(6)
DEVICE_BYTES, KEY_BYTES, VALUE_BYTES = 7432, 512, 2048
KEY_AT = {GET: 16, SET: 16, DELETE: 8, ENUMERATE: 20}
VALUE_AT = {GET: 528, SET: 528, ENUMERATE: 532}
STORED = (0, 1, 3, 4)

OFFER = Negotiate(frameworks=((1, 0), (3, 0)), messages=((3, 0), (4, 0), (5, 0)))


def request(operation, pool, key=b"", value=b"", **fields):
    """Write a request byte by byte: `index`, `key_size` and `value_size` may lie."""
    key_size, value_size = fields.get("key_size", len(key)), fields.get("value_size", len(value))
    head = struct.pack("<BBH", operation, pool, 0)
    if operation == ENUMERATE:
        body = struct.pack("<I", fields.get("index", 0))
    elif operation == DELETE:
        body = struct.pack("<I", key_size) + key
    else:
        body = struct.pack(f"<III{KEY_BYTES}s{VALUE_BYTES}s", 1, key_size, value_size, key, value)
    return (head + body).ljust(DEVICE_BYTES, b"\0")


def until_nul(field):
    return field.partition(b"\0")[0]


def defined_of(answer, operation):
    """Take an answer apart: what lies around its texts, and each text up to its NUL."""
    if operation not in VALUE_AT:
        return answer
    key_at, value_at = KEY_AT[operation], VALUE_AT[operation]
    key_field, value_field = answer[key_at : key_at + KEY_BYTES], answer[value_at : value_at + VALUE_BYTES]
    return answer[:key_at], until_nul(key_field), until_nul(value_field), answer[value_at + VALUE_BYTES :]


def records_of(blob):
    """Read a pool file as bytes, each field up to its NUL: what lies behind is undefined."""
    starts = range(0, len(blob), RECORD_BYTES)
    records = [blob[at : at + RECORD_BYTES] for at in starts]
    return [(until_nul(record[:KEY_BYTES]), until_nul(record[KEY_BYTES:])) for record in records]


class Twins:
    """The real daemon and our own, which are asked the same.

    Args:
        daemon: the real one, registered.
        folder: its folder.
    """

    def __init__(self, daemon, folder):
        self.daemon = daemon
        self.files = [folder / f".kvp_pool_{pool}" for pool in range(5)]
        self.auto = tuple(daemon.enumerate(AUTO))
        self.pools = NO_POOLS

    def begin(self):
        """Empty all pools."""
        self.pools = NO_POOLS
        for file in self.files:
            file.write_bytes(b"")

    def fill(self, pool, items):
        """Write a pool's file."""
        self.pools = (*self.pools[:pool], tuple(items), *self.pools[pool + 1 :])
        self.files[pool].write_bytes(write_pool(items))

    def ask(self, blob):
        """Ask both; they must not differ."""
        theirs = self.daemon.call(blob)
        ours, self.pools = daemon_answer(self.pools, self.auto, blob)
        assert ours is not None
        assert defined_of(ours, blob[0]) == defined_of(theirs, blob[0])
        self.check_file(blob[1] % 5)

    def check_file(self, pool):
        assert records_of(self.files[pool].read_bytes()) == self.records(pool)

    def check_files(self):
        for pool in range(5):
            self.check_file(pool)

    def records(self, pool):
        return [record(item) for item in self.pools[pool]]


def record(item):
    return item.key.encode("utf-8", "surrogateescape"), item.value.encode("utf-8", "surrogateescape")


@pytest.fixture
def twins(start_daemon, pools):
    return Twins(start_daemon(), pools)


# The device, byte by byte.

BATTERY = [
    *(request(ENUMERATE, pool, index=index) for pool in range(5) for index in (0, 1, 9, 10, 11, 2**31 - 1)),
    *(request(SET, pool, b"key\0", b"value\0") for pool in range(5)),
    *(request(SET, pool, b"key 2\0", b"\0") for pool in range(5)),
    request(SET, GUEST, b"\xc3\xbc\xf0\x9f\x98\x80\0", b"\xe2\x82\xac\0"),
    request(SET, GUEST, b"\xff\xfe\0", b"\x80no text\0"),
    request(SET, GUEST, b"\0", b"a key without a character\0"),
    request(SET, GUEST, b"k" * 511 + b"\0", b"v" * 2047 + b"\0"),
    *(request(ENUMERATE, pool, index=index) for pool in range(5) for index in range(7)),
    *(request(GET, GUEST, key) for key in (b"key\0", b"ke", b"", b"kex\0", b"\0", b"k" * 511)),
    *(request(GET, GUEST, b"key\0", value_size=size) for size in (1, 3, 6, 2048, 2049)),
    *(request(SET, GUEST, key, b"new\0") for key in (b"key", b"ke", b"", b"\0", b"key 2\0")),
    request(SET, GUEST, b"key\0"),
    request(SET, GUEST, b"key\0", b"N"),
    *(request(SET, GUEST, b"big\0", b"v\0", key_size=size) for size in (513, 2**31 - 1)),
    *(request(SET, GUEST, b"big\0", b"v\0", value_size=size) for size in (2049, 2**31 - 1)),
    *(request(DELETE, GUEST, key) for key in (b"nobody\0", b"key 2\0", b"\0", b"\xff", b"", b"k" * 511)),
    *(request(DELETE, GUEST, b"key\0", key_size=size) for size in (512, 513, 2560)),
    *(request(DELETE, pool, b"key\0") for pool in range(5)),
    *(request(ENUMERATE, pool, index=index) for pool in range(5) for index in range(3)),
    request(GET_IP, 0, b"00:15:5d:00:00:00"),
    *(bytes([operation]).ljust(DEVICE_BYTES, b"\1") for operation in (6, 77, 100, 255)),
]


def test_a_battery(twins):
    for blob in BATTERY:
        twins.ask(blob)
        twins.check_files()


def test_its_own_items_byte_for_byte(twins):
    for index in range(12):
        # It copies texts up to their NUL: the rest of the request stays.
        blob = request(ENUMERATE, AUTO, index=index)[:20].ljust(DEVICE_BYTES, b"\x55")
        ours, _ = daemon_answer(twins.pools, twins.auto, blob)
        assert twins.daemon.call(blob) == ours


KEYS = [b"a", b"ab", b"abc", b"b", b"", b"\xc3\xa9", b"\xff", b"k" * 510, b"k" * 511]
VALUES = [b"", b"1", b"22", b"a longer value", b"\xf0\x9f\x98\x80", b"\x80", b"v" * 2046, b"v" * 2047]


class Drawn(NamedTuple):
    """A request, before it is known what the pool holds then."""

    operation: int
    pool: int
    key: bytes
    key_ends: bool
    value: bytes
    value_ends: bool
    number: int

    def told(self, records):
        """Write it; what would let a file keep bytes that nobody has defined gets its NULs."""
        key_ends, value_ends = self.key_ends, self.value_ends
        if self.operation == SET:
            key_ends |= not any(key.startswith(self.key) for key, _ in records)
            written = self.key + b"\0" * key_ends
            held = next((value for key, value in records if (key + b"\0").startswith(written)), None)
            value_ends |= held is None or len(self.value) > len(held)
        key, value = self.key + b"\0" * key_ends, self.value + b"\0" * value_ends
        size = self.number * 200 if self.operation == GET else len(value)
        return request(self.operation, self.pool, key, value, index=self.number, value_size=size)


mostly = st.sampled_from([True, True, True, False])
drawn_requests = st.builds(
    Drawn,
    st.sampled_from([GET, SET, SET, SET, DELETE, ENUMERATE]),
    st.sampled_from([EXTERNAL, GUEST]),
    st.sampled_from(KEYS),
    mostly,
    st.sampled_from(VALUES),
    mostly,
    st.integers(0, 12),
)


# Its memory has room for 50 records, then for 100.
@pytest.mark.parametrize("held", [0, 48])
def test_drawn_requests(twins, held):
    before = [KvpItem(f"first {n}", f"{n}") for n in range(held)]

    @given(st.lists(drawn_requests, min_size=5, max_size=50))
    def holds(requests):
        twins.begin()
        twins.fill(GUEST, before)
        for drawn in requests:
            twins.ask(drawn.told(twins.records(drawn.pool)))
        twins.check_files()

    holds()


DEADLY = {
    "enumerate in pool 5": request(ENUMERATE, 5),
    "enumerate in pool 255": request(ENUMERATE, 255),
    "get in pool 5": request(GET, 5, b"key\0"),
    "set in pool 5": request(SET, 5, b"key\0", b"value\0"),
    "delete in pool 5": request(DELETE, 5, b"key\0"),
    "an index below zero": request(ENUMERATE, GUEST, index=2**31),
    "a key's size below zero": request(SET, GUEST, b"key\0", b"value\0", key_size=2**32 - 1),
    "a value's size below zero": request(SET, GUEST, b"key\0", b"value\0", value_size=2**32 - 1),
    "a value's size below zero, asked for": request(GET, GUEST, b"key\0", value_size=2**32 - 1),
}


@pytest.mark.parametrize("blob", DEADLY.values(), ids=DEADLY)
def test_both_die_of_it(twins, blob):
    twins.ask(request(SET, GUEST, b"key\0", b"value\0"))
    with pytest.raises(type(twins.daemon).Gone):
        twins.daemon.call(blob)
    assert twins.daemon.wait() != 0
    assert daemon_answer(twins.pools, twins.auto, blob) == (None, twins.pools)
    twins.check_files()


# The channel: our host's end, the kernel's translation, and a daemon behind it.


@pytest.fixture
def real_guest(twins):
    """A guest's end for a host, with the real daemon behind the kernel."""

    def answer(version, pools, blob):
        kind, asked, version = kernel_request(version, blob)
        if kind == "ask":
            asked = kernel_answer(blob, twins.daemon.call(asked))
        return GuestOutput(asked or None, version, pools)

    return answer


@pytest.fixture
def own_guest(twins):
    return lambda version, pools, blob: linux_answer(version, pools, twins.auto, blob)


PUSHED = {
    "HostName": "hv1.contoso.example",
    "HostingSystemOsMajor": "10",
    "PhysicalHostNameFullyQualified": "hv1.contoso.example",
    "VirtualMachineId": "5F3D8A2C-0000-4000-8000-000000000001",
    "VirtualMachineName": "web01 \u00fc \U0001f600",
}
PLAN = (
    OFFER,
    Walk(AUTO),
    *(Put(AUTO_EXTERNAL, KvpItem(key, value)) for key, value in PUSHED.items()),
    *(Put(pool, KvpItem(f"key {pool}", f"value {pool}")) for pool in STORED),
    Put(GUEST, KvpItem("k" * 255, "v" * 1023)),
    Put(GUEST, KvpItem("key 1", "new")),
    Remove(EXTERNAL, "key 0"),
    Remove(EXTERNAL, "nobody"),
    *(Walk(pool) for pool in range(5)),
)


def test_our_host_talks_to_the_real_daemon(twins, real_guest, own_guest):
    heard, _, packets = talk_through(PLAN, None, NO_POOLS, real_guest)
    assert heard.version == ((3, 0), (4, 0))
    assert heard.failures == (("delete nobody", NO_MORE_ITEMS),)
    pools = dict(heard.pools)
    assert [item.key for item in pools[AUTO]] == [item.key for item in twins.auto]
    assert pools[EXTERNAL] == ()
    assert pools[AUTO_EXTERNAL][:-1] == tuple(KvpItem(key, value) for key, value in PUSHED.items())
    # What a Linux guest tells is cut to 254 and 1022 units.
    assert pools[GUEST] == (KvpItem("key 1", "new"), KvpItem("k" * 254, "v" * 1022))
    # A Linux guest of ours says the same, packet by packet, and has the same files.
    ours, twins.pools, own_packets = talk_through(PLAN, None, NO_POOLS, own_guest)
    assert (ours, own_packets) == (heard, packets)
    twins.check_files()
    assert read_pool(twins.files[AUTO_EXTERNAL].read_bytes())[:-1] == pools[AUTO_EXTERNAL][:-1]


units = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
items = st.builds(KvpItem, units, units | st.sampled_from(["v" * 1023, "\u20ac" * 700, "\U0001f600" * 511]))
pool_numbers = st.sampled_from(STORED)
steps = st.one_of(
    st.builds(Put, pool_numbers, items),
    st.builds(Remove, pool_numbers, st.sampled_from(["a", "b", "\u00e9"]) | units),
    st.builds(Put, pool_numbers, st.builds(KvpItem, st.sampled_from(["a", "b", "\u00e9"]), units)),
    st.builds(Walk, st.integers(0, 4)),
)


def test_drawn_exchanges(twins, real_guest, own_guest):
    @given(st.lists(steps, max_size=12))
    def holds(drawn):
        plan = (OFFER, *drawn, *(Walk(pool) for pool in range(5)))
        twins.begin()
        heard, _, packets = talk_through(plan, None, NO_POOLS, real_guest)
        ours, twins.pools, own_packets = talk_through(plan, None, NO_POOLS, own_guest)
        assert (ours, own_packets) == (heard, packets)
        twins.check_files()

    holds()
