"""Tests the tracking report: what hosts can tell of their guests, and that they look into none."""

from __future__ import annotations

import json

import attrs
import pytest

from avma_sim import InputError, Lab, UnknownName
from avma_sim.facts.kvp import kvp_facts
from avma_sim.model.licence import Licence
from avma_sim.report.finding import KINDS, SEVERITIES
from avma_sim.report.inventory import STANDINGS
from avma_sim.report.tracking import tracking_report

START = "2025-01-01T00:00:00Z"
DATACENTER = "WX4NM-KYWYW-QJJR4-XV3QB-6VM33"  # a published KMS client key, so no AVMA key


@pytest.fixture
def lab():
    """Two hosts; on the first two guests that are activated and were read."""
    made = Lab(seed=1)
    made.add_host("hv1", release="ws2022", activated=True)
    made.add_host("hv2", release="ws2022", activated=True)
    made.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma", tenant="acme")
    made.add_guest("web02", on="hv1", release="ws2022", edition="datacenter", key="avma", tenant="zeta")
    made.start("web01")
    made.start("web02")
    made.read_kvp()
    return made


def ids(report, guest="web01"):
    return sorted({one.id for one in report.findings if one.guest == guest})


def guest_of(report, name="web01"):
    (found,) = [one for one in report.inventory if one.guest == name]
    return found


# From the host alone.


def blinded(state):
    """Return a state in which everything that only guests know is another."""
    other = state.copy()
    for name, guest in state.guests.items():
        other.guests[name] = attrs.evolve(
            guest,
            release="ws2025",
            edition="essentials",
            key="",
            encryption=not guest.encryption,
            core=not guest.core,
            kvp_service=not guest.kvp_service,
            unattend_key="x",
            language="de-DE",
            rearms=7,
            rearmed=True,
            fqdn="elsewhere.example",
            ipv4=("192.0.2.1",),
            ipv6=(),
            rdp=not guest.rdp,
        )
        other.licences[name] = Licence(0, 0)
        other.logs.pop(name, None)
        kept = state.pools.get(name)
        if kept is not None:
            other.pools[name] = attrs.evolve(
                kept, delivered=(), external=(), guest=(), licence=None, auto=None, pushed=None, internal=()
            )
    for rows in (other.attempts, other.packets, other.services, other.checkpoints, other.ends, other.links):
        rows.clear()
    other.nonces = dict.fromkeys(state.nonces, 99)
    return other


# What of a guest's row its host knows: it is the virtual machine's.
OF_THE_HOST = {
    "name",
    "vm_id",
    "host",
    "running",
    "pipe",
    "data_exchange",
    "tenant",
    "saved",
    "paused",
    "on_its_way",
    "with_host",
}


def test_nothing_that_only_the_guest_knows_changes_the_report(lab):
    lab.write_kvp("web01", {"mine": "1", "AvmaSimLicenseStatus": "5"})
    lab.push_kvp("web02", {"theirs": "2"})
    lab.read_kvp(pools=("external", "guest", "auto", "auto-external"))
    lab.checkpoint("web01", "before")
    lab.advance("10d")
    there = lab.report()
    assert there.findings
    changed = blinded(lab.state)
    assert changed != lab.state
    assert tracking_report(changed, lab.facts, lab.entries()) == there
    from_logs = tracking_report(lab.state, lab.facts)
    assert tracking_report(changed, lab.facts) == from_logs


def test_each_field_of_a_guest_is_either_its_hosts_or_blinded(lab):
    before, after = lab.state.guests["web01"], blinded(lab.state).guests["web01"]
    same = {
        field.name
        for field in attrs.fields(type(before))
        if getattr(before, field.name) == getattr(after, field.name)
    }
    assert same == OF_THE_HOST


@pytest.mark.parametrize("change", ["tenant", "power", "data exchange", "view", "log"])
def test_what_the_host_knows_changes_the_report(lab, change):
    before, state = tracking_report(lab.state, lab.facts), lab.state.copy()
    guest = state.guests["web01"]
    if change == "tenant":
        state.guests["web01"] = attrs.evolve(guest, tenant="other")
    elif change == "power":
        state.guests["web01"] = attrs.evolve(guest, running=False)
    elif change == "data exchange":
        state.guests["web01"] = attrs.evolve(guest, data_exchange=False)
    elif change == "view":
        del state.views["web01"]
    else:
        del state.logs["hv1"]
    assert tracking_report(state, lab.facts) != before


def test_no_key_stands_in_a_report(lab):
    lab.write_kvp("web01", {"note": f"our key is {DATACENTER.lower()}."})
    lab.read_kvp()
    report = lab.report()
    text = json.dumps(report.to_dict())
    assert "6vm33" in text
    assert DATACENTER.lower() not in text.lower()
    for key in lab.facts.keys:
        assert key not in text
    lab.write_kvp("web01", {"AvmaSimPartialProductKey": DATACENTER, "AvmaSimActivationHost": DATACENTER})
    lab.write_kvp("web01", {"OSName": DATACENTER, "OSBuildNumber": DATACENTER}, pool="auto")
    lab.read_kvp()
    assert DATACENTER not in json.dumps(lab.report().to_dict())
    assert [one.severity for one in report.found("key-in-content")] == ["error"]


# The inventory.


def test_inventory_shows_what_was_read_and_calls_it_unverified(lab):
    found = guest_of(lab.report())
    assert (found.host, found.tenant, found.power, found.kvp, found.read_at, found.read_by, found.age) == (
        "hv1",
        "acme",
        "running",
        "ok",
        START,
        "hv1",
        "0s",
    )
    said = found.unverified
    assert said.os_name == "Windows Server 2019 Standard"
    assert (said.os_version, said.os_build, said.service_pack, said.architecture) == (
        "10.0.17763",
        "17763",
        "0",
        "9",
    )
    assert said.fqdn == "web01.acme.birch.example"
    assert said.ipv4
    assert said.ipv6
    assert (said.rdp_ipv4, said.rdp_ipv6) == ("", "")
    assert attrs.astuple(said.licence) == ("1", "hv1", START, "4GF74")
    assert said.licence.word == "licensed"
    assert not lab.report().findings


def test_document_keeps_apart_what_nobody_verified(lab):
    (first, _) = lab.report().to_dict()["inventory"]
    assert set(first) == {"guest", "host", "tenant", "vm_id", "power", "kvp", "unverified"}
    assert first["unverified"]["licence"]["host"] == "hv1"
    assert len(first["vm_id"]) == 36


def test_names_of_licence_items_are_those_of_the_facts(lab):
    shown = {item.name for item in kvp_facts().licence}
    lab.delete_kvp("web01", sorted(shown))
    lab.read_kvp()
    assert not guest_of(lab.report()).unverified.licence.any


STANDING = {
    "ok": lambda lab: lab.advance("1h"),
    "stale": lambda lab: lab.advance("61m"),
    "off": lambda lab: lab.stop("web01"),
    "disabled": lambda lab: lab.set_data_exchange("web01", on=False),
    "elsewhere": lambda lab: lab.migrate("web01", to="hv2"),
    "never-read": lambda lab: lab.start(
        lab.add_guest("web03", on="hv1", release="ws2019", edition="standard")
    ),
    "no-contact": lambda lab: (
        lab.arm("mute", "drop", channel="kvp", to="guest", guest="web01"),
        lab.read_kvp("web01"),
        lab.advance("10m"),
    ),
}


@pytest.mark.parametrize("standing", STANDING)
def test_standing_of_data_exchange(lab, standing):
    STANDING[standing](lab)
    name = "web03" if standing == "never-read" else "web01"
    report = lab.report()
    assert guest_of(report, name).kvp == standing
    expected = {
        "ok": [],
        "off": [],
        "stale": ["read-long-ago"],
        "disabled": ["data-exchange-off"],
        "elsewhere": ["read-elsewhere"],
        "never-read": ["never-read"],
        "no-contact": ["no-contact"],
    }[standing]
    assert ids(report, name) == expected
    assert set(STANDINGS) >= set(STANDING)


def test_stale_begins_after_the_span(lab):
    lab.advance("1h")
    assert guest_of(lab.report()).kvp == "ok"
    assert guest_of(lab.report(stale_after="59m")).kvp == "stale"
    with pytest.raises(InputError):
        lab.report(stale_after=3)


@pytest.mark.parametrize(("action", "standing"), [("patch", "mismatch"), ("truncate", "failed")])
def test_a_guest_that_picks_no_version_is_no_guest_that_is_silent(action, standing):
    lab = Lab(seed=1)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    # The first four bytes of the answer to an offer count the versions that were picked.
    fields = {"at": 28, "blob": bytes(4)} if action == "patch" else {"size": 20}
    lab.arm("none", action, channel="kvp", to="host", **fields)
    lab.start("web01")
    lab.advance(until="quiet")
    lab.read_kvp()
    lab.advance(until="quiet")
    assert guest_of(lab.report()).kvp == standing


@pytest.mark.parametrize(
    ("failure", "standing"),
    [
        (("connect", 0x80070032), "mismatch"),
        (("negotiate", 0x80070032), "mismatch"),
        (("walk 1 at 0", 0x80070032), "failed"),
        (("walk 1 at 3", 0x80004005), "failed"),
        (("walk 1 at 3", 0x800705B4), "no-contact"),
        (("connect", 0x8007048F), "no-contact"),
    ],
)
def test_standing_after_a_failed_reading(lab, failure, standing):
    view = lab.state.views["web01"]
    state = lab.state.copy()
    state.views["web01"] = attrs.evolve(view, failures=(("walk 0 at 1", 1), failure))
    report = tracking_report(state, lab.facts)
    found = guest_of(report)
    assert (found.kvp, found.failures[-1]) == (standing, failure)
    kind = {"mismatch": "protocol-mismatch", "failed": "read-failed", "no-contact": "no-contact"}[standing]
    (said,) = report.found(kind)
    step = {
        "walk 1 at 0": "asking for item 0 of the pool guest",
        "walk 1 at 3": "asking for item 3 of the pool guest",
    }.get(failure[0], failure[0])
    assert f": {step} ended with {failure[1]:08X} and 1 more" in said.sentence


def test_a_host_that_is_no_hyper_v_host_reads_nothing():
    lab = Lab()
    lab.add_host("kvm", release="ws2022", activated=True, platform="kvm")
    lab.add_guest("web01", on="kvm", release="ws2022", edition="standard", key="avma").start()
    report = lab.report()
    assert (guest_of(report).kvp, ids(report)) == ("unsupported", ["no-channel"])


def test_a_linux_guest_reports_and_has_no_licence():
    lab = Lab(seed=1)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("lin", on="hv1", release="linux", edition="linux").start()
    lab.read_kvp()
    report = lab.report()
    said = guest_of(report, "lin").unverified
    assert (said.os_name, said.architecture, said.licence.any) == ("Debian GNU/Linux", "x86_64", False)
    assert not report.findings


# History and usage.


def test_history_is_told_by_guest(lab):
    lab.deactivate("hv1")
    lab.advance("7d")
    report = lab.report()
    assert [(one.at, one.host, one.granted, one.code) for one in report.history_of("web01")] == [
        (START, "hv1", True, 0),
        ("2025-01-08T00:00:00Z", "hv1", False, 0xC004FD02),
    ]
    assert (report.history[0].build, report.history[0].edition, report.history[0].key) == (
        "17763",
        "standard",
        "2019/standard",
    )


def test_a_trace_reaches_beyond_the_logs_and_a_short_log_says_so():
    lab = Lab(host_log_rows=2)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    lab.advance("60d")
    whole, kept = lab.report(), tracking_report(lab.state, lab.facts)
    assert (len(whole.history), whole.from_trace, whole.short) == (9, True, ())
    assert (len(kept.history), kept.from_trace, kept.short) == (2, False, ("hv1",))
    assert whole.history[-2:] == kept.history
    assert kept.to_dict()["history_short"] == ["hv1"]


def test_a_lab_without_entries_reports_from_its_logs():
    lab = Lab(journal="hash")
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    report = lab.report()
    assert (report.from_trace, len(report.history), report.short) == (False, 1, ())


def test_the_past_is_reported_as_it_was(lab):
    lab.deactivate("hv1")
    lab.advance("7d")
    past = lab.at("2025-01-02T00:00:00Z").report(tenant="acme")
    assert (past.at, len(past.history), past.tenant) == ("2025-01-02T00:00:00Z", 1, "acme")
    assert len(lab.report(tenant="acme").history) == 2


def test_usage_counts_per_tenant_and_span(lab):
    lab.migrate("web01", to="hv2")
    lab.advance("31d")
    lab.deactivate("hv2")
    lab.advance("7d")
    used = {(one.tenant, one.host, one.span, one.period): one for one in lab.report().usage}
    acme = used["acme", "", "all", ""]
    assert (acme.granted, acme.guests, acme.first) == (5, 1, START)
    assert acme.refused > 0
    assert acme.last == "2025-01-29T00:00:00Z"
    assert used["acme", "hv1", "all", ""].granted == 1
    assert used["acme", "hv2", "all", ""].granted == 4
    assert used["acme", "hv2", "month", "2025-02"].granted == 0
    assert used["acme", "hv2", "day", "2025-01-08"].granted == 1
    assert ("zeta", "", "all", "") not in used
    assert used["zeta", "hv1", "month", "2025-01"].guests == 1
    empty = used["acme", "hv2", "month", "2025-02"]
    assert (empty.first, empty.last, empty.guests) == ("", "", 0)


def test_a_tenant_sees_its_own_only(lab):
    report = lab.report(tenant="acme")
    assert "web02" not in json.dumps(report.to_dict())
    assert "zeta" not in json.dumps(report.to_dict())
    assert {one.tenant for one in report.usage} == {"acme"}


def test_a_hosts_report_has_its_guests_and_records(lab):
    lab.migrate("web01", to="hv2")
    assert [one.guest for one in lab.report(host="hv2").inventory] == ["web01"]
    assert not lab.report(host=lab.host("hv2")).history
    assert len(lab.report(host="hv1").history) == 2


def test_unknown_tenants_and_hosts_are_told(lab):
    with pytest.raises(UnknownName, match="unknown tenant 'acm'; did you mean 'acme'"):
        lab.report(tenant="acm")
    with pytest.raises(UnknownName, match="unknown host 'hv3'"):
        lab.report(host="hv3")


# The kinds of findings.


def test_kinds_name_clauses_and_severities_that_exist(lab):
    for kind in KINDS.values():
        assert kind.severity in SEVERITIES
        assert set(kind.clauses) <= set(lab.facts.clauses)
        assert kind.clauses
        assert kind.advice.endswith(".")


def test_findings_are_the_worst_first(lab):
    lab.write_kvp("web02", {"note": DATACENTER})
    lab.read_kvp()
    lab.advance("2h")
    severities = [one.severity for one in lab.report().findings]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert lab.report().to_dict()["counts"] == {"error": 1, "warning": 2, "info": 0}
