"""Tests each kind of finding: the smallest story that it is about, and its neighbour that is in order."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from avma_sim import Lab
from avma_sim.model.kvp import AUTO, GUEST, KvpItem
from avma_sim.report.finding import KINDS
from avma_sim.report.tracking import tracking_report

START = "2025-01-01T00:00:00Z"
KMS = "N69G4-B89J2-4G8F4-WWYCC-J464C"  # a published KMS client key, so no AVMA key
LICENCE = (
    "AvmaSimLicenseStatus",
    "AvmaSimActivationHost",
    "AvmaSimActivationTime",
    "AvmaSimPartialProductKey",
)


def make(**readings):
    lab = Lab(seed=1, readings=readings or None)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_host("hv2", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma", tenant="acme")
    lab.start("web01")
    return lab


@pytest.fixture
def lab():
    """Two hosts and a guest that is activated."""
    return make()


def ids(lab, guest="web01", **options):
    """Read every guest; return the ids of the findings about one, or about hosts."""
    lab.read_kvp(pools=("external", "guest", "auto", "auto-external"))
    return sorted({one.id for one in lab.report(**options).findings if one.guest == guest})


def sentence(lab, kind):
    (found,) = lab.report().found(kind)
    return found.sentence


# C15: the key is replaced.


def test_stale_items_are_suspected_once_a_renewal_was_due(lab):
    lab.install_key("web01", KMS)
    assert ids(lab) == []  # so far nothing tells them from those of a key that is in
    lab.advance("7d")
    lab.advance("2h")
    assert ids(lab) == []
    lab.advance("1us")
    assert ids(lab) == ["licence-items-frozen"]
    assert "has asked no host for 7d2h1us, where a guest with an AVMA key asks after 7d" in sentence(
        lab, "licence-items-frozen"
    )


def test_deleting_the_items_settles_it(lab):
    lab.install_key("web01", KMS)
    lab.advance("8d")
    assert ids(lab) == ["licence-items-frozen"]
    lab.delete_kvp("web01", LICENCE)
    assert ids(lab) == ["licence-not-published"]
    assert KINDS["licence-not-published"].severity == "info"
    assert "a host cannot tell which" in sentence(lab, "licence-not-published")


def test_where_the_system_removes_the_items_none_go_stale():
    lab = make(kvp_after_key_replacement="system-removes")
    lab.advance("1h")
    lab.install_key("web01", KMS)
    assert ids(lab) == ["licence-not-published"]
    lab.advance("8d")
    assert ids(lab) == ["licence-not-published"]


def test_orphaned_items_look_like_stale_ones(lab):
    lab.uninstall_key("web01")
    lab.advance("8d")
    assert ids(lab) == ["licence-items-frozen"]


def test_a_guest_that_asked_after_it_was_read_is_not_suspected(lab):
    lab.uninstall_key("web01")
    lab.advance("8d")
    lab.read_kvp()
    assert lab.report().found("licence-items-frozen")
    lab.advance("1s")
    lab.install_key("web01")
    assert not lab.report().found("licence-items-frozen")


def test_after_a_refusal_items_that_are_not_there_are_not_missed(lab):
    lab.deactivate("hv1")
    lab.advance("7d")
    lab.delete_kvp("web01", LICENCE)
    lab.advance("1m")
    assert ids(lab) == ["activation-refused"]


def test_a_guest_that_renews_is_in_order(lab):
    lab.advance("100d")
    assert ids(lab) == []


def test_a_guest_that_is_paused_is_not_suspected(lab):
    lab.install_key("web01", KMS)
    lab.advance("8d")
    lab.read_kvp()
    lab.pause("web01")
    assert not lab.report().found("licence-items-frozen")


def test_after_a_refusal_a_guest_asks_sooner(lab):
    lab.deactivate("hv1")
    lab.advance("7d")
    lab.install_key("web01", KMS)
    lab.advance("4h")
    assert "licence-items-frozen" not in ids(lab)
    lab.advance("1s")
    assert "licence-items-frozen" in ids(lab)


def test_a_stopped_service_is_not_blamed_on_the_guest(lab):
    lab.set_service("hv1", "stopped")
    lab.advance("8d")
    assert ids(lab) == []
    assert "host-service" in ids(lab, "")


def test_items_are_not_missed_before_the_first_grant_nor_after_its_end(lab):
    lab.install_key("web01", KMS)
    lab.delete_kvp("web01", LICENCE)
    lab.advance("180d")
    assert ids(lab) == []
    other = Lab()
    other.add_host("hv1", release="ws2022", activated=True)
    other.add_guest("web01", on="hv1", release="ws2019", edition="standard").start()
    assert ids(other) == []


# C14: what somebody wrote.


def spoofed(lab, **items):
    lab.advance("2h")
    lab.write_kvp("web01", {f"AvmaSim{key}": value for key, value in items.items()})
    return ids(lab)


def test_a_host_of_nobody_is_told(lab):
    assert spoofed(lab, ActivationHost="hv9") == ["licence-host-unknown"]
    assert '"hv9"' in sentence(lab, "licence-host-unknown")


def test_a_host_that_granted_nothing_is_told(lab):
    assert spoofed(lab, ActivationHost="hv2") == ["licence-not-granted"]


def test_a_time_without_a_grant_is_told(lab):
    assert spoofed(lab, ActivationTime="2025-01-01T01:00:00Z") == ["licence-time-differs"]


@pytest.mark.parametrize(("time", "kinds"), [("00:00:30", []), ("00:00:31", ["licence-time-differs"])])
def test_an_answer_may_take_as_long_as_a_guest_waits(lab, time, kinds):
    assert spoofed(lab, ActivationTime=f"2025-01-01T{time}Z") == kinds


def test_a_time_before_the_grant_is_told(lab):
    assert spoofed(lab, ActivationTime="2024-12-31T23:59:59Z") == ["licence-time-differs"]


def test_a_short_log_proves_nothing():
    lab = Lab(seed=1, journal="hash", host_log_rows=2)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_host("hv2", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    lab.advance("21d")
    assert spoofed(lab, ActivationTime=START) == ["licence-unprovable"]
    assert spoofed(lab, ActivationTime="2025-01-21T00:00:00Z") == ["licence-time-differs"]
    lab.rebuild_host("hv2")
    assert spoofed(lab, ActivationHost="hv2") == ["licence-unprovable"]


def test_a_licence_of_a_guest_that_no_host_knows_is_told():
    lab = Lab(seed=1)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    lab.add_guest("web02", on="hv1", release="ws2019", edition="standard").start()
    lab.write_kvp(
        "web02",
        {
            "AvmaSimLicenseStatus": "1",
            "AvmaSimActivationHost": "hv1",
            "AvmaSimActivationTime": START,
            "AvmaSimPartialProductKey": "4GF74",
        },
    )
    assert ids(lab, "web02") == ["licence-not-granted"]
    assert "They agree with a grant to web01: a copy?" in sentence(lab, "licence-not-granted")


@pytest.mark.parametrize(
    ("time", "agrees"),
    [
        ("2024-12-31T23:59:59Z", False),
        (START, True),
        ("2025-01-01T00:00:30Z", True),
        ("2025-01-01T00:00:31Z", False),
    ],
)
def test_items_that_agree_with_a_grant_to_another_are_called_a_copy(lab, time, agrees):
    lab.add_guest("web02", on="hv1", release="ws2019", edition="standard", tenant="acme").start()
    lab.write_kvp("web02", {"AvmaSimActivationHost": "hv1", "AvmaSimActivationTime": time})
    assert "licence-not-granted" in ids(lab, "web02")
    assert ("a grant to web01: a copy?" in sentence(lab, "licence-not-granted")) is agrees


def test_a_copy_does_not_name_another_tenants_guest(lab):
    lab.add_guest("db01", on="hv1", release="ws2019", edition="standard", tenant="zeta").start()
    lab.write_kvp(
        "db01",
        {
            "AvmaSimLicenseStatus": "1",
            "AvmaSimActivationHost": "hv1",
            "AvmaSimActivationTime": START,
            "AvmaSimPartialProductKey": "4GF74",
        },
    )
    assert ids(lab, "db01", tenant="zeta") == ["licence-not-granted"]
    (found,) = lab.report(tenant="zeta").found("licence-not-granted")
    assert "a guest of somebody else" in found.sentence
    assert "web01" not in found.sentence


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ({"LicenseStatus": "9"}, 'status "9"'),
        ({"LicenseStatus": "1\n1"}, 'status "1\\x0a1"'),
        ({"LicenseStatus": "²"}, 'status "²"'),
        ({"ActivationTime": "yesterday"}, 'time "yesterday"'),
        ({"PartialProductKey": "ABCDE"}, '"ABCDE" ends no published AVMA key'),
    ],
)
def test_items_that_cannot_be_genuine_are_told(lab, items, said):
    assert "licence-malformed" in spoofed(lab, **items)
    assert said in sentence(lab, "licence-malformed")


def test_a_status_that_the_host_contradicts_is_told(lab):
    assert spoofed(lab, LicenseStatus="5") == ["licence-status-differs"]


def test_a_key_that_the_host_was_not_asked_with_is_told(lab):
    assert spoofed(lab, PartialProductKey="CWG3J") == ["licence-key-differs"]
    assert "2016/datacenter" in sentence(lab, "licence-key-differs")


@pytest.mark.parametrize("missing", LICENCE)
def test_missing_items_are_told(lab, missing):
    lab.advance("1h")
    lab.delete_kvp("web01", missing)
    # A status that is not there says nothing of host and time.
    assert ids(lab) == ["licence-incomplete"]


def test_a_lost_answer_leaves_items_behind(lab):
    lab.advance("6d")
    lab.arm("lost", "drop", to="guest")
    lab.advance("1d")
    lab.advance("29s")
    assert ids(lab) == []  # the answer may still come
    lab.advance("2s")
    assert ids(lab) == ["licence-behind"]


def test_a_licence_beyond_its_end_is_told(lab):
    lab.install_key("web01", KMS)
    lab.advance("180d")
    assert ids(lab) == ["licence-items-frozen"]
    lab.advance("30s")
    assert ids(lab) == ["licence-items-frozen", "licence-outlived"]


def test_a_permanent_licence_has_no_end():
    lab = make(timing="permanent")
    lab.install_key("web01", KMS)
    lab.advance("1000d")
    assert ids(lab) == ["licence-items-frozen"]


def test_items_that_the_host_set_are_held_against_what_it_knows(lab):
    lab.read_kvp(pools="auto-external")
    assert ids(lab) == []
    lab.write_kvp(
        "web01", {"VirtualMachineName": "sql", "PhysicalHostName": "hv7", "mine": "1"}, pool="auto-external"
    )
    assert ids(lab) == ["parameters-differ"]
    said = sentence(lab, "parameters-differ")
    assert 'VirtualMachineName is "sql", not "web01"' in said
    assert 'PhysicalHostName is "hv7", not "hv1"' in said
    lab.migrate("web01", to="hv2")
    assert not lab.report().found("parameters-differ")  # of another host's reading nothing is said
    assert ids(lab) == []


def test_a_clusters_name_is_no_contradiction():
    lab = Lab()
    lab.add_host("n1", release="ws2022", activated=True, cluster="c1")
    lab.add_guest("web01", on="n1", release="ws2019", edition="standard", key="avma").start()
    assert ids(lab) == []


def test_items_in_external_that_the_host_does_not_keep_are_told(lab):
    lab.push_kvp("web01", {"rack": "7"})
    assert ids(lab) == []
    lab.write_kvp("web01", {"rack": "8"}, pool="external")
    assert ids(lab) == ["external-differs"]


@pytest.mark.parametrize(("key", "value"), [("OSBuildNumber", "20348"), ("OSEditionId", "8")])
def test_another_system_than_asked_is_told(lab, key, value):
    lab.write_kvp("web01", {key: value}, pool="auto")
    assert ids(lab) == ["release-differs"]


def test_a_core_installation_is_no_other_system():
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma", core=True).start()
    assert ids(lab) == []


def test_two_guests_of_one_name_are_told_within_a_tenant(lab):
    for name, tenant in (("web02", "acme"), ("web03", "zeta")):
        lab.add_guest(name, on="hv1", release="ws2019", edition="standard", key="avma", tenant=tenant).start()
        lab.write_kvp(name, {"FullyQualifiedDomainName": "WEB01.acme.birch.example"}, pool="auto")
    assert ids(lab, "web02") == ["name-twice"]
    assert ids(lab, "web03") == []


# What hosts can do.


def test_a_refusal_is_told_with_the_end_of_the_licence(lab):
    lab.deactivate("hv1")
    lab.advance("7d")
    assert ids(lab) == ["activation-refused"]
    assert sentence(lab, "activation-refused") == (
        "hv1 refused it at 2025-01-08T00:00:00Z (C004FD02, decision row 6); the last grant, of hv1 at "
        "2025-01-01T00:00:00Z, ends at 2025-06-30T00:00:00Z."
    )
    assert ids(lab, "") == ["host-not-activated"]


@pytest.mark.parametrize(
    ("host", "kinds"),
    [
        ({"activated": False}, ["host-not-activated"]),
        ({"activated": "evaluation"}, ["host-not-activated"]),
        ({"edition": "standard"}, ["host-edition"]),
        ({"release": "ws2012"}, ["host-release"]),
        ({"release": "win11", "edition": "pro"}, ["host-edition", "host-release"]),
        ({"service": "stopped"}, ["host-service"]),
        ({"service": "hung"}, ["host-service"]),
        ({"platform": "azure-nested"}, ["host-platform"]),
        ({"activated": {"channel": "kms", "until": "2025-01-31T00:00:00Z"}}, ["host-activation-ends"]),
        ({"activated": {"channel": "kms", "until": "2025-01-31T00:00:01Z"}}, []),
        ({}, []),
    ],
)
def test_hosts_that_cannot_renew_are_told(host, kinds):
    lab = Lab()
    lab.add_host("hv1", **{"release": "ws2022", "activated": True, **host})
    for number in range(7):
        lab.add_guest(f"web{number}", on="hv1", release="ws2012r2", edition="standard", key="avma").start()
    lab.add_guest("plain", on="hv1", release="ws2012r2", edition="standard").start()
    found = ids(lab, "")
    assert found == kinds
    for kind in kinds:
        (said,) = lab.report().found(kind)
        assert said.guests == tuple(f"web{number}" for number in range(7))
        assert said.sentence.endswith("guests on it that use AVMA: web0, web1, web2, web3, web4 and 2 more.")


@pytest.mark.parametrize(("reading", "kinds"), [("any", []), ("datacenter", ["host-edition"])])
def test_the_edition_of_2012_r2_hosts_is_read_both_ways(reading, kinds):
    lab = Lab(readings={"host_2012r2_edition": reading})
    lab.add_host("hv1", release="ws2012r2", edition="standard", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2012r2", edition="standard", key="avma").start()
    assert ids(lab, "") == kinds


def test_a_guest_that_is_too_new_is_told_from_what_it_says(lab):
    lab.add_host("old", release="ws2016", activated=True)
    lab.migrate("web01", to="old")
    assert ids(lab) == ["guest-too-new"]
    assert sentence(lab, "guest-too-new") == (
        "Its build is 17763 and its edition standard, it says, which nobody verified; old runs Windows "
        "Server 2016, which refuses that."
    )
    state = lab.state.copy()
    del state.views["web01"]
    (found,) = tracking_report(state, lab.facts).found("guest-too-new")
    assert "its last request said" in found.sentence


def test_an_azure_edition_needs_another_host():
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2022", edition="datacenter-azure", key="avma").start()
    assert ids(lab) == ["activation-refused", "guest-needs-azure-local"]


@pytest.mark.parametrize("build", ["", "17763b", "9" * 30, "²"])
def test_a_build_that_is_no_number_is_not_reckoned_with(lab, build):
    lab.write_kvp("web01", {"OSBuildNumber": build}, pool="auto")
    assert "guest-too-new" not in ids(lab)


# Hostile and malformed content.

HOSTILE = {
    "line breaks": "a\nb",
    "unseen characters": "a\x1b[31mb",
    "markup": "]]><script>alert(1)</script>",
    "a formula": "=HYPERLINK(1)",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_values_are_told(lab, what):
    lab.write_kvp("web01", {"note": HOSTILE[what]})
    assert ids(lab) == ["content-suspicious"]
    assert sentence(lab, "content-suspicious").endswith(f": {what} in note.")


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_keys_are_told(lab, what):
    lab.write_kvp("web01", {HOSTILE[what]: "x"})
    assert ids(lab) == ["content-suspicious"]
    assert "\n" not in sentence(lab, "content-suspicious")
    assert "\x1b" not in sentence(lab, "content-suspicious")


def test_ten_thousand_items_are_bounded_and_counted(lab):
    lab.write_kvp("web01", {f"key{number}": "<b>" for number in range(9990)})
    found = ids(lab)
    assert found == ["content-many", "content-suspicious"]
    report = lab.report()
    said = report.inventory[0].unverified
    assert (len(said.others), said.others_count) == (20, 9990)
    assert "key0, key1, key2 and 9987 more" in sentence(lab, "content-suspicious")
    assert "9994 items" in sentence(lab, "content-many")
    assert max(len(one.sentence) for one in report.findings) < 300


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NetworkAddressIPv4", "10.0.0.1;localhost"),
        ("NetworkAddressIPv4", "fe80::1"),
        ("RDPAddressIPv6", "10.0.0.1"),
        ("ServicePackMajor", "one"),
        ("OSEditionId", ""),
        ("OSMajorVersion", "²"),
    ],
)
def test_values_of_no_form_are_told(lab, key, value):
    lab.write_kvp("web01", {key: value}, pool="auto")
    assert ids(lab) == ["content-malformed"]


def test_an_item_that_is_there_twice_is_told_and_the_first_counts(lab):
    lab.read_kvp()
    state, view = lab.state.copy(), lab.state.views["web01"]
    pools = dict(view.pools)
    pools[AUTO] = (*pools[AUTO], KvpItem("OSName", "Solaris"))
    pools[GUEST] = (*pools[GUEST], KvpItem("AvmaSimActivationHost", "hv9"))
    state.views["web01"] = attrs.evolve(view, pools=tuple(pools.items()))
    report = tracking_report(state, lab.facts)
    assert [one.id for one in report.findings] == ["content-malformed"]
    said = report.inventory[0].unverified
    assert (said.os_name, said.licence.host) == ("Windows Server 2019 Standard", "hv1")


def test_every_kind_is_in_a_test():
    told = set(Path(__file__).read_text("utf-8").split('"'))
    told |= set(Path(__file__).with_name("test_tracking.py").read_text("utf-8").split('"'))
    assert set(KINDS) <= told
