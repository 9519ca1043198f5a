"""Tests which items guests and hosts publish of themselves: one table by release, edition and Core."""

from __future__ import annotations

import itertools

import attrs
import pytest

from avma_sim.facts.kvp import Item
from avma_sim.facts.load import build_facts, load_facts, read_tables
from avma_sim.model.guest import ADDRESSES_MAX, Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.rules.kvp_items import filled, intrinsic_items, pushed_items

FACTS = load_facts()
FQDN = "web01.cedar.example"
V4, V6 = ("10.0.0.5", "192.168.7.1"), ("fe80::5", "fd00::5")
TWO = ("datacenter", "standard")
THREE = (*TWO, "essentials")

# What a release says: product, version, integration services, service pack in words and as a number.
RELEASES = {
    "ws2008r2": ("Windows Server 2008 R2", "6.1", 7601, "6.1.7601.17514", "Service Pack 1", "1"),
    "ws2012": ("Windows Server 2012", "6.2", 9200, "6.2.9200.16384", "", "0"),
    "ws2012r2": ("Windows Server 2012 R2", "6.3", 9600, "6.3.9600.16384", "", "0"),
    "ws2016": ("Windows Server 2016", "10.0", 14393, "10.0.14393", "", "0"),
    "ws1709": ("Windows Server", "10.0", 16299, "10.0.16299", "", "0"),
    "ws1803": ("Windows Server", "10.0", 17134, "10.0.17134", "", "0"),
    "ws1809": ("Windows Server", "10.0", 17763, "10.0.17763", "", "0"),
    "ws2019": ("Windows Server 2019", "10.0", 17763, "10.0.17763", "", "0"),
    "ws1903": ("Windows Server", "10.0", 18362, "10.0.18362", "", "0"),
    "ws1909": ("Windows Server", "10.0", 18363, "10.0.18363", "", "0"),
    "ws2004": ("Windows Server", "10.0", 19041, "10.0.19041", "", "0"),
    "ws20h2": ("Windows Server", "10.0", 19042, "10.0.19042", "", "0"),
    "win10": ("Windows 10", "10.0", 19045, "10.0.19045", "", "0"),
    "ws2022": ("Windows Server 2022", "10.0", 20348, "10.0.20348", "", "0"),
    "ws2025": ("Windows Server 2025", "10.0", 26100, "10.0.26100", "", "0"),
    "win11": ("Windows 10", "10.0", 26100, "10.0.26100", "", "0"),
}
# What an edition says: its words, its number without and with Core, suites, product type.
EDITIONS = {
    "datacenter": ("Datacenter", "8", "12", "400", "3"),
    "standard": ("Standard", "7", "13", "272", "3"),
    "essentials": ("Essentials", "50", "50", "272", "3"),
    "datacenter-azure": ("Datacenter Azure Edition", "407", "408", "400", "3"),
    "pro": ("Pro", "48", "48", "256", "1"),
    "enterprise": ("Enterprise", "4", "4", "256", "1"),
}
CASES = [
    (release.id, edition, core)
    for release in FACTS.releases.values()
    for edition in release.editions
    for core in (False, True)
]


def guest(release="ws2019", edition="standard", **fields):
    return Guest("web01", bytes(range(16)), release, edition, "hv1", **fields)


def told(items):
    return {item.key: item.value for item in items}


@pytest.mark.parametrize(("release", "edition", "core"), CASES)
def test_a_windows_guest_says(release, edition, core):
    product, version, build, ics, csd, service_pack = RELEASES[release]
    words, number, core_number, suites, product_type = EDITIONS[edition]
    found = intrinsic_items(FACTS, guest(release, edition, core=core), FQDN, V4, V6)
    assert [attrs.astuple(item) for item in found] == [
        ("CSDVersion", csd),
        ("FullyQualifiedDomainName", FQDN),
        ("IntegrationServicesVersion", ics),
        ("NetworkAddressIPv4", "10.0.0.5;192.168.7.1"),
        ("NetworkAddressIPv6", "fe80::5;fd00::5"),
        ("OSBuildNumber", str(build)),
        ("OSEditionId", core_number if core else number),
        ("OSName", f"{product} {words}"),
        ("OSMajorVersion", version.split(".")[0]),
        ("OSMinorVersion", version.split(".")[1]),
        ("OSPlatformId", "2"),
        ("OSVersion", f"{version}.{build}"),
        ("ProcessorArchitecture", "9"),
        ("ProductType", product_type),
        ("RDPAddressIPv4", ""),
        ("RDPAddressIPv6", ""),
        ("ServicePackMajor", service_pack),
        ("ServicePackMinor", "0"),
        ("SuiteMask", suites),
    ]


def test_the_table_is_about_every_release_and_edition():
    assert list(RELEASES) == list(FACTS.releases)
    assert EDITIONS.keys() == FACTS.editions.keys()


@pytest.mark.parametrize(("v4", "v6"), list(itertools.product([(), ("10.0.0.5",), V4], [(), V6])))
@pytest.mark.parametrize("rdp", [False, True])
def test_addresses_are_lists_and_those_of_remote_desktop_the_same_while_it_listens(v4, v6, rdp):
    found = told(intrinsic_items(FACTS, guest(rdp=rdp), FQDN, v4, v6))
    assert found["NetworkAddressIPv4"] == ";".join(v4)
    assert found["NetworkAddressIPv6"] == ";".join(v6)
    assert found["RDPAddressIPv4"] == (";".join(v4) if rdp else "")
    assert found["RDPAddressIPv6"] == (";".join(v6) if rdp else "")


def test_as_many_addresses_as_a_guest_may_have_fit_into_an_item():
    longest = tuple(f"fe80:1111:2222:3333:4444:5555:6666:{at:04x}" for at in range(ADDRESSES_MAX))
    found = told(intrinsic_items(FACTS, guest(), FQDN, (), longest))
    assert len(found["NetworkAddressIPv6"]) <= 1022


def test_a_linux_guest_says():
    found = intrinsic_items(FACTS, guest("linux", "linux"), FQDN, V4, V6)
    assert [attrs.astuple(item) for item in found] == [
        ("FullyQualifiedDomainName", FQDN),
        ("IntegrationServicesVersion", "3.1"),
        ("NetworkAddressIPv4", "10.0.0.5;192.168.7.1"),
        ("NetworkAddressIPv6", "fe80::5;fd00::5"),
        ("OSBuildNumber", "6.1.0-41-amd64"),
        ("OSName", "Debian GNU/Linux"),
        ("OSMajorVersion", "12"),
        ("OSMinorVersion", ""),
        ("OSVersion", "6.1.0"),
        ("ProcessorArchitecture", "x86_64"),
    ]


def test_what_a_guest_says_is_its_own():
    """Each argument has its own place: no two guests share what is kept of one."""
    one = intrinsic_items(FACTS, guest(), FQDN, V4, V6)
    for other in (
        intrinsic_items(FACTS, guest(), "db01.cedar.example", V4, V6),
        intrinsic_items(FACTS, guest(), FQDN, V4[:1], V6),
        intrinsic_items(FACTS, guest(), FQDN, V4, ()),
        intrinsic_items(FACTS, guest(rdp=True), FQDN, V4, V6),
        intrinsic_items(FACTS, guest(core=True), FQDN, V4, V6),
        intrinsic_items(FACTS, guest(edition="datacenter"), FQDN, V4, V6),
        intrinsic_items(FACTS, guest("ws2022"), FQDN, V4, V6),
    ):
        assert other != one
    # A licence, a tenant or a pipe has no say: the very same items are handed out again.
    assert intrinsic_items(FACTS, guest(tenant="a", pipe=3, running=True, key="K"), FQDN, V4, V6) is one


def test_a_users_own_release_and_edition_say_what_their_rows_say():
    tables = read_tables()
    shared = {"status": "modelled", "source": "a test"}
    tables["edition"].append({"id": "hpc", "label": "HPC", **shared})
    row = {"id": "ws2028", "label": "Windows Server 2028", "build": 30000, "channel": "ltsc", "family": ""}
    client = {"id": "win12", "label": "Windows 12", "build": 30001, "channel": "client", "family": ""}
    tables["release"] += [{**each, "editions": ["hpc"], **shared} for each in (row, client)]
    facts = build_facts(tables)
    found = told(intrinsic_items(facts, guest("ws2028", "hpc"), FQDN, V4, V6))
    assert (found["OSName"], found["OSVersion"]) == ("Windows Server 2028 HPC", "10.0.30000")
    assert found["IntegrationServicesVersion"] == "10.0.30000"
    assert (found["OSEditionId"], found["SuiteMask"], found["ProductType"]) == ("0", "0", "3")
    assert (found["CSDVersion"], found["ServicePackMajor"]) == ("", "0")
    assert told(intrinsic_items(facts, guest("win12", "hpc"), FQDN, V4, V6))["ProductType"] == "1"
    pushed = told(pushed_items(facts, Host("hv1", "ws2028", "hpc"), guest(), "hv1.cedar.example"))
    assert (pushed["HostingSystemEditionId"], pushed["HostingSystemOsMajor"]) == ("0", "10")


# What a host sets: edition, version, service pack.
HOSTS = {
    "ws2008r2": ("6", "1", "1"),
    "ws2012": ("6", "2", "0"),
    "ws2012r2": ("6", "3", "0"),
    "ws2016": ("10", "0", "0"),
    "ws2019": ("10", "0", "0"),
    "ws2025": ("10", "0", "0"),
}
SINCE_2016 = {
    "HostingSystemNestedLevel": "0",
    "HostingSystemProcessorIdleStateMax": "0",
    "HostingSystemProcessorThrottleMax": "100",
    "HostingSystemProcessorThrottleMin": "5",
}


@pytest.mark.parametrize("release", HOSTS)
@pytest.mark.parametrize(("edition", "number"), [("datacenter", "8"), ("standard", "7")])
@pytest.mark.parametrize("cluster", ["", "east"])
def test_a_host_sets(release, edition, number, cluster):
    major, minor, service_pack = HOSTS[release]
    host = Host("hv1", release, edition, cluster=cluster)
    found = pushed_items(FACTS, host, guest(), "hv1.cedar.example")
    assert told(found) == {
        "HostName": cluster or "hv1",
        "HostingSystemEditionId": number,
        "HostingSystemOsMajor": major,
        "HostingSystemOsMinor": minor,
        "HostingSystemProcessorArchitecture": "9",
        "HostingSystemSpMajor": service_pack,
        "HostingSystemSpMinor": "0",
        "PhysicalHostName": "hv1",
        "PhysicalHostNameFullyQualified": "hv1.cedar.example",
        "VirtualMachineDynamicMemoryBalancingEnabled": "0",
        "VirtualMachineId": "00010203-0405-0607-0809-0A0B0C0D0E0F",
        "VirtualMachineName": "web01",
        **(SINCE_2016 if release not in ("ws2008r2", "ws2012", "ws2012r2") else {}),
    }
    assert [item.key for item in found] == sorted(item.key for item in found)


def test_a_host_tells_each_guest_who_it_is():
    host = Host("hv1", "ws2019", "datacenter")
    one = told(pushed_items(FACTS, host, guest(), "hv1.cedar.example"))
    other = attrs.evolve(guest(), name="web02", vm_id=b"\xff" * 16)
    two = told(pushed_items(FACTS, host, other, "hv1.cedar.example"))
    assert {key for key in one if one[key] != two[key]} == {"VirtualMachineId", "VirtualMachineName"}
    assert two["VirtualMachineId"] == "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"


def test_what_no_value_is_given_for_stays():
    items = [Item("A", "{a}", "", "", ""), Item("B", "{b}", "", "", ""), Item("C", "plain", "", "", "")]
    assert filled(items, {"{a}": "1"}) == (KvpItem("A", "1"), KvpItem("B", "{b}"), KvpItem("C", "plain"))


def test_nothing_in_braces_is_left():
    host = Host("hv1", "ws2019", "datacenter")
    for one in (
        intrinsic_items(FACTS, guest(), FQDN, V4, V6),
        intrinsic_items(FACTS, guest("linux", "linux"), FQDN, V4, V6),
        pushed_items(FACTS, host, guest(), "hv1.cedar.example"),
    ):
        assert not [item for item in one if "{" in item.value]
