"""Journals written as scenario files: what is said, and what cannot be said."""

from __future__ import annotations

import pytest

from avma_sim import InputError, Lab, load_facts, refold
from avma_sim.model import commands as cmd
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import KvpItem
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.write import scenario_text
from avma_sim.sim.journal import Header
from avma_sim.sim.state import Settings


def written(lab, name="told"):
    return scenario_text(lab.state.settings, lab.entries(), lab.facts, name)


def played(text, seed):
    result, entries, chosen = play_scenario(read_scenario(text, "told.avma.yaml"), seed)
    assert result.failures == ()
    return refold(Header(chosen), entries)


@pytest.fixture
def lab():
    """A lab with every kind of choice and thing."""
    lab = Lab(
        3,
        start="2026-02-03T04:05:06Z",
        readings={"no_seed_row": "activation-denied"},
        other_keys={"NBCDF-GHJKM-PQRTV-WXY23-46789": "retail"},
        clock="200ms",
    )
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_host("hv2", release="ws2022", activated={"channel": "kms", "until": "2027-01-01T00:00:00Z"})
    lab.add_host("hv3", release="ws2022", activated=False, request_limit={"count": 3, "per": "1h"})
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.add_guest(
        "on", on="hv1", release="ws2016", edition="standard", unattend_key="no: key\n", tenant="a b"
    )
    lab.arm("f 1", "delay", guest="web01", nth=9, by="3s", until="2027-01-01T00:00:00Z")
    return lab


GIVEN = """\
scenario: "what: came"
seeds: [3]
given:
  start: "2026-02-03T04:05:06Z"
  clock: 200ms
  readings: {no_seed_row: activation-denied}
  other_keys: {NBCDF-GHJKM-PQRTV-WXY23-46789: retail}
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
    hv2: {release: ws2022, edition: datacenter, activated: {channel: kms, until: "2027-01-01T00:00:00Z"}}
    hv3: {release: ws2022, edition: datacenter, activated: false, request_limit: {count: 3, per: 1h}}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
    "on": {release: ws2016, edition: standard, on: hv1, tenant: a b, unattend_key: "no: key\\n"}
  faults:
    f 1: {action: delay, guest: web01, nth: 9, until: "2027-01-01T00:00:00Z", by: 3s}
"""


def test_what_comes_first_is_given(lab):
    lab.start("web01")
    text = written(lab, "what: came")
    assert text.startswith(f"{GIVEN}when:\n  - start: web01\n")
    assert played(text, 3) == lab.state


def test_what_guests_tell_of_themselves_is_given():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("lx01", on="hv1", release="linux", edition="linux", ipv4=["10.0.0.5"], ipv6=[], fqdn="a.b")
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", rdp=True, ipv6=["fe80::5", "::1"])
    lab.ato("lx01")
    text = written(lab)
    assert text.partition("  guests:\n")[2].splitlines()[:5] == [
        '    lx01: {release: linux, edition: linux, on: hv1, fqdn: a.b, ipv4: ["10.0.0.5"], ipv6: []}',
        '    web01: {release: ws2016, edition: standard, on: hv1, ipv6: ["fe80::5", "::1"], rdp: true}',
        "when:",
        "  - ato: lx01",
        "    expect: {refused: no-windows}",
    ]
    assert played(text, 0) == lab.state


def test_commands_are_steps_and_refusals_and_licences_are_expected(lab):
    lab.start("on")
    lab.start("web01")
    lab.start("web01")
    lab.advance("2h")
    lab.advance("9d", until="web01.next_attempt")
    lab.advance(until="quiet")
    lab.install_key("web01", "n69g4-b89j2-4g8f4-wwycc-j464c")
    lab.install_key("web01", "nonsense", verbatim=True, elevated=False)
    lab.install_key("web01")
    lab.activate("hv3", channel="oem", until="2027-01-01T00:00:00Z")
    lab.activate("hv1")
    lab.migrate("web01", "hv3")
    lab.set_data_exchange("web01", on=False)
    lab.upgrade("web01", edition="datacenter", key="avma")
    lab.disarm("f 1")
    lab.add_host("hv4", release="ws2019", activated="retail")
    lab.arm("g", "replace", blob=b"\x00\x01")
    text = written(lab)
    assert text.partition("when:\n")[2].splitlines() == [
        '  - start: "on"',
        "    expect: {refused: C004F050}",
        "  - start: web01",
        "  - start: web01",
        "    expect: {refused: running}",
        "  - advance: 2h",
        "  - advance: {for: 9d, until: web01.next_attempt}",
        "  - advance: {until: quiet}",
        "  - install_key: {guest: web01, key: N69G4-B89J2-4G8F4-WWYCC-J464C}",
        "    expect: {refused: C004F069}",
        "  - install_key: {guest: web01, elevated: false, verbatim: nonsense}",
        "    expect: {refused: C004F025}",
        "  - install_key: {guest: web01, key: avma}",
        '  - activate: {host: hv3, channel: oem, until: "2027-01-01T00:00:00Z"}',
        "  - activate: hv1",
        "  - migrate: {guest: web01, to: hv3}",
        "  - set_data_exchange: {guest: web01, on: false}",
        "  - upgrade: {guest: web01, release: ws2016, edition: datacenter, key: avma}",
        "  - disarm: f 1",
        "  - add_host: {name: hv4, release: ws2019, edition: datacenter, activated: {channel: retail}}",
        '  - arm: {name: g, action: replace, blob: "0001"}',
        "  - name: what came of it",
        "    expect:",
        "      guests:",
        f"        web01: {{licence: {lab.guest('web01').licence.word}}}",
        f'        "on": {{licence: {lab.guest("on").licence.word}}}',
    ]
    assert played(text, 3) == lab.state


def test_life_over_time_is_written_and_played_again(lab):
    lab.start("web01")
    lab.pause("web01")
    lab.resume("web01")
    lab.resume("web01")
    lab.save_state("web01")
    lab.start("web01")
    lab.checkpoint("web01", "before: all")
    lab.checkpoint("web01", "nightly", kind="production")
    lab.migrate("web01", "hv2", copy="30s", blackout="200ms")
    lab.pause("web01")
    lab.advance("31s")
    lab.migrate("web01", "hv1", kind="quick", fails="arrival")
    lab.copy_guest("web01", "web02")
    lab.copy_guest("web01", "web03", on="hv3")
    lab.copy_guest("web01", "web04", keep_id=True)
    lab.apply_checkpoint("web01", "before: all")
    lab.stop_host("hv1")
    lab.start_host("hv1")
    lab.restart_host("hv2")
    lab.migrate("web01", "hv1", kind="failover")
    lab.upgrade_host("hv1", release="ws2022")
    lab.rebuild_host("hv3", edition="standard")
    lab.set_role("hv3", on=False)
    lab.join_cluster("hv1", "c1")
    lab.join_cluster("hv2", "c1")
    lab.drain("hv2", copy="5s")
    lab.undrain("hv2")
    lab.join_cluster("hv2", "")
    lab.crash_host("hv1")
    text = written(lab)
    assert text.partition("when:\n")[2].splitlines()[:-7] == [
        "  - start: web01",
        "  - pause: web01",
        "  - resume: web01",
        "  - resume: web01",
        "    expect: {refused: not-paused}",
        "  - save_state: web01",
        "  - start: web01",
        '  - checkpoint: {guest: web01, name: "before: all"}',
        "  - checkpoint: {guest: web01, name: nightly, kind: production}",
        "  - migrate: {guest: web01, to: hv2, copy: 30s, blackout: 200ms}",
        "  - pause: web01",
        "    expect: {refused: migrating}",
        "  - advance: 31s",
        "  - migrate: {guest: web01, to: hv1, kind: quick, fails: arrival}",
        "  - copy_guest: {guest: web01, name: web02, on: hv2}",
        "  - copy_guest: {guest: web01, name: web03, on: hv3}",
        "  - copy_guest: {guest: web01, name: web04, keep_id: true, on: hv2}",
        "    expect: {refused: same-id}",
        '  - apply_checkpoint: {guest: web01, name: "before: all"}',
        "  - stop_host: hv1",
        "  - start_host: hv1",
        "  - restart_host: hv2",
        "  - migrate: {guest: web01, to: hv1, kind: failover}",
        "    expect: {refused: host-up}",
        "  - upgrade_host: {host: hv1, release: ws2022, edition: datacenter}",
        "  - rebuild_host: {host: hv3, release: ws2022, edition: standard}",
        "  - set_role: {host: hv3, on: false}",
        "  - join_cluster: {host: hv1, cluster: c1}",
        "  - join_cluster: {host: hv2, cluster: c1}",
        "  - drain: {host: hv2, copy: 5s}",
        "  - undrain: hv2",
        '  - join_cluster: {host: hv2, cluster: ""}',
        "  - crash_host: hv1",
    ]
    assert played(text, 3) == lab.state


def test_key_value_pairs_are_written_and_played_again():
    lab = Lab(3)
    lab.add_host("hv1", release="ws2022", activated=True, kvp_refresh="5m", kvp_latency="0s")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.arm("bent", "patch", channel="kvp", at=12, blob=b"\xff\x00", nth=99)
    lab.start("web01")
    lab.write_kvp(
        "web01", {"Role": "web", "Empty": "", "no": "yes: 'x'\n\x07]]><script>", "\u2028": "\U0001f600"}
    )
    lab.write_kvp("web01", [KvpItem("a", "1"), KvpItem("a", "2")], pool="auto", replace=True)
    lab.write_kvp("web01", {}, pool="external", replace=True)
    lab.delete_kvp("web01", ["Role", "Empty"])
    lab.delete_kvp("web01", "nobody", pool="auto-external")
    lab.push_kvp("web01", {"on": "1"})
    lab.remove_kvp("web01", "on")
    lab.read_kvp()
    lab.read_kvp("web01", pools=("external", "auto-external"))
    lab.read_kvp(host="hv1")
    text = written(lab)
    assert "    hv1: {release: ws2022, edition: datacenter, activated: true, kvp_refresh: 5m}\n" in text
    assert "    bent: {action: patch, nth: 99, channel: kvp, at: 12, blob: ff00}\n" in text
    assert text.partition("when:\n")[2].splitlines()[:-4] == [
        "  - start: web01",
        (
            '  - write_kvp: {guest: web01, items: {Role: web, Empty: "", "no": '
            '"yes: \'x\'\\n\\u0007]]><script>", "\\u2028": "\\U0001f600"}}'
        ),
        '  - write_kvp: {guest: web01, items: {a: "2"}, pool: auto, replace: true}',
        "  - write_kvp: {guest: web01, items: {}, pool: external, replace: true}",
        "  - delete_kvp: {guest: web01, keys: [Role, Empty]}",
        "  - delete_kvp: {guest: web01, keys: [nobody], pool: auto-external}",
        "    expect: {refused: no-item}",
        '  - push_kvp: {guest: web01, items: {on: "1"}}',
        '  - remove_kvp: {guest: web01, keys: ["on"]}',
        "  - read_kvp: all",
        "  - read_kvp: {guest: web01, pools: [external, auto-external]}",
        "  - read_kvp: {host: hv1}",
    ]
    assert played(text, 3) == lab.state


def test_a_reading_of_all_cannot_be_said_where_a_guest_is_called_all():
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("all", on="hv1", release="ws2019", edition="standard")
    lab.read_kvp()
    with pytest.raises(InputError, match="all guests are read where one is called 'all'"):
        written(lab)


def test_a_node_of_a_cluster_is_given_with_it():
    lab = Lab()
    lab.add_host("n1", release="ws2019", activated=True, cluster="c1")
    text = written(lab)
    assert "    n1: {release: ws2019, edition: datacenter, activated: true, cluster: c1}\n" in text
    assert played(text, 0) == lab.state


def test_an_advance_until_a_function_holds_is_written_as_how_far_it_came(lab):
    lab.start("web01")
    lab.advance("30d", until=lambda here: len(here.guest("web01").events) == 3)
    text = written(lab)
    assert "advance: 7d" in text
    assert played(text, 3) == lab.state


def test_things_that_do_not_come_in_order_are_steps(lab):
    lab.add_host("hv4", release="ws2019", activated=True)
    text = written(lab)
    assert "  - add_host: {name: hv4" in text
    assert played(text, 3) == lab.state


def test_a_lab_of_nothing_is_a_file():
    text = written(Lab(4))
    assert text == "scenario: told\nseeds: [4]\ngiven: {}\n"
    assert not read_scenario(text, "f").steps


def test_a_lab_without_guests_expects_no_licence():
    lab = Lab()
    lab.advance("0s")
    assert written(lab).endswith("when:\n  - advance: 0s\n")


def guest(**fields):
    return Guest(
        "web02", **{"vm_id": b"", "release": "ws2016", "edition": "standard", "host": "hv1", **fields}
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (cmd.AddGuest(guest(vm_id=b"x" * 16)), "vm_id of web02"),
        (cmd.AddGuest(guest(unattend_key="avma")), "answer file's key 'avma'"),
        (cmd.InstallProductKey("web01", ""), "no key is installed"),
        (cmd.Upgrade("web01", "ws2019", "standard", "no key"), "key 'no key' here"),
    ],
)
def test_what_no_file_can_say_is_refused(lab, command, said):
    lab.start("web01")
    lab.do(command)
    with pytest.raises(InputError, match=said):
        written(lab)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(2**64 - 1), "seeds of 18 digits"),
        (Settings(guest_log_rows=9), "guest_log_rows"),
        (Settings(host_log_rows=9), "host_log_rows"),
    ],
)
def test_choices_that_no_file_has_are_refused(settings, said):
    with pytest.raises(InputError, match=said):
        scenario_text(settings, (), load_facts(), "x")


def test_a_manual_clock_is_said():
    assert "\n  clock: manual\n" in written(Lab(clock="manual"))
