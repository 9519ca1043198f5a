"""Each verb in a file is one call of the lab, and so one command."""

from __future__ import annotations

import pytest

from avma_sim.model import commands as cmd
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.scenario.load import make_lab
from avma_sim.scenario.verbs import VERBS

START_US = 1_735_689_600_000_000
HOUR_US = 3_600_000_000
KEY_2016 = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"

# What stands in a step, and the command that it makes.
STEPS = {
    "start: db01": cmd.Start("db01"),
    "start: {guest: db01}": cmd.Start("db01"),
    "stop: web01": cmd.Stop("web01"),
    "stop: {guest: web01}": cmd.Stop("web01"),
    "restart: web01": cmd.Restart("web01"),
    "uninstall_key: web01": cmd.UninstallProductKey("web01"),
    "ato: web01": cmd.RequestActivation("web01"),
    "install_key: {guest: web01, key: avma}": cmd.InstallProductKey("web01", KEY_2016),
    f"install_key: {{guest: web01, key: {KEY_2016.lower()}}}": cmd.InstallProductKey("web01", KEY_2016),
    "uninstall_key: {guest: web01, elevated: false}": cmd.UninstallProductKey("web01", elevated=False),
    "rearm: web01": cmd.Rearm("web01"),
    "rearm: {guest: web01, elevated: false}": cmd.Rearm("web01", elevated=False),
    "ato: {guest: web01, elevated: false}": cmd.RequestActivation("web01", elevated=False),
    "install_key: {guest: web01, key: avma, elevated: false}": cmd.InstallProductKey(
        "web01", KEY_2016, elevated=False
    ),
    "install_key: {guest: web01, verbatim: ' any text'}": cmd.InstallProductKey("web01", " any text"),
    "install_key: {guest: web01, verbatim: avma, elevated: true}": cmd.InstallProductKey("web01", "avma"),
    "upgrade: {guest: web01, release: ws2019}": cmd.Upgrade("web01", "ws2019", "standard"),
    "upgrade: {guest: web01, edition: datacenter, key: avma}": cmd.Upgrade(
        "web01", "ws2016", "datacenter", "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"
    ),
    "set_kvp_service: {guest: web01, running: false}": cmd.SetKvpService("web01", running=False),
    "set_data_exchange: {guest: web01, on: false}": cmd.SetDataExchange("web01", on=False),
    "migrate: {guest: web01, to: hv2}": cmd.Migrate("web01", "hv2"),
    "migrate: {guest: web01, to: hv2, kind: live}": cmd.Migrate("web01", "hv2"),
    (
        "migrate: {guest: web01, to: hv2, kind: quick, copy: 30s, blackout: 200ms, fails: switch-over}"
    ): cmd.Migrate("web01", "hv2", "quick", 30_000_000, 200_000, "switch-over"),
    "migrate: {guest: web01, to: hv2, kind: failover}": cmd.Migrate("web01", "hv2", "failover"),
    "pause: web01": cmd.Pause("web01"),
    "pause: {guest: web01}": cmd.Pause("web01"),
    "save_state: web01": cmd.Save("web01"),
    "resume: web01": cmd.Resume("web01"),
    "copy_guest: {guest: web01, name: web02}": cmd.CopyGuest("web01", "web02", "hv1"),
    "copy_guest: {guest: web01, name: web02, on: hv2, keep_id: true}": cmd.CopyGuest(
        "web01", "web02", "hv2", keep_id=True
    ),
    "checkpoint: {guest: web01, name: before the patch}": cmd.TakeCheckpoint("web01", "before the patch"),
    "checkpoint: {guest: web01, name: 'off', kind: production}": cmd.TakeCheckpoint(
        "web01", "off", "production"
    ),
    "apply_checkpoint: {guest: web01, name: kept}": cmd.ApplyCheckpoint("web01", "kept"),
    "stop_host: hv1": cmd.StopHost("hv1"),
    "stop_host: {host: hv1}": cmd.StopHost("hv1"),
    "start_host: hv1": cmd.StartHost("hv1"),
    "restart_host: hv1": cmd.RestartHost("hv1"),
    "crash_host: hv1": cmd.CrashHost("hv1"),
    "upgrade_host: {host: hv1, release: ws2022}": cmd.UpgradeHost("hv1", "ws2022", "datacenter"),
    "upgrade_host: {host: hv1, edition: standard}": cmd.UpgradeHost("hv1", "ws2019", "standard"),
    "rebuild_host: hv1": cmd.RebuildHost("hv1", "ws2019", "datacenter"),
    "rebuild_host: {host: hv1, release: ws2016, edition: standard}": cmd.RebuildHost(
        "hv1", "ws2016", "standard"
    ),
    "set_role: {host: hv1, on: false}": cmd.SetRole("hv1", on=False),
    "join_cluster: {host: hv1, cluster: c1}": cmd.SetCluster("hv1", "c1"),
    "join_cluster: {host: hv1, cluster: ''}": cmd.SetCluster("hv1", ""),
    "drain: hv1": cmd.DrainHost("hv1"),
    "drain: {host: hv1, copy: 1m, blackout: 1s}": cmd.DrainHost("hv1", 60_000_000, 1_000_000),
    "undrain: hv1": cmd.ResumeHost("hv1"),
    "write_kvp: {guest: web01, items: {Role: web, 1: 2, Empty: ''}}": cmd.WriteKvp(
        "web01", 1, (KvpItem("Role", "web"), KvpItem("1", "2"), KvpItem("Empty", ""))
    ),
    "write_kvp: {guest: web01, pool: auto-external, items: {}, replace: true}": cmd.WriteKvp(
        "web01", 3, (), replace=True
    ),
    "write_kvp: {guest: web01, pool: 0, items: {a: b}, replace: false}": cmd.WriteKvp(
        "web01", 0, (KvpItem("a", "b"),)
    ),
    "delete_kvp: {guest: web01, keys: Role}": cmd.DeleteKvp("web01", 1, ("Role",)),
    "delete_kvp: {guest: web01, keys: [Role, 7], pool: auto}": cmd.DeleteKvp("web01", 2, ("Role", "7")),
    "push_kvp: {guest: web01, items: {a: b}}": cmd.PushKvp("web01", (KvpItem("a", "b"),)),
    "remove_kvp: {guest: web01, keys: a}": cmd.RemoveKvp("web01", ("a",)),
    "remove_kvp: {guest: web01, keys: [a, b]}": cmd.RemoveKvp("web01", ("a", "b")),
    "read_kvp: web01": cmd.ReadKvp("web01"),
    "read_kvp: all": cmd.ReadKvp(),
    "read_kvp: {guest: all, pools: [external, 3]}": cmd.ReadKvp(pools=(0, 3)),
    "read_kvp: {host: hv1, pools: auto}": cmd.ReadKvp(host="hv1", pools=(2,)),
    "activate: hv2": cmd.Activate("hv2"),
    "activate: {host: hv2, channel: kms, until: 2025-01-01T01:00:00Z}": cmd.Activate(
        "hv2", "kms", START_US + HOUR_US
    ),
    "deactivate: hv1": cmd.Deactivate("hv1"),
    "set_service: {host: hv1, state: hung}": cmd.SetService("hv1", "hung"),
    "arm: {name: f, action: drop}": cmd.ArmFault(Fault("f", "drop")),
    (
        "arm: {name: f, action: delay, guest: web01, host: hv1, to: guest, every: 2, by: 1s, "
        "from: 1970-01-01T00:00:01Z, until: 2026-01-01T00:00:00Z}"
    ): cmd.ArmFault(
        Fault(
            "f",
            "delay",
            guest="web01",
            host="hv1",
            to="guest",
            every=2,
            by_us=1_000_000,
            from_us=1_000_000,
            until_us=1_767_225_600_000_000,
        )
    ),
    "arm: {name: f, action: extend, nth: 3, blob: 00ff}": cmd.ArmFault(
        Fault("f", "extend", nth=3, blob=b"\0\xff")
    ),
    "arm: {name: f, action: flip, rate_ppm: 5, bit: 9, size: 2, copies: 3}": cmd.ArmFault(
        Fault("f", "flip", rate_ppm=5, bit=9, size=2, copies=3)
    ),
    "arm: {name: f, action: patch, channel: kvp, at: 12, blob: ffff}": cmd.ArmFault(
        Fault("f", "patch", channel="kvp", at=12, blob=b"\xff\xff")
    ),
    "disarm: there": cmd.DisarmFault("there"),
    "disarm: {name: there}": cmd.DisarmFault("there"),
    "advance: 1h": cmd.Advance(START_US + HOUR_US),
    "advance: {for: 1h}": cmd.Advance(START_US + HOUR_US),
    "advance: {to: 2025-01-01T01:00:00Z}": cmd.Advance(START_US + HOUR_US),
    "advance: {until: quiet}": cmd.Advance(None, "quiet"),
    "advance: {for: 1h, until: quiet}": cmd.Advance(START_US + HOUR_US, "quiet"),
    "advance: {to: 2025-01-01T01:00:00Z, until: web01.next_attempt}": cmd.Advance(
        START_US + HOUR_US, "attempt", "web01"
    ),
    "add_host: {name: hv3, release: ws2022, edition: datacenter, activated: false}": cmd.AddHost(
        Host("hv3", "ws2022", "datacenter")
    ),
    (
        "add_host: {name: hv3, release: ws2022, edition: standard, activated: {channel: evaluation}, "
        "platform: kvm, hyperv: false, service: stopped, encryption: false, latency: 2ms, "
        "request_limit: {count: 3, per: 1h}, kvp_refresh: 5m, kvp_latency: 3ms, kvp_packets: true}"
    ): cmd.AddHost(
        Host(
            "hv3",
            "ws2022",
            "standard",
            "kvm",
            False,
            "stopped",
            False,
            2000,
            request_limit=(3, HOUR_US),
            kvp_refresh_us=300_000_000,
            kvp_latency_us=3000,
            kvp_packets=True,
        ),
        "evaluation",
    ),
    "add_guest: {name: g1, release: ws2019, edition: essentials, on: hv2}": cmd.AddGuest(
        Guest("g1", b"", "ws2019", "essentials", "hv2")
    ),
    (
        "add_guest: {name: g1, release: ws2019, edition: standard, on: hv2, unattend: "
        "'<unattend xmlns=\"urn:schemas-microsoft-com:unattend\"><servicing/></unattend>'}"
    ): cmd.AddGuest(Guest("g1", b"", "ws2019", "standard", "hv2")),
    (
        "add_guest: {name: g1, release: ws2016, edition: standard, on: hv2, key: avma, core: true, "
        "data_exchange: false, encryption: false, tenant: adatum, kvp_service: false, unattend_key: ' x ', "
        "language: de-DE, fqdn: g1.example, ipv4: [10.0.0.5, 192.168.7.1], ipv6: [], rdp: true}"
    ): cmd.AddGuest(
        Guest(
            "g1",
            b"",
            "ws2016",
            "standard",
            "hv2",
            KEY_2016,
            data_exchange=False,
            encryption=False,
            core=True,
            tenant="adatum",
            kvp_service=False,
            unattend_key=" x ",
            language="de-DE",
            fqdn="g1.example",
            ipv4=("10.0.0.5", "192.168.7.1"),
            ipv6=(),
            rdp=True,
        )
    ),
    "add_guest: {name: l1, release: linux, edition: linux, on: hv2, ipv6: ['fe80::5']}": cmd.AddGuest(
        Guest("l1", b"", "linux", "linux", "hv2", ipv6=("fe80::5",))
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_one_command(load, step):
    scenario = load(f"when:\n  - {step}\n  - arm: {{name: there, action: drop}}\n")
    read = scenario.steps[0]
    lab = make_lab(scenario.given, 0)
    lab.start("web01")
    lab.arm("there", "drop", nth=99)
    lab.checkpoint("web01", "kept")
    n = lab.state.n
    assert read.action.verb == step.partition(":")[0]
    getattr(lab, read.action.verb)(**read.action.made.fields)
    assert [entry.what for entry in lab.entries()[n:] if entry.by is None] == [STEPS[step]]
    assert type(STEPS[step]) is VERBS[read.action.verb].command


def test_every_verb_is_held():
    assert {step.partition(":")[0] for step in STEPS} == set(VERBS)


@pytest.mark.parametrize("verb", [verb for verb, row in VERBS.items() if row.short])
def test_a_short_form_stands_for_one_field(verb):
    row = VERBS[verb]
    assert row.short in row.fields
    required = {name for name, field in row.fields.items() if field.required}
    assert required <= {row.short}


def test_a_guest_may_be_called_all(load):
    steps = load(
        "when:\n  - add_guest: {name: all, release: ws2019, edition: standard, on: hv1}\n  - read_kvp: all\n"
    ).steps
    assert steps[1].action.made.fields == {"guest": "all"}


COPIES = """\
when:
  - copy_guest: {guest: web01, name: web02, on: hv2}
    expect: {guests: {web02: {on: hv2, power: 'off'}}, events: none}
  - advance: 1d
  - start: web02
    expect: {events: [{log: web02, id: 12309}, {log: hv2, id: 12310, guest: web02}]}
"""


def test_a_copys_name_is_a_guests_name_in_all_that_follows_and_before(load, play):
    assert play(COPIES).failures == ()
    early = load("when:\n  - expect: {guests: {web02: {power: saved}}}\n" + COPIES.partition("when:\n")[2])
    assert early.steps[0].expect.guests.keys() == {"web02"}
    (said,) = play("when:\n  - start: web02\n" + COPIES.partition("when:\n")[2]).failures
    assert (said.line, said.about, said.got) == (9, "command", "unknown guest 'web02'; did you mean 'web01'?")


def test_a_copys_name_can_be_given_a_guests_next_attempt(load):
    step = load("when:\n  - copy_guest: {guest: db01, name: db02}\n  - advance: {until: db02.next_attempt}\n")
    assert step.steps[1].action.made.fields == {"until": "db02.next_attempt"}


def test_a_name_is_not_taken_by_a_copy_that_is_refused(play):
    text = """\
when:
  - copy_guest: {guest: web01, name: web02, keep_id: true}
    expect: {refused: same-id}
  - copy_guest: {guest: web01, name: web02}
    expect: {guests: {web02: {on: hv1}}}
"""
    assert play(text).failures == ()


def test_a_name_that_no_machine_can_have_is_told_with_its_place(play):
    (said,) = play("when:\n  - copy_guest: {guest: web01, name: web 2}\n").failures
    assert (said.line, said.col, said.about) == (9, 5, "command")
    assert said.got.startswith("guest name 'web 2' is not a machine name: 1 to 63 letters")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            "apply_checkpoint: {guest: web01, name: kept}",
            "unknown checkpoint of web01 'kept'; there is none yet",
        ),
        ("join_cluster: {host: hv1, cluster: a b}", "cluster name 'a b' is not a name: 1 to 63"),
        (
            "migrate: {guest: web01, to: hv2, kind: failover, copy: 1s}",
            "a failover takes no time and does not fail: it is a start on another host",
        ),
    ],
)
def test_what_the_lab_does_not_take_is_told_at_its_step(play, step, said):
    (failure,) = play(f"when:\n  - {step}\n").failures
    assert (failure.line, failure.wanted) == (9, "that it is accepted")
    assert failure.got.startswith(said)


def test_a_step_knows_its_places(load):
    (step,) = load(
        """\
        when:
          - name: it moves
            after: 1d
            migrate:
              guest: web01
              to: hv2
        """
    ).steps
    assert step.name == "it moves"
    assert step.after_us == 24 * HOUR_US
    assert (step.where.file, step.where.line, step.where.col) == ("f.avma.yaml", 9, 5)
    assert (step.action.made.where.line, step.action.made.where.col) == (11, 5)
    assert {name: (at.line, at.col) for name, at in step.action.made.places.items()} == {
        "guest": (12, 14),
        "to": (13, 11),
    }


def test_a_step_without_a_name_is_called_by_its_verb(load):
    names = [step.name for step in load("when:\n  - start: web01\n  - after: 1h\n  - expect: {}\n").steps]
    assert names == ["start", "look", "look"]
