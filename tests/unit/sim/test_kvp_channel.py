"""Tests the channel of key-value pairs a packet at a time: connecting, faults, time-outs, closing."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import JournalError, Lab
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.kvp import KvpItem
from avma_sim.sim.canonical import Entry
from avma_sim.sim.pools import pools_of
from avma_sim.sim.world import apply_entry

SECOND = 1_000_000
WAIT = 60 * SECOND  # how long a host waits for an answer
EXTERNAL, GUEST, AUTO, PUSHED, _ = range(5)
TIMED_OUT, BAD_ANSWER = 0x800705B4, 0x8007000D
INVALID_ARGUMENT, NOT_SUPPORTED, FAILED = 0x80070057, 0x80070032, 0x80004005
# Where things lie in a packet: 8 bytes of the pipe, 20 of the service, then the message.
BODY, VALUE_TYPE, KEY_SIZE, VALUE_SIZE = 28, 36, 40, 44  # of an enumerated item
KEY, VALUE = 48, 560


def pool(play, number, guest="web01"):
    found = pools_of(play.facts, play.world.behaviour, play.state, play.state.guests[guest])
    return {each.key: each.value for each in found[number]}


def viewed(play, number, guest="web01"):
    return {each.key: each.value for each in play.state.views[guest].items(number)}


def read(play, *pools, guest="web01"):
    return play.do(cmd.ReadKvp(guest, pools=pools or (GUEST, AUTO)))


def kvp_fault(play, action, name="", **fields):
    return play.fault(action, name, channel="kvp", **fields)


def failures(play, guest="web01"):
    return play.state.views[guest].failures


@pytest.fixture
def up(play):
    """A licensed guest that connected without packets of its own."""
    play.hosted()
    return play


@pytest.fixture
def seen(play):
    """A licensed guest on a host where each packet is an entry."""
    play.hosted(kvp_packets=True)
    return play


@pytest.fixture
def tux(play):
    play.host()
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    return play


def test_a_start_connects_versions_first_then_what_the_host_pushes(seen, kinds):
    told = kinds([entry.what for entry in seen.entries])
    at = told.index("KvpExchangeStarted")
    assert told[at : at + 36] == [
        "KvpExchangeStarted",
        *["KvpRequestRead", "KvpAnswerRead"] * 16,
        "KvpRequestRead",
        "KvpPushed",
        "AttemptStarted",
    ]
    (pushed,) = seen.of(ev.KvpPushed)
    assert (pushed.host, pushed.packets, pushed.failures) == ("hv1", 34, ())
    assert pushed.link.guest == pushed.link.host == ((3, 0), (5, 0))
    assert seen.state.links["web01"] == pushed.link
    assert seen.state.exchanges == {}
    assert len(pool(seen, PUSHED)) == 16


@pytest.mark.parametrize(
    ("release", "version"), [("ws2012r2", (4, 0)), ("ws2016", (5, 0)), ("linux", (4, 0))]
)
def test_the_guest_picks_by_release(play, release, version):
    play.host(kvp_packets=True)
    linux = release == "linux"
    play.guest("g", release=release, edition="linux" if linux else "standard", key="")
    play.start("g")
    assert play.state.links["g"].host == ((3, 0), version)


def test_pushed_items_come_one_by_one(play):
    play.hosted(kvp_latency_us=SECOND)
    assert pool(play, PUSHED) == {}
    play.after(2 * SECOND)  # versions are agreed
    assert pool(play, PUSHED) == {}
    play.after(SECOND)
    assert pool(play, PUSHED) == {"HostName": "hv1"}
    play.after(31 * SECOND)
    assert len(pool(play, PUSHED)) == 16
    assert play.of(ev.KvpPushed)[0].failures == ()


def test_packets_of_pairs_count_down_and_leave_the_others_alone(seen):
    ids = [event.packet.id for event in seen.of(ev.KvpExchangeStarted) + seen.of(ev.KvpAnswerRead)]
    assert ids[0] == -1
    assert ids == sorted(ids, reverse=True)
    assert seen.state.packet_ids == 2
    assert seen.state.kvp_packet_ids == -34
    assert {event.packet.channel for event in seen.of(ev.KvpRequestRead)} == {"kvp"}
    assert {event.packet.channel for event in seen.of(ev.AttemptStarted)} == {"activation"}


def test_a_fault_of_one_channel_leaves_the_other_alone(up):
    up.fault("drop", "a")
    assert read(up)[0].failures == ()
    up.do(cmd.DisarmFault("a"))
    kvp_fault(up, "drop", "k")
    assert "LicenceGranted" in [type(event).__name__ for event in up.restart()]


@pytest.mark.parametrize("to", ["guest", "host"])
def test_where_a_packet_is_lost_the_host_gives_up(up, to):
    kvp_fault(up, "drop", to=to, nth=3)
    read(up)
    up.until("quiet")
    assert failures(up) == (("walk 1 at 2", TIMED_OUT),)
    assert list(viewed(up, GUEST)) == ["AvmaSimLicenseStatus", "AvmaSimActivationHost"]
    assert viewed(up, AUTO) == {}
    assert up.state.views["web01"].failed_us == up.now
    read(up)
    up.until("quiet")
    assert failures(up) == ()
    assert up.state.views["web01"].failed_us == up.now - 0  # the second reading took no time


def test_the_wait_begins_anew_with_each_request(up):
    kvp_fault(up, "delay", by_us=WAIT // 2 - 1)
    start = up.now
    read(up, GUEST)
    up.until("quiet")
    assert failures(up) == ()
    assert up.now == start + 10 * (WAIT // 2 - 1)


@pytest.mark.parametrize(("by_us", "failed"), [(WAIT, False), (WAIT + 1, True)])
def test_an_answer_at_the_very_end_is_in_time(up, by_us, failed):
    kvp_fault(up, "delay", to="host", nth=1, by_us=by_us)
    read(up, GUEST)
    up.until("quiet")
    assert bool(failures(up)) is failed


@pytest.mark.parametrize("closed", [False, True], ids=["ended", "closed"])
def test_an_exchange_that_is_over_hides_no_other_due(up, kinds, closed):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    if closed:
        up.do(cmd.SetDataExchange("web01", False))
        up.do(cmd.DisarmFault("delay"))
        up.do(cmd.SetDataExchange("web01", True))
    up.until("quiet")
    told = kinds(up.after(8 * 24 * 3600 * SECOND))
    assert "LicenceGranted" in told
    assert not {"KvpRead", "KvpPushed"} & set(told)


def test_a_late_answer_is_nobodys(up, kinds):
    kvp_fault(up, "delay", to="host", nth=1, by_us=WAIT + SECOND)
    read(up, GUEST)
    told = up.until("quiet")
    assert kinds(told) == ["KvpRead", "KvpIgnored", "ClockAdvanced"]
    assert (told[1].to, told[1].why) == ("host", "nothing was asked")


def test_a_duplicate_answer_is_not_taken_for_the_next(up):
    kvp_fault(up, "duplicate", to="host", copies=2)
    read(up)
    up.until("quiet")
    assert failures(up) == ()
    assert viewed(up, GUEST) == pool(up, GUEST)
    assert viewed(up, AUTO) == pool(up, AUTO)
    assert len(up.of(ev.KvpIgnored)) == 2 * 25


def test_a_duplicate_request_is_answered_twice_and_changes_nothing(up):
    kvp_fault(up, "duplicate", to="guest")
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "db"),)))
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"Role": "db"}
    assert up.of(ev.KvpPushed)[-1].failures == ()


# What is wrong with an answer, and what the host makes of it.
BROKEN_ANSWERS = {
    "odd size": {"action": "patch", "at": KEY_SIZE, "blob": b"\x05"},
    "size above the field": {"action": "patch", "at": VALUE_SIZE, "blob": b"\x02\x08"},
    "missing NUL": {"action": "patch", "at": KEY, "blob": b"xx" * 256},
    "half a character": {"action": "patch", "at": VALUE, "blob": b"\x00\xd8"},
    "unknown type": {"action": "patch", "at": VALUE_TYPE, "blob": b"\x07"},
    "cut short": {"action": "truncate", "size": 100},
    "too long": {"action": "extend", "blob": b"\x00"},
}


@pytest.mark.parametrize("broken", BROKEN_ANSWERS.values(), ids=BROKEN_ANSWERS.keys())
def test_a_broken_answer_ends_the_reading(up, broken):
    kvp_fault(up, to="host", nth=2, **broken)
    read(up)
    up.until("quiet")
    assert failures(up) == (("walk 1 at 1", BAD_ANSWER),)
    assert list(viewed(up, GUEST)) == ["AvmaSimLicenseStatus"]


@pytest.mark.parametrize(
    ("at", "blob", "status"),
    [
        (BODY, b"\x09", INVALID_ARGUMENT),  # no such operation
        (BODY + 1, b"\x07", INVALID_ARGUMENT),  # no such pool
        (BODY + 1, b"\x04", INVALID_ARGUMENT),  # never on the wire
    ],
    ids=["operation", "pool", "pool 4"],
)
def test_a_broken_request_is_answered_with_a_failure_of_somebody_else(up, at, blob, status):
    kvp_fault(up, "patch", to="guest", nth=1, at=at, blob=blob)
    read(up, GUEST)
    up.until("quiet")
    ((step, said),) = failures(up)
    assert step == "walk 1 at 0"
    assert said in (status, TIMED_OUT)  # an answer that echoes another request is not this one's


@pytest.mark.parametrize(
    ("at", "blob"),
    [(12, b"\x05"), (25, b"\x05"), (18, b"\xff\xff"), (8, b"\x01")],
    ids=["service", "response", "size", "version"],
)
def test_what_is_no_request_is_not_answered(up, at, blob):
    kvp_fault(up, "patch", to="guest", nth=1, at=at, blob=blob)
    read(up, GUEST)
    up.until("quiet")
    assert failures(up) == (("walk 1 at 0", TIMED_OUT),)
    (ignored,) = up.of(ev.KvpIgnored)
    assert (ignored.to, ignored.why) == ("guest", "no request that it answers")


def test_without_a_common_version_nothing_is_read(up):
    offered = bytes.fromhex("0900 0000 0900 0000 0900 0000 0900 0000 0900 0000")
    kvp_fault(up, "patch", to="guest", nth=1, at=36, blob=offered)
    up.restart()
    up.until("quiet")
    (pushed,) = up.of(ev.KvpPushed)
    assert pushed.link.host is None
    assert [step for step, _ in pushed.failures] == ["negotiate"]
    assert pool(up, PUSHED) == {}
    read(up)  # connects anew, and then reads
    up.until("quiet")
    assert failures(up) == ()
    assert len(pool(up, PUSHED)) == 16


def test_what_an_earlier_connection_failed_at_is_forgotten_with_the_next_start(up, kinds):
    kvp_fault(up, "drop", nth=1)
    up.restart()
    up.until("quiet")
    assert up.state.links["web01"].host is None
    up.do(cmd.DisarmFault("drop"))
    up.restart()
    assert kinds(read(up)) == ["KvpRead"]


def test_a_reading_that_cannot_connect_says_so(up):
    kvp_fault(up, "drop")
    up.restart()
    up.until("quiet")
    read(up)
    up.until("quiet")
    assert failures(up) == (("connect", TIMED_OUT),)
    assert up.of(ev.KvpRead)[0].packets == 0


def test_a_lost_answer_to_versions_leaves_the_ends_apart(up):
    kvp_fault(up, "drop", to="host", nth=1)
    up.restart()
    up.until("quiet")
    link = up.state.links["web01"]
    assert (link.guest, link.host) == (((3, 0), (5, 0)), None)


def test_a_linux_kernel_without_its_daemon_leaves_requests_in_the_ring(tux):
    tux.do(cmd.SetKvpService("tux", False))
    read(tux, guest="tux")
    assert tux.until("quiet")[-1] == ev.ClockAdvanced()
    assert failures(tux, "tux") == (("walk 1 at 0", TIMED_OUT),)
    (ignored,) = tux.of(ev.KvpIgnored)
    assert ignored.why == "the guest's service is stopped"
    tux.do(cmd.SetKvpService("tux", True))
    tux.until("quiet")
    read(tux, guest="tux")
    tux.until("quiet")
    assert failures(tux, "tux") == ()


def test_a_linux_guest_that_starts_without_its_daemon_is_told_nothing(play):
    play.host()
    play.guest("tux", release="linux", edition="linux", key="", kvp_service=False)
    play.start("tux")
    assert pool(play, PUSHED, "tux") == {}
    play.until("quiet")
    assert play.of(ev.KvpPushed)[0].failures == (("negotiate", TIMED_OUT),)
    assert pool(play, PUSHED, "tux") == {}
    play.do(cmd.SetKvpService("tux", True))
    read(play, guest="tux")
    play.until("quiet")
    assert failures(play, "tux") == ()
    assert len(pool(play, PUSHED, "tux")) == 16


def test_a_linux_guest_answers_a_packet_at_a_time_too(tux):
    tux.do(cmd.WriteKvp("tux", GUEST, (KvpItem("Mine", "ü𝄞"),)))
    read(tux, GUEST, AUTO, guest="tux")
    whole = tux.state.views["tux"].pools
    kvp_fault(tux, "delay", by_us=SECOND)
    read(tux, GUEST, AUTO, guest="tux")
    tux.until("quiet")
    assert tux.state.views["tux"].pools == whole
    assert tux.of(ev.KvpRead)[-1].digest == tux.of(ev.KvpRead)[0].digest


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (cmd.Stop("web01"), "stop"),
        (cmd.Save("web01"), "save"),
        (cmd.Migrate("web01", "hv2"), "migration"),
        (cmd.SetDataExchange("web01", False), "Data Exchange"),
        (cmd.SetKvpService("web01", False), "the guest's service"),
        (cmd.ApplyCheckpoint("web01", "c"), "checkpoint"),
        (cmd.StopHost("hv1"), "host"),
        (cmd.Upgrade("web01", "ws2019", "standard"), "restart"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_an_exchange_ends_with_its_channel(up, command, why):
    up.host("hv2")
    up.do(cmd.TakeCheckpoint("web01", "c"))
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    assert "web01" in up.state.exchanges
    up.do(command)
    assert [event.why for event in up.of(ev.KvpChannelClosed)] == [why]
    up.until("quiet")
    assert up.of(ev.KvpRead) == []
    assert up.state.exchanges == {}
    assert up.state.packets == {}


def test_an_exchange_that_is_switched_off_and_on_is_a_new_one(up, kinds):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    up.do(cmd.SetDataExchange("web01", False))
    assert kinds(up.do(cmd.SetDataExchange("web01", True)))[:2] == [
        "DataExchangeChanged",
        "KvpExchangeStarted",
    ]
    up.until("quiet")
    # The old request reaches the guest after all, before versions are agreed or after: nobody is misled.
    assert up.of(ev.KvpPushed)[-1].failures == ()


def test_a_request_that_comes_while_data_exchange_is_off_is_not_answered(up):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    up.do(cmd.SetDataExchange("web01", False))
    up.until("quiet")
    (ignored,) = up.of(ev.KvpIgnored)
    assert ignored.why == "Data Exchange is off"


def test_a_paused_guest_lets_requests_wait_and_the_host_gives_up(up, kinds):
    up.do(cmd.Pause("web01"))
    assert kinds(read(up)) == ["KvpExchangeStarted", "PacketWaits"]
    up.after(WAIT)
    assert failures(up) == (("walk 1 at 0", TIMED_OUT),)
    told = kinds(up.do(cmd.Resume("web01")))
    assert told == ["GuestResumed", "KvpRequestRead", "KvpIgnored"]  # too late for the host


def test_a_guest_that_is_resumed_in_time_answers(up):
    up.do(cmd.Pause("web01"))
    read(up)
    up.after(WAIT // 2)
    up.do(cmd.Resume("web01"))
    up.until("quiet")
    assert failures(up) == ()


def test_nothing_is_pushed_to_a_paused_guest_until_it_goes_on(up):
    kvp_fault(up, "delay", by_us=SECOND)
    up.do(cmd.Pause("web01"))
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "db"),)))
    assert up.state.exchanges == {}
    up.do(cmd.Resume("web01"))
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"Role": "db"}


def test_a_guest_that_was_moved_while_paused_connects_when_it_goes_on(seen):
    seen.host("hv2", kvp_packets=True)
    seen.do(cmd.Pause("web01"))
    seen.do(cmd.Migrate("web01", "hv2"))
    assert seen.state.links["web01"].pipe != seen.state.guests["web01"].pipe
    seen.do(cmd.Resume("web01"))
    assert seen.state.links["web01"].pipe == seen.state.guests["web01"].pipe
    assert pool(seen, PUSHED)["PhysicalHostName"] == "hv2"


def test_a_second_reading_joins_the_first(up, kinds):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    (joined,) = read(up)
    assert joined == ev.KvpReadJoined("web01")
    up.until("quiet")
    assert len(up.of(ev.KvpRead)) == 1


def test_a_reading_waits_for_the_connection(up):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    up.restart()
    assert read(up, GUEST) == [ev.KvpReadJoined("web01", (GUEST,))]
    assert read(up, AUTO, GUEST) == [ev.KvpReadJoined("web01", (GUEST, AUTO))]
    up.until("quiet")
    (event,) = up.of(ev.KvpRead)
    assert [number for number, _ in event.pools] == [GUEST, AUTO]


def test_what_is_kept_during_an_exchange_is_pushed_after_it(up):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "db"),)))
    assert pool(up, EXTERNAL) == {}
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"Role": "db"}
    kvp_fault(up, "delay", "again", by_us=SECOND, nth=1)
    up.restart()
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "web"),)))
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"Role": "web"}


def test_a_push_that_failed_is_tried_anew_with_the_next_occasion(up):
    kvp_fault(up, "drop", nth=1)
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "db"),)))
    up.until("quiet")
    assert up.of(ev.KvpPushed)[-1].failures == (("set Role", TIMED_OUT),)
    assert up.state.pools["web01"].delivered == (KvpItem("Role", "\0"),)  # nobody knows what came of it
    read(up)
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"Role": "db"}


def test_a_push_connects_first_where_that_had_failed(up):
    kvp_fault(up, "drop", nth=1)
    up.restart()
    up.until("quiet")
    assert up.state.links["web01"].host is None
    up.do(cmd.PushKvp("web01", (KvpItem("Role", "db"),)))
    up.until("quiet")
    assert up.state.links["web01"].host == ((3, 0), (5, 0))
    assert pool(up, EXTERNAL) == {"Role": "db"}
    assert len(pool(up, PUSHED)) == 16


@pytest.mark.parametrize("spans", [(0, 0), (SECOND, SECOND)], ids=["at once", "in time"])
@pytest.mark.parametrize("fails", ["", "arrival"])
@pytest.mark.parametrize("kind", ["live", "quick"])
def test_a_move_connects_once(seen, kind, fails, spans):
    seen.host("hv2", kvp_packets=True)
    before = len(seen.of(ev.KvpExchangeStarted))
    seen.do(cmd.Migrate("web01", "hv2", kind, copy_us=spans[0], blackout_us=spans[1], fails=fails))
    seen.after(10 * SECOND)
    assert len(seen.of(ev.KvpExchangeStarted)) == before + 1
    assert seen.state.links["web01"].pipe == seen.state.guests["web01"].pipe
    assert pool(seen, PUSHED)["PhysicalHostName"] == ("hv1" if fails else "hv2")


def test_a_fault_of_another_guest_or_host_takes_no_time_of_this_one(up, kinds):
    up.host("hv2")
    up.guest("web02", on="hv2")
    up.start("web02")
    kvp_fault(up, "delay", "a", by_us=SECOND, guest="web02")
    kvp_fault(up, "delay", "b", by_us=SECOND, host="hv2")
    assert kinds(read(up)) == ["KvpRead"]
    assert kinds(read(up, guest="web02")) == ["KvpExchangeStarted", "FaultHit"]


def test_activations_do_not_wait_for_pairs(up):
    kvp_fault(up, "drop")
    read(up)
    start = up.now
    up.until("activations")
    assert up.now == start
    up.world.settle()
    assert up.now == start
    up.until("quiet")
    assert up.now == start + WAIT


def test_activations_are_waited_for_whatever_pairs_do(play):
    play.hosted(service="hung", kvp_latency_us=SECOND)
    start = play.now
    play.world.settle()
    assert play.now == start + 30 * SECOND
    assert play.state.attempts == {}
    play.do(cmd.Restart("web01"))
    play.until("activations")
    assert play.now == start + 60 * SECOND


def test_a_push_of_the_same_in_another_order_is_nothing(up):
    items = (KvpItem("a", "1"), KvpItem("b", "2"))
    up.do(cmd.PushKvp("web01", items))
    up.do(cmd.Pause("web01"))
    up.do(cmd.RemoveKvp("web01", ("a",)))
    up.do(cmd.PushKvp("web01", items[:1]))
    up.do(cmd.Resume("web01"))
    assert pool(up, EXTERNAL) == {"a": "1", "b": "2"}


def test_what_a_push_may_have_brought_is_taken_back(up):
    kvp_fault(up, "drop", to="host", nth=1)
    up.do(cmd.PushKvp("web01", (KvpItem("a", "1"), KvpItem("b", "2"))))
    up.until("quiet")
    assert pool(up, EXTERNAL) == {"a": "1"}  # only its answer was lost
    up.do(cmd.RemoveKvp("web01", ("a", "b")))
    up.until("quiet")
    assert pool(up, EXTERNAL) == {}


def test_a_push_that_waits_for_a_paused_guest_is_taken_back_after_it(play):
    play.hosted(kvp_latency_us=SECOND // 10)
    play.until("quiet")
    play.do(cmd.PushKvp("web01", (KvpItem("a", "1"),)))
    play.do(cmd.Pause("web01"))
    play.after(2 * WAIT)
    play.do(cmd.RemoveKvp("web01", ("a",)))
    play.do(cmd.Resume("web01"))
    play.until("quiet")
    assert pool(play, EXTERNAL) == {}


def test_what_is_pushed_again_is_there_again(up):
    up.do(cmd.PushKvp("web01", (KvpItem("a", "1"),)))
    up.do(cmd.DeleteKvp("web01", EXTERNAL, ("a",)))
    up.do(cmd.PushKvp("web01", (KvpItem("a", "1"),)))
    assert pool(up, EXTERNAL) == {"a": "1"}


def test_a_paused_guest_is_not_read_at_the_interval(play, kinds):
    play.hosted(kvp_refresh_us=10 * SECOND)
    play.do(cmd.Pause("web01"))
    assert set(kinds(play.after(100 * SECOND))) == {"KvpRefreshDue", "ClockAdvanced"}
    start = play.now
    play.until("quiet")
    assert play.now == start


def test_nobody_waits_for_a_reading_that_a_host_makes_by_itself(play):
    play.host(kvp_refresh_us=10 * SECOND)
    play.guest("tux", release="linux", edition="linux", key="")
    play.start("tux")
    play.do(cmd.SetKvpService("tux", False))
    play.after(10 * SECOND)
    assert play.state.exchanges["tux"].own
    start = play.now
    play.until("quiet")
    assert play.now == start
    play.after(100 * SECOND)
    assert play.of(ev.KvpReadJoined) == []  # it reads again soon enough
    assert failures(play, "tux") == (("walk 1 at 0", TIMED_OUT),)


def test_a_reading_of_other_pools_comes_after_the_first(up):
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    assert read(up, EXTERNAL, AUTO, PUSHED) == [ev.KvpReadJoined("web01", (EXTERNAL, PUSHED))]
    up.until("quiet")
    assert [number for number, _ in up.state.views["web01"].pools] == [EXTERNAL, GUEST, AUTO, PUSHED]


@pytest.mark.parametrize("spans", [(0, 0), (SECOND, SECOND)], ids=["paused", "on its way"])
def test_a_guest_that_moved_while_it_stood_still_connects(up, spans):
    up.host("hv2", kvp_packets=True)
    if not spans[0]:
        up.do(cmd.Pause("web01"))
    up.do(cmd.Migrate("web01", "hv2", copy_us=spans[0], blackout_us=spans[1]))
    up.after(spans[0])
    up.do(cmd.PushKvp("web01", (KvpItem("a", "1"),)))
    up.after(SECOND)
    if not spans[0]:
        up.do(cmd.Resume("web01"))
    assert [event.exchange.kind for event in up.of(ev.KvpExchangeStarted)] == ["connect"]
    assert pool(up, EXTERNAL) == {"a": "1"}


def test_an_overdue_refresh_comes_after_what_guests_do(play, kinds):
    play.hosted(kvp_refresh_us=WAIT)
    play.do(cmd.StopHost("hv1"))
    play.after(60 * WAIT)
    told = kinds(play.do(cmd.StartHost("hv1")))
    assert told.index("LicenceGranted") < told.index("KvpRefreshDue")


def test_a_reading_that_failed_makes_nothing_newer(up):
    read(up)
    start = up.now
    up.after(WAIT)
    kvp_fault(up, "drop")
    read(up)
    up.until("quiet")
    view = up.state.views["web01"]
    assert (view.read_us, view.failed_us, len(view.items(AUTO))) == (start, up.now, 19)


def test_another_host_knows_nothing_of_what_the_first_has_read(up):
    up.host("hv2")
    read(up, GUEST, AUTO)
    up.do(cmd.Migrate("web01", "hv2"))
    read(up, GUEST)
    assert [number for number, _ in up.state.views["web01"].pools] == [GUEST]
    kvp_fault(up, "drop")
    up.do(cmd.Migrate("web01", "hv1"))
    up.until("quiet")
    read(up, GUEST)
    up.until("quiet")
    view = up.state.views["web01"]
    assert (view.host, view.pools) == ("hv1", ())


def test_a_rebuilt_host_has_read_nothing(up):
    up.host("hv2")
    up.guest("web02", on="hv2")
    up.start("web02")
    read(up)
    read(up, guest="web02")
    up.do(cmd.RebuildHost("hv1", "ws2019", "datacenter"))
    assert list(up.state.views) == ["web02"]


@pytest.mark.parametrize("command", [cmd.SetDataExchange("web01", True), cmd.SetKvpService("web01", True)])
def test_switching_on_what_is_on_changes_nothing(up, kinds, command):
    up.do(cmd.WriteKvp("web01", PUSHED, (KvpItem("HostName", "mine"),)))
    kvp_fault(up, "delay", by_us=SECOND, nth=1)
    read(up)
    assert len(kinds(up.do(command))) == 1
    up.until("quiet")
    assert len(up.of(ev.KvpRead)) == 1
    assert pool(up, PUSHED)["HostName"] == "mine"


def test_a_pool_of_which_nothing_was_answered_stays_as_it_was(up):
    read(up)
    kvp_fault(up, "drop", nth=1)
    read(up)
    up.until("quiet")
    assert failures(up) == (("walk 1 at 0", TIMED_OUT),)
    assert viewed(up, GUEST) == pool(up, GUEST)
    assert up.of(ev.KvpRead)[-1].changed == ()


def test_a_host_gives_up_on_a_guest_that_was_paused_while_it_asked_for_a_licence_too(play):
    play.hosted(kvp_latency_us=SECOND, latency_us=SECOND)
    play.do(cmd.Pause("web01"))  # what was due first, the deadline of its attempt, is so no longer
    play.after(2 * WAIT)
    assert play.state.exchanges == {}
    assert play.of(ev.KvpPushed)[-1].failures == (("negotiate", TIMED_OUT),)


@pytest.mark.parametrize("row", ["guest", "host", "exchange"])
def test_a_hand_made_exchange_that_names_nobody_does_not_fit(row):
    lab = Lab(seed=1)
    lab.add_host("hv1", release="ws2022", activated=True, kvp_packets=True, kvp_latency="1ms")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    event = next(entry for entry in lab.entries() if isinstance(entry.what, ev.KvpExchangeStarted)).what
    if row == "exchange":
        event = attrs.evolve(event, exchange=attrs.evolve(event.exchange, host="nobody"))
    else:
        event = attrs.evolve(event, packet=attrs.evolve(event.packet, **{row: "nobody"}))
    state = lab.state
    with pytest.raises(JournalError, match="does not fit the state"):
        apply_entry(state, Entry(state.n, state.now_us, 0, event))


@pytest.mark.parametrize("row", ["guest", "host"])
@pytest.mark.parametrize("kind", [ev.KvpRequestRead, ev.AttemptStarted])
def test_no_hand_made_packet_names_nobody(seen, kind, row):
    event = seen.of(kind)[0]
    event = attrs.evolve(event, packet=attrs.evolve(event.packet, **{row: "nobody"}))
    state = seen.state.copy()
    if kind is ev.KvpRequestRead:
        state.packets[event.arrived] = event.packet
    with pytest.raises(JournalError, match="does not fit the state"):
        apply_entry(state, Entry(state.n, state.now_us, 0, event))
