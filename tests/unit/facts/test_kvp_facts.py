"""Tests the facts of Data Exchange: what hosts offer and guests pick, the bounds, and the names of items."""

from __future__ import annotations

import pytest

from avma_sim.facts.kvp import kvp_facts, read_kvp_tables
from avma_sim.facts.load import STATUSES, load_facts
from avma_sim.facts.windows import windows_facts
from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, AUTO_INTERNAL, EXTERNAL, GUEST, POOLS
from avma_sim.wire.ic_versions import LINUX_FRAMEWORKS, LINUX_MESSAGES
from avma_sim.wire.kvp_text import KEY_BYTES, VALUE_BYTES

TABLES = read_kvp_tables()
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
KVP = kvp_facts()
FACTS = load_facts()
SECOND = 1_000_000
COLUMNS = {
    "pool": {"number", "name", "key", "writer"},
    "channel": {"id", "guid"},
    "offer": {"layer", "version"},
    "preference": {"system", "from_build", "frameworks", "messages"},
    "limit": {"id", "value"},
    "wait": {"id", "span"},
    "intrinsic": {"name", "value", "about"},
    "release_value": {"release", "product", "ics", "csd", "service_pack"},
    "edition_value": {"edition", "words", "number", "core_number", "suite_mask", "product_type"},
    "linux_item": {"name", "value", "about"},
    "pushed": {"name", "value", "from_build", "about"},
    "licence_item": {"name", "value", "about"},
}
# The vendor's list, in its order.
INTRINSIC = (
    "CSDVersion FullyQualifiedDomainName IntegrationServicesVersion NetworkAddressIPv4 NetworkAddressIPv6 "
    "OSBuildNumber OSEditionId OSName OSMajorVersion OSMinorVersion OSPlatformId OSVersion "
    "ProcessorArchitecture ProductType RDPAddressIPv4 RDPAddressIPv6 ServicePackMajor ServicePackMinor "
    "SuiteMask"
)
LINUX = (
    "FullyQualifiedDomainName IntegrationServicesVersion NetworkAddressIPv4 NetworkAddressIPv6 "
    "OSBuildNumber OSName OSMajorVersion OSMinorVersion OSVersion ProcessorArchitecture"
)
PUSHED = (
    "HostName HostingSystemEditionId HostingSystemNestedLevel HostingSystemOsMajor HostingSystemOsMinor "
    "HostingSystemProcessorArchitecture HostingSystemProcessorIdleStateMax "
    "HostingSystemProcessorThrottleMax HostingSystemProcessorThrottleMin HostingSystemSpMajor "
    "HostingSystemSpMinor PhysicalHostName PhysicalHostNameFullyQualified "
    "VirtualMachineDynamicMemoryBalancingEnabled VirtualMachineId VirtualMachineName"
)
LICENCE = "AvmaSimLicenseStatus AvmaSimActivationHost AvmaSimActivationTime AvmaSimPartialProductKey"


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda value: str(value)[:40])
def test_each_row_has_its_columns_a_status_and_a_source(table, row):
    assert set(row) == COLUMNS[table] | {"status", "source"}
    assert row["status"] in STATUSES
    assert row["source"].strip()


@pytest.mark.parametrize("table", sorted(COLUMNS.keys() - {"offer", "preference"}))
def test_no_two_rows_are_of_one_thing(table):
    first = next(iter(TABLES[table][0]))
    ids = [row[first] for row in TABLES[table]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("items", "names"),
    [(KVP.intrinsic, INTRINSIC), (KVP.linux, LINUX), (KVP.pushed, PUSHED), (KVP.licence, LICENCE)],
    ids=["intrinsic", "linux", "pushed", "licence"],
)
def test_items_are_these_in_this_order(items, names):
    assert [item.name for item in items] == names.split()
    assert all(item.about.endswith(".") and item.status in STATUSES and item.source for item in items)


def test_only_the_licences_items_are_without_a_public_name():
    assert {item.status for item in KVP.licence} == {"modelled"}
    assert not {item.name for item in KVP.licence} & set(f"{INTRINSIC} {LINUX} {PUSHED}".split())


@pytest.mark.parametrize(
    ("number", "name", "key", "writer"),
    [
        (EXTERNAL, "External", "External", "host"),
        (GUEST, "Guest", "Guest", "guest"),
        (AUTO, "Auto", "Auto", "guest"),
        (AUTO_EXTERNAL, "AutoExternal", "Guest\\Parameters", "host"),
        (AUTO_INTERNAL, "AutoInternal", "", "nobody"),
    ],
)
def test_a_pool_is(number, name, key, writer):
    pool = KVP.pools[number]
    assert (pool.number, pool.name, pool.key, pool.writer) == (number, name, key, writer)
    assert tuple(KVP.pools) == POOLS


def test_the_channel_is():
    assert KVP.channel == {
        "interface": "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6",
        "instance": "242ff919-07db-4180-9c2e-b86cb68c8c55",
    }


def test_a_host_offers():
    assert KVP.frameworks == ((1, 0), (3, 0))
    assert KVP.messages == ((3, 0), (4, 0), (5, 0))


@pytest.mark.parametrize("release", FACTS.releases.values(), ids=lambda release: release.id)
def test_windows_picks_5_from_2016_on_and_4_before(release):
    row = KVP.preference("windows", release.build)
    assert row.messages[0] == ((5, 0) if release.build >= 14393 else (4, 0))
    assert row.frameworks == ((3, 0), (1, 0))
    assert row.messages[0] in KVP.messages


def test_linux_picks_what_its_driver_does():
    row = KVP.preference("linux", 0)
    assert (row.frameworks, row.messages) == (LINUX_FRAMEWORKS, LINUX_MESSAGES)
    assert row.messages[0] == (4, 0)


def test_the_bounds_are():
    assert KVP.limits == {
        "key-bytes": KEY_BYTES,
        "value-bytes": VALUE_BYTES,
        "key-units": 254,
        "value-units": 1022,
        "items": 10_000,
        "items-per-call": 128,
    }


def test_the_waits_are():
    assert KVP.waits_us == {
        "linux-daemon": 30 * SECOND,
        "linux-registration": 55 * SECOND,
        "host-answer": 60 * SECOND,
    }


def test_each_release_and_edition_says_what_it_is():
    assert list(KVP.releases) == list(FACTS.releases)
    assert set(KVP.editions) == set(FACTS.editions)


def test_a_version_of_the_services_is_that_of_its_system():
    for name, values in KVP.releases.items():
        build = FACTS.releases[name].build
        assert values.ics.startswith(f"{windows_facts().version(build)}.{build}"), name


def test_facts_are_read_once():
    assert kvp_facts() is KVP
