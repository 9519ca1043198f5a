"""Handles are a lab and a name: they always show the present, and command it."""

from __future__ import annotations

import datetime as dt

import pytest

from avma_sim import GuestHandle, HostHandle, Lab
from avma_sim.model import commands as cmd
from avma_sim.model.kvp import KvpItem

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def test_a_lab_hands_out_handles(lab):
    assert list(lab.hosts) == ["hv1", "hv2"]
    assert list(lab.guests) == ["web01"]
    assert isinstance(lab.hosts["hv2"], HostHandle)
    assert isinstance(lab.guests["web01"], GuestHandle)
    assert lab.host("hv1").name == "hv1"
    assert lab.guest("web01").lab is lab


def test_a_handle_holds_no_state_of_its_own(lab):
    guest = lab.guest("web01")
    for attribute in ("row", "colour"):
        with pytest.raises(AttributeError):
            setattr(guest, attribute, None)


def test_a_host_as_text(lab):
    assert repr(lab.host("hv1")) == "<host hv1: ws2019/datacenter, activated>"
    assert repr(lab.host("hv2")) == "<host hv2: ws2019/datacenter, not activated>"


def test_a_guest_as_text(lab):
    guest = lab.guest("web01")
    assert repr(guest) == "<guest web01: ws2016/standard on hv1, off, grace>"
    guest.start()
    assert repr(guest) == "<guest web01: ws2016/standard on hv1, running, licensed>"


def test_a_handle_shows_the_present(lab):
    host, guest = lab.host("hv1"), lab.guest("web01")
    assert (guest.running, guest.pending, guest.events, host.events) == (False, False, (), ())
    guest.start()
    assert guest.running
    assert guest.row is lab.state.guests["web01"]
    assert host.row is lab.state.hosts["hv1"]
    assert len(guest.events) == len(host.events) == 1
    assert host.guests == ("web01",)
    guest.migrate("hv2")
    assert host.guests == ()
    assert guest.host.name == "hv2"
    assert guest.host.guests == ("web01",)
    host.deactivate()
    assert not host.activated


def test_pending_is_while_an_attempt_is(make_lab):
    lab = make_lab(service="hung")
    guest = lab.guest("web01")
    guest.start()
    assert guest.pending
    lab.advance("30s")
    assert not guest.pending


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (lambda lab: lab.host("hv2").activate(), cmd.Activate("hv2")),
        (
            lambda lab: lab.host("hv2").activate("kms", "2025-01-01T00:00:01Z"),
            cmd.Activate("hv2", "kms", 1_735_689_601_000_000),
        ),
        (lambda lab: lab.host("hv1").deactivate(), cmd.Deactivate("hv1")),
        (lambda lab: lab.host("hv1").set_service("stopped"), cmd.SetService("hv1", "stopped")),
        (lambda lab: lab.guest("web01").stop(), cmd.Stop("web01")),
        (lambda lab: lab.guest("web01").restart(), cmd.Restart("web01")),
        (
            lambda lab: lab.guest("web01").install_key(),
            cmd.InstallProductKey("web01", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"),
        ),
        (
            lambda lab: lab.guest("web01").install_key("c3rcx-m6nrp-6cxc9-tw2f2-4rhyd"),
            cmd.InstallProductKey("web01", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"),
        ),
        (lambda lab: lab.guest("web01").uninstall_key(), cmd.UninstallProductKey("web01")),
        (lambda lab: lab.guest("web01").rearm(), cmd.Rearm("web01")),
        (lambda lab: lab.guest("web01").ato(), cmd.RequestActivation("web01")),
        (
            lambda lab: lab.guest("web01").set_data_exchange(on=False),
            cmd.SetDataExchange("web01", on=False),
        ),
        (lambda lab: lab.guest("web01").migrate("hv2"), cmd.Migrate("web01", "hv2")),
        (lambda lab: lab.guest("web01").migrate(lab.host("hv2")), cmd.Migrate("web01", "hv2")),
        (
            lambda lab: lab.guest("web01").migrate(
                "hv2", kind="quick", copy="2s", blackout="1s", fails="copy"
            ),
            cmd.Migrate("web01", "hv2", "quick", 2_000_000, 1_000_000, "copy"),
        ),
        (lambda lab: lab.guest("web01").pause(), cmd.Pause("web01")),
        (lambda lab: lab.guest("web01").save_state(), cmd.Save("web01")),
        (
            lambda lab: lab.guest("web01").copy_guest("web02"),
            cmd.CopyGuest("web01", "web02", "hv1"),
        ),
        (
            lambda lab: lab.guest("web01").copy_guest("web02", on="hv2"),
            cmd.CopyGuest("web01", "web02", "hv2"),
        ),
        (
            lambda lab: lab.guest("web01").copy_guest("web02", on=lab.host("hv2")),
            cmd.CopyGuest("web01", "web02", "hv2"),
        ),
        (lambda lab: lab.guest("web01").checkpoint("a"), cmd.TakeCheckpoint("web01", "a")),
        (
            lambda lab: lab.guest("web01").checkpoint("a", kind="production"),
            cmd.TakeCheckpoint("web01", "a", "production"),
        ),
        (
            lambda lab: lab.guest("web01").write_kvp({"a": "b"}, pool="auto", replace=True),
            cmd.WriteKvp("web01", 2, (KvpItem("a", "b"),), replace=True),
        ),
        (
            lambda lab: lab.guest("web01").delete_kvp("HostName", pool="auto-external"),
            cmd.DeleteKvp("web01", 3, ("HostName",)),
        ),
        (
            lambda lab: lab.guest("web01").push_kvp({"a": "b"}),
            cmd.PushKvp("web01", (KvpItem("a", "b"),)),
        ),
        (lambda lab: lab.guest("web01").read_kvp(pools="external"), cmd.ReadKvp("web01", pools=(0,))),
        (lambda lab: lab.host("hv1").read_kvp(), cmd.ReadKvp(host="hv1")),
        (lambda lab: lab.host("hv1").stop_host(), cmd.StopHost("hv1")),
        (lambda lab: lab.host("hv1").restart_host(), cmd.RestartHost("hv1")),
        (lambda lab: lab.host("hv1").crash_host(), cmd.CrashHost("hv1")),
        (
            lambda lab: lab.host("hv1").upgrade_host(release="ws2022"),
            cmd.UpgradeHost("hv1", "ws2022", "datacenter"),
        ),
        (
            lambda lab: lab.host("hv1").upgrade_host(edition="standard"),
            cmd.UpgradeHost("hv1", "ws2019", "standard"),
        ),
        (
            lambda lab: lab.host("hv1").rebuild_host(release="ws2016", edition="standard"),
            cmd.RebuildHost("hv1", "ws2016", "standard"),
        ),
        (lambda lab: lab.host("hv1").set_role(on=False), cmd.SetRole("hv1", on=False)),
        (lambda lab: lab.host("hv1").join_cluster("c1"), cmd.SetCluster("hv1", "c1")),
    ],
)
def test_a_handle_commands_its_lab(running, told, call, command):
    outcome = call(running)
    assert outcome
    assert told(running, outcome)[0] == command


def test_handles_undo_what_handles_did(running, told):
    guest, host = running.guest("web01"), running.host("hv1")
    guest.pause()
    assert told(running, guest.resume())[0] == cmd.Resume("web01")
    guest.checkpoint("a")
    assert told(running, guest.apply_checkpoint("a"))[0] == cmd.ApplyCheckpoint("web01", "a")
    host.stop_host()
    assert told(running, host.start_host())[0] == cmd.StartHost("hv1")
    host.join_cluster("c1")
    running.host("hv2").join_cluster("c1")
    assert told(running, host.drain(copy="2s", blackout="1s"))[0] == cmd.DrainHost(
        "hv1", 2_000_000, 1_000_000
    )
    assert told(running, host.undrain())[0] == cmd.ResumeHost("hv1")


def test_a_guest_that_is_copied_is_refused_by_its_handle_to_keep_its_id(running):
    assert running.guest("web01").copy_guest("web02", keep_id=True).refused.reason == "same-id"


def test_power_is_one_word(running):
    guest = running.guest("web01")
    assert (guest.power, guest.running) == ("running", True)
    guest.pause()
    assert (guest.power, guest.running) == ("paused", True)
    assert repr(guest) == "<guest web01: ws2016/standard on hv1, paused, licensed>"
    guest.save_state()
    assert (guest.power, guest.running) == ("saved", False)
    guest.stop()
    assert (guest.power, guest.running) == ("off", False)


def test_a_guest_knows_its_own_checkpoints(running):
    running.add_guest("db01", on="hv1", release="ws2019", edition="standard")
    for guest, name in (("web01", "b"), ("db01", "c"), ("web01", "a")):
        running.checkpoint(guest, name)
    assert running.guest("web01").checkpoints == ("b", "a")
    assert running.guest("db01").checkpoints == ("c",)


def test_a_host_that_is_down_is_shown_as_such(running):
    running.host("hv1").stop_host()
    assert repr(running.host("hv1")) == "<host hv1: ws2019/datacenter, activated, down>"


def test_a_guest_is_started_by_its_handle(lab, told):
    outcome = lab.guest("web01").start()
    assert told(lab, outcome)[0] == cmd.Start("web01")


def test_explaining_by_handle_is_explaining_by_name(running):
    guest = running.guest("web01")
    assert guest.explain() == running.explain("web01") == running.explain(guest)


def test_handles_of_a_fork_are_the_forks(running):
    fork = running.fork()
    fork.guest("web01").stop()
    assert running.guest("web01").running
    assert not fork.guest("web01").running


@pytest.mark.parametrize(("guest_rows", "host_rows"), [(3, 20), (18, 5), (1, 1)])
def test_as_many_events_as_the_log_keeps_oldest_first(make_lab, guest_rows, host_rows):
    lab = make_lab(lab=Lab(guest_log_rows=guest_rows, host_log_rows=host_rows))
    lab.start("web01")
    lab.advance("300d")
    # In the guest's log 900 and 902 come first.
    guest, host = (lab.guest("web01").events, guest_rows, 46), (lab.host("hv1").events, host_rows, 44)
    for events, count, end in (guest, host):
        assert [event.record for event in events] == list(range(end - count, end))
        assert events[-1].at == START + dt.timedelta(days=7 * 42)
