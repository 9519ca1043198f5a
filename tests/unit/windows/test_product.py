"""Tests the products of machines: which row has the key, and what it says in each state of a licence."""

from __future__ import annotations

import uuid

import pytest

from avma_sim import Lab
from avma_sim.facts.load import load_facts
from avma_sim.sim.chance import host_pid
from avma_sim.windows.product import (
    WINDOWS_ID,
    current_product,
    license_family,
    products,
    service_version,
)

FACTS = load_facts()
AVMA = "Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel"
KMS_KEY = next(
    key.text for key in FACTS.kms_keys.values() if key.releases == ("ws2019",) and key.edition == "standard"
)
OTHER = {"NBCDF-GHJKM-PQRTV-WXY23-46789": "retail"}


def make(**guest):
    lab = Lab(7, other_keys=OTHER)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", **{"release": "ws2019", "edition": "standard", "key": "avma", **guest})
    return lab


def rows(lab, machine="web01"):
    return products(lab.state, lab.facts, machine)


def current(lab, machine="web01"):
    return current_product(rows(lab, machine))


def test_a_licensed_guest():
    lab = make()
    lab.start("web01")
    row = current(lab)
    assert (row.name, row.description) == ("Windows(R), ServerStandard edition", AVMA)
    assert (row.license_status, row.license_status_reason) == (1, 0x4004FC04)
    assert (row.grace_period_remaining, row.partial_product_key) == (180 * 1440, "4GF74")
    assert (row.host_machine_name, row.activation_us) == ("hv1", lab.state.now_us)
    assert row.host_digital_pid2.startswith("SIMULATED-")
    assert (row.application_id, row.is_addon, row.product_key_channel) == (WINDOWS_ID, False, "Volume:AVMA")
    assert len(row.offline_installation_id) == 63
    assert row.offline_installation_id.isdigit()
    assert uuid.UUID(row.id).version == uuid.UUID(row.iaid).version == 5


def test_the_shown_id_is_that_of_the_identity_that_granted():
    lab = make()
    lab.start("web01")
    first = current(lab).host_digital_pid2
    assert first == host_pid(7, "hv1")
    lab.rebuild_host("hv1")
    assert current(lab).host_digital_pid2 == first, "the licence is still the old host's"
    lab.activate("hv1")
    lab.restart("web01")
    assert (current(lab).host_machine_name, current(lab).host_digital_pid2) == ("hv1", host_pid(7, "hv1", 1))
    assert host_pid(7, "hv1", 1) != first


def test_minutes_are_whole_and_rounded_up():
    lab = make()
    lab.start("web01")
    lab.advance("30s")
    assert current(lab).grace_period_remaining == 180 * 1440
    lab.advance("30s")
    assert current(lab).grace_period_remaining == 180 * 1440 - 1


def test_a_licence_without_an_end():
    lab = Lab(readings={"timing": "permanent"})
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("web01")
    assert (current(lab).license_status, current(lab).grace_period_remaining, current(lab).end_us) == (
        1,
        0,
        None,
    )


def test_a_guest_that_was_never_granted_names_no_host():
    lab = make()
    lab.deactivate("hv1")
    lab.start("web01")
    row = current(lab)
    assert (row.license_status, row.license_status_reason) == (5, 0xC004FD02)
    assert (row.iaid, row.host_machine_name, row.host_digital_pid2, row.activation_us) == ("", "", "", None)
    assert row.grace_period_remaining == 0


@pytest.mark.parametrize(
    ("key", "channel"), [("avma", "avma"), (KMS_KEY, "kms-client"), (next(iter(OTHER)), "retail")]
)
def test_the_row_of_the_key_comes_first_and_alone_has_one(key, channel):
    lab = make(key=key)
    lab.start("web01")
    first, *others = rows(lab)
    assert (first.channel, first.partial_product_key) == (channel, lab.state.guests["web01"].key[-5:])
    assert {row.channel for row in others} == {"avma", "kms-client", "mak", "oem", "retail"} - {channel}
    assert all(not row.partial_product_key and row.license_status == 0 for row in others)
    assert len({row.id for row in rows(lab)}) == 5


def test_without_a_key_the_last_row_is_in_grace_and_none_is_current():
    lab = make(key=None)
    lab.start("web01")
    assert current(lab) is None
    assert [row.license_status for row in rows(lab)] == [0, 0, 0, 0, 2]
    assert rows(lab)[-1].grace_period_remaining == 10 * 1440


def test_a_release_without_avma_has_no_such_product():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("old", on="hv1", release="ws2012", edition="standard")
    assert [row.channel for row in rows(lab, "old")] == ["kms-client", "mak", "oem", "retail"]


def test_a_key_that_is_installed_anew_has_another_installation_id():
    lab = make()
    lab.start("web01")
    before = current(lab)
    lab.install_key("web01", KMS_KEY)
    assert current(lab).offline_installation_id != before.offline_installation_id
    assert current(lab).product_key_id != before.product_key_id


@pytest.mark.parametrize(
    ("activated", "description", "status", "reason", "minutes"),
    [
        (True, "VOLUME_MAK", 1, 0x4004F040, 0),
        (False, "VOLUME_MAK", 5, 0xC004F009, 0),
        ("kms", "VOLUME_KMSCLIENT", 1, 0x4004F040, 259200),
        ("ad", "VOLUME_KMSCLIENT", 1, 0x4004F040, 259200),
        ("oem", "OEM_SLP", 1, 0, 0),
        ("retail", "RETAIL", 1, 0, 0),
        ({"channel": "mak", "until": "2025-01-02T00:00:00Z"}, "VOLUME_MAK", 1, 0x4004F040, 1440),
        ({"channel": "kms", "until": "2025-01-02T00:00:00Z"}, "VOLUME_KMSCLIENT", 1, 0x4004F040, 1440),
        ({"channel": "evaluation", "until": "2025-01-11T00:00:00Z"}, "TIMEBASED_EVAL", 1, 0, 14400),
    ],
)
def test_a_host(activated, description, status, reason, minutes):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=activated)
    (row,) = rows(lab, "hv1")
    assert row.description == f"Windows(R) Operating System, {description} channel"
    assert (row.license_status, row.license_status_reason, row.grace_period_remaining) == (
        status,
        reason,
        minutes,
    )
    assert (row.evaluation_end_us is not None) == (description == "TIMEBASED_EVAL")
    assert len(row.partial_product_key) == 5
    assert row == current(lab, "hv1")


def test_rearms_are_counted_down():
    lab = make()
    lab.start("web01")
    lab.rearm("web01")
    assert (current(lab).remaining_windows_rearm, current(lab).remaining_sku_rearm) == (1000, 1000)


@pytest.mark.parametrize(
    ("edition", "core", "family"),
    [
        ("standard", False, "ServerStandard"),
        ("datacenter", True, "ServerDatacenterCore"),
        ("essentials", False, "ServerSolution"),
        ("datacenter-azure", True, "ServerTurbineCore"),
    ],
)
def test_licence_families(edition, core, family):
    assert license_family(edition, core=core) == family


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("ws2008r2", "6.1.7601.1"),
        ("ws2012", "6.2.9200.1"),
        ("ws2012r2", "6.3.9600.1"),
        ("ws2016", "10.0.14393.1"),
        ("ws2025", "10.0.26100.1"),
    ],
)
def test_versions(release, version):
    assert service_version(FACTS, release) == version


def test_every_edition_has_a_family():
    for edition in FACTS.editions:
        assert license_family(edition, core=False)
