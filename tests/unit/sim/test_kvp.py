"""Tests key-value pairs on command: who may write, keep, read, and what stands in the pools then."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.kvp_view import KvpView
from avma_sim.model.readings import Readings
from avma_sim.sim.pools import pools_of
from avma_sim.wire.kvp_channel import GuestOutput

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
EXTERNAL, GUEST, AUTO, PUSHED, INTERNAL = range(5)
KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
STATUS, HOST, TIME, PARTIAL = (
    "AvmaSimLicenseStatus",
    "AvmaSimActivationHost",
    "AvmaSimActivationTime",
    "AvmaSimPartialProductKey",
)


def item(key, value="1"):
    return KvpItem(key, value)


def pool(play, number, guest="web01"):
    """What one pool of a guest holds, as a dict in its order."""
    found = pools_of(play.facts, play.world.behaviour, play.state, play.state.guests[guest])
    return {each.key: each.value for each in found[number]}


def write(play, number, *items, guest="web01", **more):
    return play.do(cmd.WriteKvp(guest, number, items, **more))


def read(play, *pools, guest="web01"):
    return play.do(cmd.ReadKvp(guest, pools=pools or (GUEST, AUTO)))


@pytest.fixture
def licensed(play):
    play.hosted()
    return play


@pytest.mark.parametrize("number", range(5))
def test_a_program_in_the_guest_writes_into_any_pool(licensed, number):
    before = pool(licensed, number)
    (event,) = write(licensed, number, item("Mine", "a"), item("Too", "b"))
    assert (event.guest, event.keys) == ("web01", ("Mine", "Too"))
    assert pool(licensed, number) == {**before, "Mine": "a", "Too": "b"}
    write(licensed, number, item("Mine", "c"))
    assert pool(licensed, number) == {**before, "Mine": "c", "Too": "b"}
    licensed.do(cmd.DeleteKvp("web01", number, ("Mine",)))
    assert pool(licensed, number) == {**before, "Too": "b"}
    write(licensed, number, item("Only"), replace=True)
    assert pool(licensed, number) == {"Only": "1"}
    write(licensed, number, replace=True)
    assert pool(licensed, number) == {}


def test_of_two_items_with_one_key_the_later_counts(licensed):
    write(licensed, GUEST, item("K", "first"), item("K", "second"))
    assert pool(licensed, GUEST)["K"] == "second"


def test_a_pool_has_a_limit_which_is_a_refusal(licensed):
    many = tuple(item(f"k{number}") for number in range(9_996))
    write(licensed, GUEST, *many)
    assert licensed.outcome
    assert len(pool(licensed, GUEST)) == 10_000
    (refused,) = write(licensed, GUEST, item("one more"))
    assert (refused.reason, refused.message) == (
        "pool-full",
        "a pool holds at most 10000 items here, this would be 10001",
    )
    licensed.do(cmd.Stop("web01"))  # so that nothing is pushed: that would take its time
    licensed.do(cmd.PushKvp("web01", many))
    (refused,) = licensed.do(cmd.PushKvp("web01", tuple(item(f"m{number}") for number in range(5))))
    assert refused.reason == "pool-full"


@pytest.mark.parametrize(
    ("before", "reason"),
    [(cmd.Stop("web01"), "off"), (cmd.Pause("web01"), "paused"), (cmd.Save("web01"), "saved")],
    ids=["off", "paused", "saved"],
)
def test_a_guest_that_does_not_run_writes_and_deletes_nothing(licensed, before, reason):
    licensed.do(before)
    for command in (cmd.WriteKvp("web01", GUEST, (item("K"),)), cmd.DeleteKvp("web01", AUTO, ("OSName",))):
        (refused,) = licensed.do(command)
        assert (refused.reason, licensed.state.pools) == (reason, {})


def test_only_what_is_there_is_deleted(licensed):
    (refused,) = licensed.do(cmd.DeleteKvp("web01", AUTO, ("OSName", "NoSuch")))
    assert (refused.reason, refused.message) == ("no-item", "pool 2 of web01 has no item 'NoSuch'")
    assert "OSName" in pool(licensed, AUTO)


def test_licence_items_are_published_while_an_avma_key_is_installed(play):
    play.host()
    play.guest()
    assert pool(play, GUEST) == {}  # it never ran
    play.do(cmd.SetService("hv1", "hung"))
    play.start()
    assert pool(play, GUEST) == {STATUS: "2", PARTIAL: "4RHYD"}  # nobody granted yet
    play.do(cmd.SetService("hv1", "running"))
    play.restart()
    granted = {STATUS: "1", HOST: "hv1", TIME: "2025-01-01T00:00:00Z", PARTIAL: "4RHYD"}
    assert pool(play, GUEST) == granted
    play.after(8 * DAY)
    assert pool(play, GUEST) == {**granted, TIME: "2025-01-08T00:00:00Z"}


def test_what_lies_over_licence_items_falls_when_they_are_published_anew(licensed):
    write(licensed, GUEST, item(STATUS, "0"), item("Mine"))
    licensed.do(cmd.DeleteKvp("web01", GUEST, (HOST,)))
    assert pool(licensed, GUEST)[STATUS] == "0"
    assert HOST not in pool(licensed, GUEST)
    licensed.after(7 * DAY)  # a renewal
    assert pool(licensed, GUEST)[STATUS] == "1"
    assert pool(licensed, GUEST)[HOST] == "hv1"
    assert pool(licensed, GUEST)["Mine"] == "1"
    write(licensed, GUEST, item(STATUS, "5"))
    licensed.restart()
    assert pool(licensed, GUEST)[STATUS] == "1"


def test_writing_back_what_is_computed_keeps_nothing_over_it(licensed):
    write(licensed, GUEST, item(STATUS, "0"))
    write(licensed, GUEST, item(STATUS, "1"))
    assert licensed.state.pools["web01"] == KvpPools()


@pytest.mark.parametrize("number", [AUTO, PUSHED], ids=["auto", "pushed"])
@pytest.mark.parametrize(
    "again",
    [
        (cmd.Restart("web01"),),
        (cmd.Save("web01"), cmd.Resume("web01")),
        (cmd.Upgrade("web01", "ws2019", "standard"),),
        (cmd.SetKvpService("web01", False), cmd.SetKvpService("web01", True)),
        (cmd.SetDataExchange("web01", False), cmd.SetDataExchange("web01", True)),
        (cmd.Migrate("web01", "hv2"), cmd.Migrate("web01", "hv1")),
        (cmd.Migrate("web01", "hv2", "quick"), cmd.Migrate("web01", "hv1", "quick")),
    ],
    ids=["restart", "save", "upgrade", "service", "exchange", "live", "quick"],
)
def test_what_lies_over_other_items_falls_with_the_next_connection_or_start(licensed, number, again):
    licensed.host("hv2")
    before = pool(licensed, number)
    key = next(iter(before))
    write(licensed, number, item(key, "spoofed"))
    assert pool(licensed, number)[key] == "spoofed"
    for command in again:
        licensed.do(command)
    stays = number == AUTO and type(again[0]) in (cmd.Save, cmd.SetDataExchange, cmd.Migrate)
    assert (pool(licensed, number)[key] == "spoofed") is stays  # Windows publishes Auto when it starts


def test_what_lies_over_pushed_items_of_a_paused_guest_stays(licensed):
    write(licensed, PUSHED, item("HostName", "spoofed"))
    licensed.do(cmd.Pause("web01"))
    licensed.do(cmd.Resume("web01"))
    assert pool(licensed, PUSHED)["HostName"] == "spoofed"


LEAVES = {STATUS: "1", HOST: "hv1", TIME: "2025-01-01T00:00:00Z", PARTIAL: "4RHYD"}


@pytest.mark.parametrize(
    ("reading", "change", "stays"),
    [
        ("tool-removes", cmd.InstallProductKey("web01", KMS_KEY), LEAVES),
        ("system-removes", cmd.InstallProductKey("web01", KMS_KEY), {}),
        ("tool-removes", cmd.UninstallProductKey("web01"), LEAVES),
        ("system-removes", cmd.UninstallProductKey("web01"), LEAVES),
        ("tool-removes", cmd.Upgrade("web01", "ws2019", "standard"), LEAVES),
        ("system-removes", cmd.Upgrade("web01", "ws2019", "standard"), LEAVES),
        ("system-removes", cmd.Upgrade("web01", "ws2019", "standard", KMS_KEY), LEAVES),  # it does not fit
    ],
)
def test_licence_items_without_their_key(make_play, reading, change, stays):
    play = make_play(readings=Readings(kvp_after_key_replacement=reading))
    play.hosted()
    write(play, GUEST, item("Mine"))
    play.do(change)
    play.after(HOUR)
    assert pool(play, GUEST) == {**stays, "Mine": "1"}
    play.restart()
    assert pool(play, GUEST) == {**stays, "Mine": "1"}  # nobody publishes them anew


def test_left_items_are_the_tools_to_delete_and_come_back_with_an_avma_key(licensed):
    licensed.do(cmd.InstallProductKey("web01", KMS_KEY))
    licensed.do(cmd.DeleteKvp("web01", GUEST, (STATUS, HOST)))
    assert pool(licensed, GUEST) == {TIME: LEAVES[TIME], PARTIAL: "4RHYD"}
    licensed.do(cmd.InstallProductKey("web01", KMS_KEY))  # the same key again changes nothing
    assert pool(licensed, GUEST) == {TIME: LEAVES[TIME], PARTIAL: "4RHYD"}
    licensed.do(cmd.UninstallProductKey("web01"))
    assert pool(licensed, GUEST) == {TIME: LEAVES[TIME], PARTIAL: "4RHYD"}
    licensed.do(cmd.InstallProductKey("web01", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"))
    assert pool(licensed, GUEST) == {**LEAVES}
    assert licensed.state.pools["web01"].licence is None


def test_what_was_left_goes_with_the_second_key_where_the_system_removes(make_play):
    play = make_play(readings=Readings(kvp_after_key_replacement="system-removes"))
    play.hosted()
    play.do(cmd.UninstallProductKey("web01"))
    assert pool(play, GUEST) == LEAVES
    play.do(cmd.InstallProductKey("web01", KMS_KEY))
    assert pool(play, GUEST) == {}


def test_a_host_pushes_what_it_keeps_and_takes_back_only_that(licensed):
    kept, pushed = licensed.do(cmd.PushKvp("web01", (item("Role", "db"), item("Site", "x"))))
    assert (kept.keys, pushed.host, pushed.failures) == (("Role", "Site"), "hv1", ())
    assert pushed.packets == 4
    assert pool(licensed, EXTERNAL) == {"Role": "db", "Site": "x"}
    _, pushed = licensed.do(cmd.PushKvp("web01", (item("Role", "web"),)))
    assert pushed.packets == 2
    assert pool(licensed, EXTERNAL) == {"Role": "web", "Site": "x"}
    write(licensed, EXTERNAL, item("Mine"))
    (refused,) = licensed.do(cmd.RemoveKvp("web01", ("Site", "Mine")))
    assert (refused.reason, refused.message) == (
        "no-item",
        "the host pushed no item 'Mine' to web01; what a guest wrote is out of its reach",
    )
    licensed.do(cmd.RemoveKvp("web01", ("Site",)))
    assert pool(licensed, EXTERNAL) == {"Role": "web", "Mine": "1"}


def test_an_item_that_the_guest_deleted_is_taken_back_without_failure(licensed):
    licensed.do(cmd.PushKvp("web01", (item("Role"),)))
    licensed.do(cmd.DeleteKvp("web01", EXTERNAL, ("Role",)))
    _, pushed = licensed.do(cmd.RemoveKvp("web01", ("Role",)))
    assert pushed.failures == ()
    assert licensed.state.pools["web01"] == KvpPools()


@pytest.mark.parametrize(
    ("away", "back"),
    [
        (cmd.Stop("web01"), cmd.Start("web01")),
        (cmd.Save("web01"), cmd.Resume("web01")),
        (cmd.Pause("web01"), cmd.Resume("web01")),
        (cmd.SetDataExchange("web01", False), cmd.SetDataExchange("web01", True)),
        (cmd.SetKvpService("web01", False), cmd.SetKvpService("web01", True)),
        (cmd.StopHost("hv1"), cmd.StartHost("hv1")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_is_kept_meanwhile_is_pushed_with_the_next_connection(licensed, away, back):
    licensed.do(cmd.PushKvp("web01", (item("Old"), item("Role", "db"))))
    licensed.do(away)
    assert [type(event) for event in licensed.do(cmd.RemoveKvp("web01", ("Old",)))] == [ev.KvpKept]
    licensed.do(cmd.PushKvp("web01", (item("Role", "web"),)))
    assert pool(licensed, EXTERNAL) == {"Old": "1", "Role": "db"}
    licensed.do(back)
    assert pool(licensed, EXTERNAL) == {"Role": "web"}
    assert licensed.state.pools["web01"].delivered == (item("Role", "web"),)


def test_what_was_taken_back_meanwhile_is_gone_after_the_next_connection(licensed):
    licensed.do(cmd.PushKvp("web01", (item("Role"),)))
    licensed.do(cmd.Stop("web01"))
    licensed.do(cmd.RemoveKvp("web01", ("Role",)))
    assert pool(licensed, EXTERNAL) == {"Role": "1"}
    licensed.start()
    assert pool(licensed, EXTERNAL) == {}


@pytest.mark.parametrize("kind", ["live", "quick"])
def test_pool_0_travels_and_pool_3_is_the_new_hosts(licensed, kind):
    licensed.host("hv2", cluster="east")
    licensed.do(cmd.PushKvp("web01", (item("Role"),)))
    write(licensed, GUEST, item("Mine"))
    assert pool(licensed, PUSHED)["PhysicalHostName"] == "hv1"
    licensed.do(cmd.Migrate("web01", "hv2", kind))
    licensed.until("quiet")
    assert pool(licensed, EXTERNAL) == {"Role": "1"}
    assert pool(licensed, GUEST)["Mine"] == "1"
    assert pool(licensed, PUSHED)["PhysicalHostName"] == "hv2"
    assert pool(licensed, PUSHED)["HostName"] == "east"


def test_a_checkpoint_takes_the_guests_pools_back_and_a_copy_has_them(licensed):
    write(licensed, GUEST, item("Mine", "then"))
    licensed.do(cmd.TakeCheckpoint("web01", "c"))
    write(licensed, GUEST, item("Mine", "now"))
    write(licensed, PUSHED, item("HostName", "spoofed"))
    licensed.do(cmd.TakeCheckpoint("web01", "spoofed"))
    licensed.do(cmd.CopyGuest("web01", "web02", "hv1"))
    assert licensed.state.pools["web02"].pushed is None
    licensed.do(cmd.ApplyCheckpoint("web01", "spoofed"))
    assert licensed.state.pools["web01"].pushed is None
    licensed.do(cmd.ApplyCheckpoint("web01", "c"))
    licensed.do(cmd.Resume("web01"))
    licensed.start("web02")
    assert pool(licensed, GUEST)["Mine"] == "then"
    assert pool(licensed, GUEST, "web02")["Mine"] == "now"
    assert pool(licensed, PUSHED, "web02")["VirtualMachineName"] == "web02"
    assert pool(licensed, PUSHED, "web02")["HostName"] == "hv1"


def test_a_checkpoint_without_pools_takes_all_back(licensed):
    licensed.do(cmd.TakeCheckpoint("web01", "c"))
    write(licensed, GUEST, item("Mine"))
    licensed.do(cmd.ApplyCheckpoint("web01", "c"))
    assert licensed.state.pools == {}


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ((cmd.Stop("web01"),), "web01 is off: its host reads nothing of it"),
        ((cmd.SetDataExchange("web01", False),), "Data Exchange is off for web01"),
        (
            (cmd.SetKvpService("web01", False),),
            "the KVP service of web01 is stopped, so its channel is closed",
        ),
    ],
    ids=["off", "exchange", "service"],
)
def test_a_guest_whose_channel_is_closed_is_not_read(licensed, before, says):
    for command in before:
        licensed.do(command)
    (refused,) = read(licensed)
    assert (refused.reason, refused.message) == ("no-kvp", says)
    assert licensed.do(cmd.ReadKvp()) == []
    assert licensed.state.views == {}


@pytest.mark.parametrize("platform", ["vmware", "kvm", "xen", "other"])
def test_no_other_platform_has_such_a_channel(play, platform):
    play.hosted(platform=platform)
    (refused,) = read(play)
    assert refused.message == f"hv1 ({platform}) is no Hyper-V host: it has no channel for key-value pairs"
    assert pool(play, PUSHED) == {}


def test_a_guest_on_its_way_is_not_read(licensed):
    licensed.host("hv2")
    licensed.do(cmd.Migrate("web01", "hv2", copy_us=SECOND, blackout_us=SECOND))
    licensed.after(SECOND)
    (refused,) = read(licensed)
    assert refused.message == "web01 is on its way to hv2: nobody reads it"
    licensed.after(SECOND)
    assert [type(event) for event in read(licensed)] == [ev.KvpRead]


def test_a_reading_is_one_event_and_the_hosts_view(licensed):
    write(licensed, GUEST, item("Mine"))
    (event,) = read(licensed)
    view = licensed.state.views["web01"]
    assert (event.host, event.failures, len(event.digest)) == ("hv1", (), 16)
    assert event.packets == 2 * (5 + 1 + 19 + 1)
    assert {"Mine", STATUS, "OSName"} <= set(event.changed)
    assert view == KvpView("hv1", licensed.now, event.pools)
    assert {each.key: each.value for each in view.items(GUEST)} == pool(licensed, GUEST)
    assert {each.key: each.value for each in view.items(AUTO)} == pool(licensed, AUTO)
    assert view.items(EXTERNAL) == ()
    licensed.after(HOUR)
    (again,) = read(licensed)
    assert (again.pools, again.changed, again.digest) == (None, (), event.digest)
    assert licensed.state.views["web01"] == KvpView("hv1", licensed.now, event.pools)
    licensed.do(cmd.DeleteKvp("web01", GUEST, ("Mine",)))
    (third,) = read(licensed, GUEST)
    assert third.changed == ("Mine",)
    assert licensed.state.views["web01"].items(AUTO) == view.items(AUTO)  # read before


def test_what_is_too_long_for_the_wire_is_cut_there_only(licensed):
    write(licensed, GUEST, item("k" * 255, "𝄞" * 600))
    read(licensed)
    *_, found = licensed.state.views["web01"].items(GUEST)
    assert found == item("k" * 254, "𝄞" * 511)
    assert pool(licensed, GUEST)["k" * 255] == "𝄞" * 600


def test_all_guests_of_a_host_or_of_all_hosts_are_read(licensed):
    licensed.host("hv2")
    licensed.guest("web02", on="hv2")
    licensed.guest("web03", on="hv2")
    licensed.start("web02")
    assert [event.guest for event in licensed.do(cmd.ReadKvp())] == ["web01", "web02"]
    assert [event.guest for event in licensed.do(cmd.ReadKvp(host="hv2"))] == ["web02"]


def test_a_host_reads_by_itself_at_its_interval(play):
    play.hosted(kvp_refresh_us=HOUR)
    assert [type(event) for event in play.after(HOUR)] == [ev.KvpRefreshDue, ev.KvpRead, ev.ClockAdvanced]
    assert play.state.refreshes["hv1"][0] == play.now + HOUR
    play.do(cmd.StopHost("hv1"))
    assert play.after(3 * HOUR) == [ev.ClockAdvanced()]
    events = play.do(cmd.StartHost("hv1"))
    assert [type(event) for event in events if type(event) in (ev.KvpRefreshDue, ev.KvpRead)] == [
        ev.KvpRefreshDue,  # what was due while it was down is due now, once
        ev.KvpRead,
    ]
    assert play.state.refreshes["hv1"][0] == play.now + HOUR


def test_what_a_linux_guest_holds_is_read_through_its_daemon(play):
    play.host()
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    write(play, GUEST, item("Mine", "ü𝄞"), guest="tux")
    play.do(cmd.PushKvp("tux", (item("Role", "db"),)))
    (event,) = read(play, EXTERNAL, GUEST, AUTO, PUSHED, guest="tux")
    view = play.state.views["tux"]
    assert event.failures == ()
    assert view.items(GUEST) == (item("Mine", "ü𝄞"),)
    assert view.items(EXTERNAL) == (item("Role", "db"),)
    assert [each.key for each in view.items(AUTO)][:2] == [
        "FullyQualifiedDomainName",
        "IntegrationServicesVersion",
    ]
    assert {each.key: each.value for each in view.items(PUSHED)}["VirtualMachineName"] == "tux"


def test_what_a_guest_does_not_take_is_not_delivered(licensed):
    def silent(frameworks, messages, version, pools, blob):
        return GuestOutput(None, version, pools)

    behaviour = licensed.world.behaviour
    licensed.world.behaviour = attrs.evolve(
        behaviour, ends=attrs.evolve(behaviour.ends, kvp_guest_answer=silent)
    )
    _, pushed = licensed.do(cmd.PushKvp("web01", (item("Role"),)))
    assert pushed.failures == (("set Role", 0x800705B4),)
    licensed.world.behaviour = behaviour
    _, pushed = licensed.do(cmd.PushKvp("web01", (item("Site"),)))
    assert pool(licensed, EXTERNAL) == {"Role": "1", "Site": "1"}


def test_a_linux_guest_takes_as_much_as_its_records_hold(play):
    play.host()
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    play.do(cmd.PushKvp("tux", (item("Wide", "€" * 1000),)))  # 2,000 bytes on the channel, 3,000 in a record
    assert pool(play, EXTERNAL, "tux") == {"Wide": "€" * 682}


def test_what_the_daemon_of_a_linux_guest_computes_is_not_written_over(play):
    play.host()
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    for command in (cmd.WriteKvp("tux", AUTO, (item("OSName"),)), cmd.DeleteKvp("tux", AUTO, ("OSName",))):
        (refused,) = play.do(command)
        assert (refused.reason, refused.message) == (
            "computed",
            "the daemon of tux computes pool 2 and never reads what is written there",
        )
