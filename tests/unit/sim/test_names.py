"""Tests generated names and addresses: always the same for a seed and a name, and of their ranges."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.model.guest import Guest
from avma_sim.sim.names import addresses_of, fqdn, fqdn_of, ipv4, ipv6, mac

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
NAMES = st.from_regex(
    re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII), fullmatch=True
)


def test_names_are_always_the_same():
    """Pinned: whatever is drawn for them later must not change them, or reports of a lab would."""
    assert fqdn(1, "web01") == "web01.birch.example"
    assert fqdn(1, "web01", "adatum") == "web01.adatum.birch.example"
    assert fqdn(1, "web.01") == f"web-01-{fqdn(1, 'web.01')[7:13]}.birch.example"
    assert ipv4(1, "w") == "10.61.110.170"
    assert ipv6(1, "w") == "fe80::215:5dff:fea9:279a"
    assert mac(1, "w") == "00-15-5D-A9-27-9A"


@given(st.integers(0, 2**64), NAMES, st.one_of(st.just(""), NAMES, st.text(min_size=1)))
def test_a_dns_name_is_one(seed, name, tenant):
    found = fqdn(seed, name, tenant)
    labels = found.split(".")
    assert len(labels) == (4 if tenant else 3)
    assert labels[-1] == "example"
    assert all(LABEL.fullmatch(label) for label in labels), found
    assert len(found) <= 253


@pytest.mark.parametrize("name", ["web01", "WEB01", "a", "x" * 63, "a-b", "0"])
def test_a_name_that_is_a_label_stays(name):
    assert fqdn(0, name).split(".")[0] == name.lower()


@pytest.mark.parametrize("name", ["a.b", "a_b", "a.b.c", "x" * 62 + ".y", "a..b"])
def test_a_name_that_is_none_gets_a_mark(name):
    first = fqdn(0, name).split(".")[0]
    assert re.fullmatch(r"[a-z-]+-[0-9a-f]{6}", first)
    assert len(first) <= 63


def test_names_that_differ_in_signs_alone_stay_apart():
    names = ("a-b", "a.b", "a_b", "a--b", "a._b")
    assert len({fqdn(0, name) for name in names}) == len(names)
    assert fqdn(0, "a", "x y") != fqdn(0, "a", "x-y") != fqdn(0, "a", "x.y")


def test_a_tenant_of_signs_alone_has_a_domain_too():
    assert re.fullmatch(r"web01\.[0-9a-f]{6}\.\w+\.example", fqdn(0, "web01", "***"))


@given(st.integers(0, 2**64), NAMES)
def test_addresses_are_private_and_link_local_and_agree_with_the_adapter(seed, name):
    first, second = ipaddress.ip_address(ipv4(seed, name)), ipaddress.ip_address(ipv6(seed, name))
    assert first in ipaddress.ip_network("10.0.0.0/8")
    assert 1 <= int(first) % 256 <= 254
    assert second.is_link_local
    assert str(second) == ipv6(seed, name)
    octets = [int(part, 16) for part in mac(seed, name).split("-")]
    assert octets[:3] == [0x00, 0x15, 0x5D]
    assert mac(seed, name) == mac(seed, name).upper()
    interface = bytes([octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]])
    assert second.packed[8:] == interface


def test_seeds_and_names_lead_apart():
    draws = [(seed, name) for seed in range(40) for name in ("web01", "web02", "db01")]
    assert len({ipv4(*draw) for draw in draws}) == len(draws)
    assert len({mac(*draw) for draw in draws}) == len(draws)
    assert len({fqdn(seed, "web01") for seed in range(40)}) > 5
    hosts = {int(ipv4(seed, "web01").rpartition(".")[2]) for seed in range(3000)}
    assert hosts == set(range(1, 255))


def test_a_guest_has_its_own_or_generated_ones():
    plain = Guest("web01", b"", "ws2019", "standard", "hv1", tenant="adatum")
    assert fqdn_of(1, plain) == "web01.adatum.birch.example"
    assert addresses_of(1, plain) == ((ipv4(1, "web01"),), (ipv6(1, "web01"),))
    told = Guest("web01", b"", "ws2019", "standard", "hv1", fqdn="w.example", ipv4=("10.0.0.5",), ipv6=())
    assert fqdn_of(1, told) == "w.example"
    assert addresses_of(1, told) == (("10.0.0.5",), ())
    none = Guest("web01", b"", "ws2019", "standard", "hv1", ipv4=(), ipv6=("fe80::5",))
    assert addresses_of(1, none) == ((), ("fe80::5",))
