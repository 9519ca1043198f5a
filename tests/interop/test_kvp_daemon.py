"""Debian's own `hv_kvp_daemon`, unmodified: it understands our bytes, and we its answers and its files."""

from __future__ import annotations

import platform
import re
import signal
import threading
from pathlib import Path

import pytest

from avma_sim.model.kvp import (
    AUTO,
    AUTO_EXTERNAL,
    AUTO_INTERNAL,
    EXTERNAL,
    FAILED,
    GUEST,
    GUID_NOT_FOUND,
    NO_MORE_ITEMS,
    STRING,
    SUCCEEDED,
    EnumerateItem,
    GetIp,
    GetItem,
    IpInfo,
    KvpItem,
    KvpValue,
    SetIp,
    SetItem,
)
from avma_sim.wire.kvp_device import REGISTER1, DeviceAnswer, write_register
from avma_sim.wire.kvp_message import DEVICE, write_message
from avma_sim.wire.kvp_record import BadRecord, read_pool, write_pool

# The tenth index is the first that has none.
AUTO_KEYS = (
    "FullyQualifiedDomainName",
    "IntegrationServicesVersion",
    "NetworkAddressIPv4",
    "NetworkAddressIPv6",
    "OSBuildNumber",
    "OSName",
    "OSMajorVersion",
    "OSMinorVersion",
    "OSVersion",
    "ProcessorArchitecture",
)
STORED = (EXTERNAL, GUEST, AUTO_EXTERNAL, AUTO_INTERNAL)
RUNS = 50
KEY_SIZE, VALUE_SIZE, KEY_AT = slice(8, 12), slice(12, 16), 16

stored_pools = pytest.mark.parametrize("pool", STORED)


@pytest.fixture
def daemon(start_daemon):
    return start_daemon()


@pytest.fixture
def pool_file(pools):
    return lambda pool: pools / f".kvp_pool_{pool}"


@pytest.fixture
def records(pool_file):
    """Read a pool's file with our reader."""
    return lambda pool: read_pool(pool_file(pool).read_bytes())


def with_sizes(message, key_size=None, value_size=None):
    """Write a get or a set whose sizes are not those of its texts."""
    blob = bytearray(write_message(message, DEVICE))
    for field, size in ((KEY_SIZE, key_size), (VALUE_SIZE, value_size)):
        if size is not None:
            blob[field] = size.to_bytes(4, "little")
    return bytes(blob)


def status_of(blob):
    return int.from_bytes(blob[:4], "little")


def text(value):
    return KvpValue(STRING, value)


# It starts.


def test_it_registers_and_makes_its_files(daemon, pool_file):
    assert daemon.registered == REGISTER1
    assert all(pool_file(pool).read_bytes() == b"" for pool in range(5))
    assert daemon.alive()


def test_its_own_items(daemon):
    items = list(daemon.enumerate(AUTO))
    assert tuple(item.key for item in items) == AUTO_KEYS
    values = {item.key: item.value for item in items}
    release = platform.release()
    known = {
        "FullyQualifiedDomainName": "web01.contoso.example",
        "IntegrationServicesVersion": "3.1",
        "OSBuildNumber": release,
        "OSName": "Sample Linux",
        "OSMajorVersion": "12.3",
        "OSMinorVersion": "",
        "OSVersion": release.partition("-")[0],
        "ProcessorArchitecture": platform.machine(),
    }
    assert {key: values[key] for key in known} == known
    assert daemon.ask(EnumerateItem(AUTO, len(AUTO_KEYS))) == DeviceAnswer(NO_MORE_ITEMS)


def test_its_own_items_are_in_no_file(daemon, records):
    assert daemon.set(AUTO, "key", "value") == SUCCEEDED
    assert records(AUTO) == (KvpItem("key", "value"),)
    assert tuple(item.key for item in daemon.enumerate(AUTO)) == AUTO_KEYS


# Items.


@stored_pools
def test_items_are_stored_served_and_removed(daemon, records, pool):
    items = [KvpItem(f"key {n}", f"value {n} \u00fc\U0001f600") for n in range(3)]
    assert [daemon.set(pool, item.key, item.value) for item in items] == [SUCCEEDED] * 3
    assert list(daemon.enumerate(pool)) == items
    assert records(pool) == tuple(items)
    assert daemon.get(pool, "key 1") == DeviceAnswer(SUCCEEDED, items[1])
    assert daemon.set(pool, "key 1", "new") == SUCCEEDED
    assert records(pool) == (items[0], KvpItem("key 1", "new"), items[2])
    assert daemon.delete(pool, "key 0") == SUCCEEDED
    assert list(daemon.enumerate(pool)) == list(records(pool)) == [KvpItem("key 1", "new"), items[2]]
    assert daemon.delete(pool, "key 0") == NO_MORE_ITEMS
    assert daemon.get(pool, "key 0") == DeviceAnswer(NO_MORE_ITEMS)
    others = [other for other in range(5) if other != pool]
    assert [records(other) for other in others] == [()] * 4


@stored_pools
def test_files_of_ours_are_served(start_daemon, pool_file, pool):
    before = [KvpItem("VirtualMachineName", "web01"), KvpItem("\u00e9" * 255, "v" * 2047), KvpItem("e", "")]
    pool_file(pool).write_bytes(write_pool(before))
    daemon = start_daemon()
    assert list(daemon.enumerate(pool)) == before
    # Another program may write at any time: each request reads the file anew.
    pool_file(pool).write_bytes(write_pool(before[:1]))
    assert list(daemon.enumerate(pool)) == before[:1]
    assert daemon.set(pool, "k", "v") == SUCCEEDED
    assert pool_file(pool).read_bytes()[:2560] == write_pool(before[:1])


def test_the_kernels_get_brings_no_value(daemon):
    daemon.set(GUEST, "key", "value")
    assert daemon.ask(GetItem(GUEST, "key")) == DeviceAnswer(SUCCEEDED, KvpItem("key", ""))


def test_what_lies_behind_a_nul_is_not_read(daemon, records, pool_file):
    daemon.set(GUEST, "key", "a long value")
    daemon.set(GUEST, "key", "short")
    assert b"value" in pool_file(GUEST).read_bytes()
    assert records(GUEST) == (KvpItem("key", "short"),)


def test_a_record_that_is_cut_short_goes_with_the_next_change(start_daemon, records, pool_file):
    pool_file(GUEST).write_bytes(write_pool([KvpItem("a", "1"), KvpItem("b", "2")])[:-1])
    daemon = start_daemon()
    assert list(daemon.enumerate(GUEST)) == [KvpItem("a", "1")]
    assert isinstance(records(GUEST)[1], BadRecord)
    daemon.set(GUEST, "c", "3")
    assert records(GUEST) == (KvpItem("a", "1"), KvpItem("c", "3"))


# Sizes.


def test_a_key_without_its_nul_is_a_prefix(daemon, records):
    daemon.set(GUEST, "another", "1")
    daemon.set(GUEST, "key one", "2")
    assert status_of(daemon.call(with_sizes(SetItem(GUEST, "key", text("3")), key_size=3))) == SUCCEEDED
    assert records(GUEST) == (KvpItem("another", "1"), KvpItem("key one", "3"))
    # Without a byte, it is the prefix of every key.
    assert daemon.ask(SetItem(GUEST, None, text("4"))).status == SUCCEEDED
    assert records(GUEST) == (KvpItem("another", "4"), KvpItem("key one", "3"))


@pytest.mark.parametrize(("key_size", "value_size"), [(513, None), (2**31 - 1, None), (None, 2049)])
def test_sizes_beyond_a_record_are_refused(daemon, records, key_size, value_size):
    blob = with_sizes(SetItem(GUEST, "key", text("value")), key_size, value_size)
    assert status_of(daemon.call(blob)) == NO_MORE_ITEMS
    assert records(GUEST) == ()


def test_a_size_that_is_negative_in_c_ends_it(daemon, records):
    with pytest.raises(type(daemon).Gone):
        daemon.call(with_sizes(SetItem(GUEST, "key", text("value")), key_size=2**32 - 1))
    assert daemon.wait() == -signal.SIGSEGV
    assert records(GUEST) == ()


def test_the_longest_texts(daemon, records):
    longest = KvpItem("k" * 511, "v" * 2047)
    assert daemon.set(GUEST, longest.key, longest.value) == SUCCEEDED
    assert list(daemon.enumerate(GUEST)) == list(records(GUEST)) == [longest]


def test_a_key_without_any_nul_is_stored(daemon, records):
    blob = bytearray(with_sizes(SetItem(GUEST, "key", text("value")), key_size=512))
    blob[KEY_AT : KEY_AT + 512] = b"k" * 512
    assert status_of(daemon.call(bytes(blob))) == SUCCEEDED
    (found,) = records(GUEST)
    assert (found.field, found.reason) == ("key", "no-nul")


def test_many_items(daemon, records):
    items = [KvpItem(f"key {n}", f"value {n}") for n in range(120)]  # its memory grows by 50 at a time
    assert {daemon.set(GUEST, item.key, item.value) for item in items} == {SUCCEEDED}
    assert list(records(GUEST)) == list(daemon.enumerate(GUEST)) == items


# What is no request about items.


def test_addresses_of_the_adapters_that_are_there(daemon):
    own = {item.key: item.value for item in daemon.enumerate(AUTO)}
    told = {*own["NetworkAddressIPv4"].split(";"), *own["NetworkAddressIPv6"].split(";")}
    adapters = [file.read_text().strip().upper() for file in Path("/sys/class/net").glob("*/address")]
    adapters = [adapter for adapter in adapters if re.fullmatch("(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", adapter)]
    assert adapters
    for adapter in adapters:
        answer = daemon.ask(GetIp(0, IpInfo(adapter)))
        assert (answer.status, answer.content.adapter) == (SUCCEEDED, adapter)
        assert set(answer.content.addresses.split(";")) <= {*told, ""}
        if re.search("[A-F]", adapter):  # it compares with letters that it has made capital
            assert daemon.ask(GetIp(0, IpInfo(adapter.lower()))).status == FAILED


def test_addresses_of_adapters_that_are_not_there(daemon):
    assert daemon.ask(GetIp(0, IpInfo("00:15:5d:00:00:00"))).status == FAILED
    assert daemon.ask(SetIp(0, IpInfo("{00000000-0000-0000-0000-000000000000}"))).status == GUID_NOT_FOUND


def test_a_second_registration_is_ignored(daemon):
    assert status_of(daemon.call(write_register(REGISTER1, "9.9"))) == SUCCEEDED
    assert KvpItem("IntegrationServicesVersion", "3.1") in list(daemon.enumerate(AUTO))


def test_an_unknown_operation_succeeds(daemon):
    blob = bytes([77]).ljust(7432, b"\0")
    assert daemon.call(blob) == bytes(7432)
    assert daemon.alive()


def test_after_a_message_of_another_size_it_registers_again(daemon):
    daemon.set(GUEST, "key", "value")
    with pytest.raises(type(daemon).Gone, match="closed the device"):
        daemon.call(bytes(7431))
    assert daemon.handshake() == REGISTER1
    assert list(daemon.enumerate(GUEST)) == [KvpItem("key", "value")]


def test_a_pool_that_is_not_there_ends_it(daemon):
    blob = bytearray(write_message(EnumerateItem(GUEST, 0), DEVICE))
    blob[1] = 5
    with pytest.raises(type(daemon).Gone):
        daemon.call(bytes(blob))
    assert daemon.wait() != 0


# The stand-in for Hyper-V.


def test_many_runs_in_a_row(start_daemon, tmp_path):
    items = [KvpItem(f"key {pool}", f"value {pool}") for pool in range(5)]
    before, passed = None, 0
    for run in range(RUNS):
        folder = tmp_path / str(run)
        folder.mkdir()
        daemon = start_daemon(folder)
        assert tuple(item.key for item in daemon.enumerate(AUTO)) == AUTO_KEYS
        for pool in STORED:
            assert daemon.set(pool, "gone", "soon") == SUCCEEDED
            assert daemon.set(pool, items[pool].key, items[pool].value) == SUCCEEDED
            assert daemon.delete(pool, "gone") == SUCCEEDED
            assert daemon.get(pool, items[pool].key) == DeviceAnswer(SUCCEEDED, items[pool])
            assert list(daemon.enumerate(pool)) == [items[pool]]
            assert read_pool((folder / f".kvp_pool_{pool}").read_bytes()) == (items[pool],)
        assert daemon.alive()
        daemon.close()
        assert not daemon.alive()
        # Nothing of a run is left for the next to trip over.
        left = (len(list(Path("/proc/self/fd").iterdir())), threading.active_count())
        before = before or left
        assert left == before
        passed += 1
    assert passed == RUNS


def test_a_machine_that_refuses_says_so(start_daemon, seccomp_refused):
    with pytest.raises(pytest.skip.Exception, match=r"refuses seccomp user notification.*seccomp\("):
        start_daemon()
