"""Tests clusters: joining and leaving, draining, and what becomes of a dead node's guests."""

from __future__ import annotations

import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.host import Host
from avma_sim.model.licence import LICENSED
from avma_sim.model.log import log_rows

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND

JOIN, LEAVE, OTHER = (cmd.SetCluster("hv1", name) for name in ("east", "", "west"))
DRAIN, UNDRAIN, CRASH = cmd.DrainHost("hv1"), cmd.ResumeHost("hv1"), cmd.CrashHost("hv1")
STOP, ROLE_OFF = cmd.StopHost("hv1"), cmd.SetRole("hv1", on=False)

CHANGED, DRAINED = ["HostChanged"], ["HostDrained"]
# (command, what is done to the host before) -> the events, or the reason of the refusal; no guests.
TABLE = [
    (JOIN, (), CHANGED),
    (JOIN, (JOIN,), "no-change"),
    (JOIN, (OTHER,), CHANGED),  # it leaves the other one
    (JOIN, (STOP,), "host-down"),
    (JOIN, (ROLE_OFF,), "not-hyper-v"),
    (LEAVE, (), "no-change"),
    (LEAVE, (JOIN,), CHANGED),
    (LEAVE, (JOIN, STOP), "host-down"),
    (LEAVE, (JOIN, DRAIN), CHANGED),
    (DRAIN, (), "no-cluster"),
    (DRAIN, (STOP,), "no-cluster"),
    (DRAIN, (JOIN,), DRAINED),  # nobody has to go
    (DRAIN, (JOIN, DRAIN), "draining"),
    (DRAIN, (JOIN, DRAIN, UNDRAIN), DRAINED),
    (DRAIN, (JOIN, DRAIN, LEAVE), "no-cluster"),
    (DRAIN, (JOIN, DRAIN, OTHER), DRAINED),  # another cluster knows nothing of it
    (DRAIN, (JOIN, STOP), "host-down"),
    (DRAIN, (JOIN, ROLE_OFF), "no-cluster"),
    (UNDRAIN, (), "no-cluster"),
    (UNDRAIN, (JOIN,), "not-draining"),
    (UNDRAIN, (JOIN, DRAIN), DRAINED),
    (UNDRAIN, (JOIN, DRAIN, STOP), "host-down"),
    (UNDRAIN, (JOIN, DRAIN, cmd.RestartHost("hv1")), DRAINED),  # a restart changes nothing of it
    (UNDRAIN, (JOIN, DRAIN, ROLE_OFF), "no-cluster"),
]


@pytest.fixture
def cluster(play):
    """Three nodes of one cluster; web01 runs on hv1."""
    for name in ("hv1", "hv2", "hv3"):
        play.host(name, cluster="east")
    play.guest()
    play.start()
    return play


def on(play):
    return {name: guest.host for name, guest in play.state.guests.items()}


@pytest.mark.parametrize(("command", "before", "outcome"), TABLE, ids=lambda value: repr(value)[:70])
def test_what_a_command_does_in_a_state(play, kinds, command, before, outcome):
    play.host()
    for each in before:
        play.do(each)
    state = play.state.copy()
    events = play.do(command)
    if isinstance(outcome, str):
        assert [event.reason for event in events] == [outcome]
        state.n += 2
        assert play.state == state, "a refusal changes nothing"
    else:
        assert kinds(events) == outcome


def test_refusals_say_what_is_wrong(play, refusal):
    play.host()
    play.host("vm1", platform="vmware")
    assert refusal(LEAVE) == ("no-change", "hv1 is in no cluster already")
    assert refusal(DRAIN) == ("no-cluster", "hv1 is in no cluster")
    assert refusal(cmd.SetCluster("vm1", "east")) == (
        "not-hyper-v",
        "vm1 is no Hyper-V host; a cluster is made of those",
    )
    play.do(JOIN)
    assert refusal(JOIN) == ("no-change", "hv1 is in east already")
    assert refusal(UNDRAIN) == ("not-draining", "hv1 is not drained")
    play.guest()
    assert refusal(DRAIN) == ("no-node", "no other node of east takes the guests of hv1")
    play.host("hv2", cluster="east")
    play.do(DRAIN)
    assert refusal(DRAIN) == ("draining", "hv1 is drained already")
    assert refusal(cmd.Migrate("web01", "hv1")) == ("draining", "hv1 is drained and takes no guests")


def test_a_host_is_added_to_a_cluster_or_joins_it(play):
    play.host(cluster="east")
    play.host("hv2")
    assert play.do(cmd.SetCluster("hv2", "east")) == [
        ev.HostChanged(
            Host(
                "hv2", "ws2019", "datacenter", activation=play.state.hosts["hv2"].activation, cluster="east"
            ),
            "cluster",
        )
    ]
    play.do(cmd.SetCluster("hv1", ""))
    assert [host.cluster for host in play.state.hosts.values()] == ["", "east"]


def test_joining_and_leaving_leave_guests_and_drain_behind(cluster):
    cluster.do(DRAIN)
    cluster.do(cmd.Migrate("web01", "hv3"))
    before = on(cluster)
    cluster.do(OTHER)
    assert not cluster.state.hosts["hv1"].draining
    cluster.do(cmd.SetCluster("hv3", ""))
    assert on(cluster) == before
    assert cluster.state.guests["web01"].running
    cluster.do(cmd.Migrate("web01", "hv1"))  # a drain is a cluster's


def test_a_drain_entry_by_entry(cluster, kinds):
    licence = cluster.state.licences["web01"]
    events = cluster.do(DRAIN)
    assert events == [ev.HostDrained("hv1", draining=True), ev.GuestMigrated("web01", "hv2")]
    assert [entry.by for entry in cluster.last[1:]] == [entry.n for entry in cluster.last[:2]]
    assert cluster.state.licences["web01"] == licence, "a live move keeps licence and next attempt"
    assert cluster.do(UNDRAIN) == [ev.HostDrained("hv1", draining=False)]
    assert on(cluster) == {"web01": "hv2"}, "none comes back by itself"
    cluster.do(cmd.Migrate("web01", "hv1"))
    assert on(cluster) == {"web01": "hv1"}


def test_guests_go_to_the_fewest_then_by_name(cluster):
    for name in ("web02", "web03", "web04", "web05"):
        cluster.guest(name)
    cluster.guest("busy", on="hv2")
    cluster.do(DRAIN)
    # hv2 has one, hv3 none: 3, then 2 and 3 by turns.
    assert on(cluster) == {
        "web01": "hv3",
        "web02": "hv2",
        "web03": "hv3",
        "web04": "hv2",
        "web05": "hv3",
        "busy": "hv2",
    }


def test_placement_does_not_depend_on_the_order_in_which_nodes_came(make_play):
    found = []
    for nodes in (("hv1", "hv2", "hv3"), ("hv3", "hv2", "hv1")):
        play = make_play()
        for name in nodes:
            play.host(name, cluster="east")
        for name in ("a", "b", "c"):
            play.guest(name)
        play.do(DRAIN)
        found.append(on(play))
    assert found == [{"a": "hv2", "b": "hv3", "c": "hv2"}] * 2


def test_guests_on_their_way_count_where_they_go(cluster):
    cluster.host("hv9")
    cluster.guest("far", on="hv9")
    cluster.start("far")
    cluster.do(cmd.Migrate("far", "hv2", "live", MINUTE))
    cluster.do(DRAIN)
    assert on(cluster) == {"web01": "hv3", "far": "hv9"}


def test_guests_on_their_way_do_not_count_where_they_come_from(cluster):
    cluster.host("hv9")
    for name, host in (("leaving", "hv2"), ("staying", "hv3")):
        cluster.guest(name, on=host)
        cluster.start(name)
    cluster.do(cmd.Migrate("leaving", "hv9", "live", MINUTE))
    cluster.do(DRAIN)
    assert on(cluster)["web01"] == "hv2"


UNFIT = {
    "it is down": (cmd.StopHost("hv2"),),
    "it is dead": (cmd.CrashHost("hv2"),),
    "it is drained": (cmd.DrainHost("hv2"),),
    "it left": (cmd.SetCluster("hv2", ""),),
    "it is of another cluster": (cmd.SetCluster("hv2", "west"),),
    "it has no role": (cmd.SetRole("hv2", on=False),),
    "it was rebuilt": (cmd.RebuildHost("hv2", "ws2019", "datacenter"),),
}


@pytest.mark.parametrize("before", UNFIT.values(), ids=UNFIT)
@pytest.mark.parametrize("command", [DRAIN, CRASH], ids=["drain", "crash"])
def test_a_node_that_takes_no_guests(cluster, before, command):
    for each in before:
        cluster.do(each)
    cluster.do(command)
    assert on(cluster) == {"web01": "hv3"}
    assert cluster.state.guests["web01"].running


@pytest.mark.parametrize("before", UNFIT.values(), ids=UNFIT)
def test_no_node_is_left(cluster, refusal, before):
    cluster.do(cmd.StopHost("hv3"))
    for each in before:
        cluster.do(each)
    assert refusal(DRAIN) == ("no-node", "no other node of east takes the guests of hv1")
    assert cluster.do(CRASH) == [
        ev.HostStopped("hv1", crashed=True),
        ev.GuestStopped("web01", with_host=True, crashed=True),
    ]
    cluster.after(DAY)
    assert on(cluster) == {"web01": "hv1"}
    assert cluster.state.guests["web01"].power == "off"
    cluster.do(cmd.StartHost("hv1"))
    assert cluster.state.guests["web01"].running, "it waited for its host"


def test_guests_of_every_power_are_drained_and_stay_as_they_are(cluster):
    for name, last in (("off", cmd.Stop), ("saved", cmd.Save), ("paused", cmd.Pause)):
        cluster.guest(name)
        cluster.start(name)
        cluster.do(last(name))
    powers = {name: guest.power for name, guest in cluster.state.guests.items()}
    rows = dict(cluster.state.licences)
    cluster.do(DRAIN)
    assert "hv1" not in on(cluster).values()
    assert {name: guest.power for name, guest in cluster.state.guests.items()} == powers
    assert cluster.state.licences == rows


def test_a_drain_takes_its_time(cluster, kinds, refusal):
    cluster.guest("off")
    assert kinds(cluster.do(cmd.DrainHost("hv1", 5 * SECOND, 2 * SECOND))) == [
        "HostDrained",
        "MigrationStarted",
        "GuestMigrated",
    ], "what is off has nothing to be copied"
    assert on(cluster) == {"web01": "hv1", "off": "hv3"}
    assert refusal(cmd.Migrate("web01", "hv3"))[0] == "migrating"
    cluster.after(5 * SECOND)
    assert on(cluster)["web01"] == "hv2"
    cluster.do(UNDRAIN)
    events = cluster.after(2 * SECOND)
    assert kinds(events) == ["MigrationEnded", "GuestResumed", "ClockAdvanced"]
    assert cluster.state.migrations == {}


def test_a_node_that_a_guest_may_be_rolled_back_to_is_not_drained(cluster, refusal):
    cluster.do(cmd.Migrate("web01", "hv2", "live", SECOND, 5 * SECOND, "arrival"))
    cluster.after(2 * SECOND)
    assert on(cluster) == {"web01": "hv2"}
    assert refusal(DRAIN) == ("migrating", "web01 is migrating; hv1 is drained after that")
    cluster.after(10 * SECOND)
    assert on(cluster) == {"web01": "hv1"}


@pytest.mark.parametrize(("source", "to"), [("hv1", "hv2"), ("hv2", "hv1"), ("hv9", "hv1")])
def test_a_node_with_a_migration_under_way_is_not_drained(cluster, refusal, source, to):
    """Neither one that a guest leaves, nor one that a guest is on its way to: it would take it, drained."""
    cluster.host("hv9")
    cluster.guest("moving", on=source)
    cluster.start("moving")
    cluster.do(cmd.Migrate("moving", to, "live", 5 * SECOND, 5 * SECOND))
    assert refusal(DRAIN) == ("migrating", "moving is migrating; hv1 is drained after that")
    cluster.after(MINUTE)
    cluster.do(DRAIN)
    assert "hv1" not in on(cluster).values()


def test_a_migration_of_others_is_no_hindrance(cluster):
    cluster.guest("moving", on="hv2")
    cluster.start("moving")
    cluster.do(cmd.Migrate("moving", "hv3", "live", 5 * SECOND))
    cluster.do(DRAIN)
    assert cluster.state.hosts["hv1"].draining


def test_a_drain_to_a_host_that_is_too_old(play):
    """Any host takes any guest; whether it may activate it is decided at the next attempt."""
    play.host(cluster="east", release="ws2022")
    play.host("hv2", cluster="east", release="ws2016")
    play.guest(release="ws2019")
    play.start()
    licence = play.state.licences["web01"]
    play.do(DRAIN)
    assert on(play) == {"web01": "hv2"}
    assert play.state.licences["web01"] == licence
    play.until("attempt", guest="web01")
    (refused,) = log_rows(play.state.logs["hv2"], 9)
    assert (refused.code, refused.because.law) == (0xC004FD03, "decision row 8")
    assert play.state.licences["web01"].status == LICENSED, "no failure takes a licence away"
    assert play.state.licences["web01"].end == licence.end


def test_a_pending_attempt_of_a_drained_guest_is_made_anew(play):
    play.host(cluster="east", service="hung")
    play.host("hv2", cluster="east")
    play.guest()
    play.start()
    events = play.do(DRAIN)
    assert [event.why for event in events if type(event) is ev.AttemptVoided] == ["migration"]
    assert play.state.licences["web01"].host == "hv2"


def test_a_crash_entry_by_entry(cluster, kinds):
    licence = cluster.state.licences["web01"]
    events = cluster.do(CRASH)
    assert events[:3] == [
        ev.HostStopped("hv1", crashed=True),
        ev.GuestStopped("web01", with_host=True, crashed=True),
        ev.GuestMigrated("web01", "hv2"),
    ]
    assert kinds(events[3:]) == ["GuestStarted", "AttemptStarted", "ActivationDecided", "LicenceGranted"]
    assert [entry.by for entry in cluster.last[1:5]] == [entry.n for entry in cluster.last[:4]]
    after = cluster.state.licences["web01"]
    assert (licence.host, after.host) == ("hv1", "hv2")
    assert [row.event for row in cluster.state.services["web01"]] == [900, 902, 900, 902]
    # It does not come back with its old host, nor run there too.
    assert cluster.do(cmd.StartHost("hv1")) == [ev.HostStarted("hv1")]
    assert on(cluster) == {"web01": "hv2"}


def test_what_did_not_run_is_taken_over_and_does_not_start(cluster):
    for name, last in (("off", cmd.Stop), ("saved", cmd.Save), ("paused", cmd.Pause)):
        cluster.guest(name)
        cluster.start(name)
        cluster.do(last(name))
    cluster.do(CRASH)
    assert on(cluster) == {"web01": "hv2", "off": "hv3", "saved": "hv2", "paused": "hv3"}
    # One that is paused is powered on: its memory is gone, and it starts anew.
    assert {name: guest.power for name, guest in cluster.state.guests.items()} == {
        "web01": "running",
        "off": "off",
        "saved": "saved",
        "paused": "running",
    }
    cluster.do(cmd.Resume("saved"))
    assert cluster.state.guests["saved"].running


def test_nodes_that_die_one_after_another(cluster):
    cluster.do(CRASH)
    cluster.do(cmd.CrashHost("hv2"))
    assert on(cluster) == {"web01": "hv3"}
    cluster.do(cmd.CrashHost("hv3"))
    assert on(cluster) == {"web01": "hv3"}
    assert cluster.state.guests["web01"].power == "off"
    assert cluster.do(cmd.StartHost("hv1")) == [ev.HostStarted("hv1")]
    cluster.do(cmd.Migrate("web01", "hv1", "failover"))  # by hand
    assert cluster.state.guests["web01"].running
    assert on(cluster) == {"web01": "hv1"}


@pytest.mark.parametrize(
    ("command", "cluster_of_hv2"), [(CRASH, ""), (STOP, "east")], ids=["of no cluster", "stopped, not dead"]
)
def test_guests_stay_with_a_host_that_nobody_takes_over_for(play, command, cluster_of_hv2):
    """A host of no cluster, though others are of none too; and a node that is shut down on purpose."""
    play.host(cluster=cluster_of_hv2)
    play.host("hv2", cluster=cluster_of_hv2)
    play.guest()
    play.start()
    play.do(command)
    assert on(play) == {"web01": "hv1"}
    assert play.state.guests["web01"].power == "off"


def test_a_pending_attempt_at_a_crash(play):
    play.host(cluster="east", latency_us=5 * SECOND)
    play.host("hv2", cluster="east")
    play.guest()
    play.start()
    play.after(6 * SECOND)
    first = play.state.nonces["web01"]
    events = play.do(CRASH)
    assert [event.why for event in events if type(event) is ev.AttemptVoided] == ["host"]
    assert play.state.nonces["web01"] == first + 1
    play.after(MINUTE)
    assert len(play.of(ev.PacketLost)) == 1
    assert len(log_rows(play.state.logs["hv1"], 9)) == 1, "a 12310 already written stays"
    assert len(log_rows(play.state.logs["web01"], 9)) == 1
    assert play.state.licences["web01"].host == "hv2"


@pytest.mark.parametrize(("at_us", "stays"), [(SECOND, "copy"), (6 * SECOND, "arrival")])
def test_a_crash_of_the_source_of_a_migration(cluster, at_us, stays):
    """While memory is copied it is lost and the guest is taken over; past the switch-over it arrives."""
    cluster.do(cmd.Migrate("web01", "hv3", "live", 5 * SECOND, 5 * SECOND))
    cluster.after(at_us)
    cluster.do(CRASH)
    assert cluster.state.guests["web01"].host == ("hv2" if stays == "copy" else "hv3")
    cluster.after(MINUTE)
    assert [event.how for event in cluster.of(ev.MigrationEnded)] == [
        "cancelled" if stays == "copy" else "arrived"
    ]
    starts = len([event for event in cluster.of(ev.GuestStarted) if event.guest == "web01"])
    assert starts == (2 if stays == "copy" else 1)


def test_a_guest_on_its_way_to_a_node_that_dies_is_taken_over(cluster):
    cluster.do(cmd.Migrate("web01", "hv3", "live", 5 * SECOND, 5 * SECOND))
    cluster.after(6 * SECOND)
    cluster.do(cmd.CrashHost("hv3"))
    assert on(cluster) == {"web01": "hv1"}
    assert cluster.state.guests["web01"].power == "running"
    assert not cluster.state.guests["web01"].stands_still
    cluster.after(MINUTE)
    assert [event.how for event in cluster.of(ev.MigrationEnded)] == ["cancelled"]


def test_without_the_role_a_node_is_out_of_its_cluster(cluster):
    """A cluster is made of Hyper-V hosts: those without the role do not join, so none stays."""
    cluster.do(DRAIN)
    cluster.do(ROLE_OFF)
    host = cluster.state.hosts["hv1"]
    assert (host.cluster, host.draining, host.hyperv) == ("", False, False)
    cluster.do(cmd.SetRole("hv1", on=True))
    assert cluster.state.hosts["hv1"].cluster == ""
