"""Tests faults in a running lab: what each does to an activation, who is asked, what is counted."""

from __future__ import annotations

import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import INVALID_DATA, TIMED_OUT

SECOND = 1_000_000
DEADLINE = 30 * SECOND
START = 1_735_689_600_000_000
ASKED = "AttemptStarted"
HIT = "FaultHit"
GRANTED = "LicenceGranted"


@pytest.fixture
def ready(play):
    """A host and a guest that is off; packets take no time."""
    play.hosted(on=False)
    return play


@pytest.fixture
def crowd(play):
    """Three guests that are off, on a host where a packet takes a second."""
    play.host(latency_us=SECOND)
    for name in ("g1", "g2", "g3"):
        play.guest(name)
    return play


def counters(play, name):
    fault = play.state.faults[name]
    return fault.seen, fault.hits


def arrivals(play, kind=ev.ActivationDecided):
    """Ids of the packets that were told in events of a kind, in order."""
    return [event.arrived for event in play.of(kind)]


def end_of(play):
    """The guest's newest event 12309: notification and code."""
    row = play.state.logs["web01"].recent[-1]
    return row.outcome, row.code


def test_without_a_fault_nobody_is_asked(ready, kinds):
    assert kinds(ready.start()) == ["GuestStarted", ASKED, "ActivationDecided", GRANTED]
    assert [packet.asked for packet in (*ready.of(ev.AttemptStarted), *ready.of(ev.ActivationDecided))] == [
        (),
        (),
    ]


def test_arming_is_an_event_of_its_own(ready):
    (armed,) = ready.fault("drop", nth=2)
    assert type(armed) is ev.FaultArmed
    assert ready.state.faults["drop"].plan is armed.fault
    assert counters(ready, "drop") == (0, 0)


def test_a_dropped_request_is_silence(ready, kinds):
    ready.fault("drop", to="host")
    assert kinds(ready.start()) == ["GuestStarted", ASKED, HIT]
    assert ready.state.packets == {}
    assert kinds(ready.until("quiet")) == ["AttemptFailed", "ClockAdvanced"]
    assert end_of(ready) == ("invalid-host", TIMED_OUT)
    assert ready.now == START + DEADLINE
    assert ready.state.logs["hv1"].recent == ()


def test_a_dropped_answer_is_silence_too_and_the_host_has_logged(ready, kinds):
    ready.fault("drop", to="guest")
    assert kinds(ready.start()) == ["GuestStarted", ASKED, "ActivationDecided", HIT]
    ready.until("quiet")
    assert end_of(ready) == ("invalid-host", TIMED_OUT)
    assert [row.outcome for row in ready.state.logs["hv1"].recent] == ["granted"]


@pytest.mark.parametrize("to", ["host", "guest"])
def test_a_delay_short_of_the_deadline_only_delays(ready, to):
    ready.fault("delay", to=to, by_us=DEADLINE - 1)
    ready.start()
    ready.until("quiet")
    assert end_of(ready) == ("success", 0)
    assert ready.now == START + DEADLINE - 1


@pytest.mark.parametrize("to", ["host", "guest"])
def test_what_arrives_at_the_instant_of_the_deadline_is_late(ready, kinds, to):
    ready.fault("delay", to=to, by_us=DEADLINE)
    ready.start()
    told = kinds(ready.until("quiet"))
    assert told[0] == "AttemptFailed"
    assert told[-2:] == ["BytesIgnored", "ClockAdvanced"]
    assert end_of(ready) == ("invalid-host", TIMED_OUT)
    assert ready.state.licences["web01"].status == 5


@pytest.mark.parametrize("copies", [1, 16])
def test_a_duplicated_request_is_repeated_and_logged_once(ready, kinds, copies):
    ready.fault("duplicate", to="host", copies=copies)
    told = kinds(ready.start())
    assert told == [
        *["GuestStarted", ASKED, HIT, "ActivationDecided"],
        *["RequestRepeated"] * copies,
        GRANTED,
        *["BytesIgnored"] * copies,
    ]
    assert len(ready.state.logs["hv1"].recent) == 1
    assert {packet.blob for packet in packets_of(ready, ev.RequestRepeated)} == {
        packet.blob for packet in packets_of(ready, ev.ActivationDecided)
    }


def packets_of(play, kind):
    return [event.packet for event in play.of(kind)]


def test_duplicated_answers_are_ignored(ready, kinds):
    ready.fault("duplicate", to="guest", copies=2, by_us=SECOND)
    assert kinds(ready.start())[-1] == GRANTED
    assert kinds(ready.until("quiet")) == ["BytesIgnored", "BytesIgnored", "ClockAdvanced"]
    assert [entry.t for entry in ready.last[1:]] == [START + SECOND, START + 2 * SECOND, START + 2 * SECOND]


BROKEN = {
    "flip": {"bit": 600},
    "truncate": {"size": 20},
    "extend": {"blob": b"\x00"},
    "replace": {"blob": b"anything"},
}


@pytest.mark.parametrize("action", BROKEN)
def test_a_broken_request_is_unread_and_ends_in_invalid_data(ready, kinds, action):
    ready.fault(action, to="host", **BROKEN[action])
    assert kinds(ready.start()) == ["GuestStarted", ASKED, HIT, "RequestUnread", "BadBytesSeen"]
    assert ready.of(ev.BadBytesSeen)[0].reason == "error-frame"
    ready.until("quiet")
    assert end_of(ready) == ("invalid-data", INVALID_DATA)
    assert ready.now == START + DEADLINE
    assert ready.state.logs["hv1"].recent == ()


@pytest.mark.parametrize("action", BROKEN)
def test_a_broken_answer_ends_in_invalid_data(ready, kinds, action):
    ready.fault(action, to="guest", **BROKEN[action])
    assert kinds(ready.start()) == ["GuestStarted", ASKED, "ActivationDecided", HIT, "BadBytesSeen"]
    ready.until("quiet")
    assert end_of(ready) == ("invalid-data", INVALID_DATA)
    assert [row.outcome for row in ready.state.logs["hv1"].recent] == ["granted"]


def test_a_true_answer_after_broken_bytes_is_a_grant(ready, kinds):
    ready.fault("duplicate", to="host", copies=1, by_us=SECOND)
    ready.fault("flip", to="guest", nth=1, bit=600)
    assert kinds(ready.start())[-1] == "BadBytesSeen"
    assert kinds(ready.until("quiet")) == ["RequestRepeated", GRANTED, "ClockAdvanced"]
    assert end_of(ready) == ("success", 0)


def test_a_replay_that_keeps_lets_later_faults_be_asked(ready, kinds):
    ready.fault("replay", to="host")
    ready.fault("drop", to="host")
    ready.start()
    assert ready.of(ev.AttemptStarted)[0].asked == ("replay", "drop")
    assert [hit.what for hit in ready.of(ev.FaultHit)] == ["keep", "drop"]
    assert ready.state.faults["replay"].kept
    assert not ready.state.packets


def test_a_replayed_answer_is_bad_bytes(ready, kinds):
    ready.fault("replay", to="guest")
    assert kinds(ready.start()) == ["GuestStarted", ASKED, "ActivationDecided", HIT, GRANTED]
    kept = ready.state.faults["replay"].kept
    assert kept == ready.of(ev.ActivationDecided)[0].packet.blob
    told = ready.restart()
    assert kinds(told)[-3:] == ["ActivationDecided", HIT, "BadBytesSeen"]
    hit = told[-2]
    assert (hit.fault, hit.what, [packet.blob for packet in hit.packets]) == ("replay", "replay", [kept])
    ready.until("quiet")
    assert end_of(ready) == ("invalid-data", INVALID_DATA)
    assert ready.state.faults["replay"].kept == kept
    assert counters(ready, "replay") == (2, 1)


def test_a_replayed_request_is_repeated_or_ignored(ready, kinds):
    """The newest that was answered is answered again, an older one is not."""
    ready.fault("replay", to="host", every=2)
    ready.start()
    told = [kinds(ready.restart())[2:] for _ in range(4)]
    assert told == [
        [ASKED, "ActivationDecided", GRANTED],
        [ASKED, HIT, "RequestIgnored"],
        ["GuestStarted", ASKED, "ActivationDecided", GRANTED],
        [ASKED, HIT, "RequestIgnored"],
    ]
    assert counters(ready, "replay") == (5, 2)


def test_a_replayed_request_right_after_it_was_answered(ready, kinds):
    ready.fault("replay", to="host", nth=1)
    ready.start()
    assert kinds(ready.restart())[-4:] == [ASKED, HIT, "RequestRepeated", "BadBytesSeen"]


def test_reorder_lets_the_later_request_go_first(crowd, kinds):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    crowd.start("g1")
    (held,) = crowd.state.packets.values()
    assert held.due[0] == START + 21 * SECOND
    assert crowd.state.faults["reorder"].held == held.id
    assert kinds(crowd.start("g2")) == ["GuestStarted", ASKED, HIT]
    release = crowd.last[-1].what
    assert (release.what, release.hit) == ("release", held.id)
    assert crowd.state.faults["reorder"].held == 0
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g2", "g1"]
    assert crowd.now == START + 2 * SECOND
    assert counters(crowd, "reorder") == (2, 1)


def test_reorder_starts_again_after_a_pair(crowd):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    for name in ("g1", "g2", "g3"):
        crowd.start(name)
    assert crowd.state.faults["reorder"].held == crowd.of(ev.AttemptStarted)[2].packet.id
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g2", "g1", "g3"]
    assert counters(crowd, "reorder") == (3, 2)


def test_reorder_of_answers(crowd):
    crowd.fault("reorder", to="guest", by_us=20 * SECOND)
    crowd.start("g1")
    crowd.start("g2")
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g1", "g2"]
    assert [event.guest for event in crowd.of(ev.LicenceGranted)] == ["g2", "g1"]


def test_reorder_waits_no_longer_than_it_may(crowd, kinds):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    crowd.start("g1")
    assert kinds(crowd.until("quiet")) == ["ActivationDecided", GRANTED, "ClockAdvanced"]
    assert crowd.now == START + 22 * SECOND


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(False, id="alone"),
        pytest.param(True, id="with a fault behind it"),
    ],
)
def test_reorder_of_the_answer_to_the_request_that_it_held(crowd, kinds, more):
    """The request arrives, so it is held no longer when its answer is sent; whatever else is armed."""
    crowd.fault("reorder", by_us=5 * SECOND)
    if more:
        crowd.fault("drop", nth=99)
    crowd.start("g1")
    assert kinds(crowd.until("next-due")) == ["ActivationDecided", HIT, "ClockAdvanced"]
    assert crowd.of(ev.ActivationDecided)[0].asked == ("reorder",)
    assert counters(crowd, "reorder") == (2, 2)
    crowd.until("quiet")
    assert crowd.now == START + 12 * SECOND


def test_reorder_goes_on_after_a_packet_that_it_held_to_the_end(crowd):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    crowd.start("g1")
    crowd.until("quiet")
    crowd.start("g2")
    crowd.start("g3")
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g1", "g3", "g2"]


def test_what_reorder_holds_when_it_is_disarmed_comes_when_it_is_due(crowd, kinds):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    crowd.start("g1")
    crowd.do(cmd.DisarmFault("reorder"))
    crowd.start("g2")
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g2", "g1"]
    assert crowd.now == START + 22 * SECOND


def test_reorder_lets_go_even_if_what_overtakes_is_dropped(crowd, kinds):
    crowd.fault("reorder", to="host", by_us=20 * SECOND)
    crowd.fault("drop", to="host", guest="g2")
    crowd.start("g1")
    told = crowd.start("g2")
    assert [(event.fault, event.what) for event in told[2:]] == [("drop", "drop"), ("reorder", "release")]
    assert crowd.of(ev.AttemptStarted)[1].asked == ("reorder", "drop")
    assert kinds(crowd.until("next-due"))[0] == "ActivationDecided"
    assert crowd.now == START + SECOND


def test_what_reorder_holds_dies_with_its_pipe(crowd, kinds):
    crowd.fault("reorder", to="host", guest="g1", by_us=20 * SECOND)
    crowd.start("g1")
    told = kinds(crowd.restart("g1"))
    assert told == ["GuestStopped", "AttemptVoided", "GuestStarted", ASKED, HIT]
    assert kinds(crowd.until("quiet")) == ["ActivationDecided", "PacketLost", GRANTED, "ClockAdvanced"]


def test_reorder_picks_by_its_trigger(crowd):
    crowd.fault("reorder", to="host", every=2, by_us=20 * SECOND)
    for name in ("g1", "g2", "g3"):
        crowd.start(name)
    crowd.until("quiet")
    assert [event.guest for event in crowd.of(ev.ActivationDecided)] == ["g1", "g3", "g2"]


TRIGGERS = [
    ({}, [1, 2, 3, 4, 5, 6]),
    ({"nth": 2}, [2]),
    ({"every": 3}, [3, 6]),
    ({"rate_ppm": 1_000_000}, [1, 2, 3, 4, 5, 6]),
    ({"guest": "web01"}, [1, 2, 3, 4, 5, 6]),
    ({"host": "hv1", "nth": 4}, [4]),
]


@pytest.mark.parametrize(("fields", "numbers"), TRIGGERS, ids=str)
def test_triggers_pick_packets(ready, fields, numbers):
    ready.fault("drop", to="host", **fields)
    ready.start()
    hit = [1] if ready.of(ev.FaultHit) else []
    for number in range(2, 7):
        before = len(ready.of(ev.FaultHit))
        ready.restart()
        hit += [number] * (len(ready.of(ev.FaultHit)) - before)
    assert hit == numbers
    assert counters(ready, "drop") == (6, len(numbers))


def test_a_rate_is_a_share_that_depends_on_the_seed(make_play):
    shares = []
    for seed in (1, 2):
        play = make_play(seed=seed)
        play.hosted(on=False)
        play.fault("drop", to="host", rate_ppm=500_000)
        play.start()
        for _ in range(40):
            play.restart()
        lost = [event.hit for event in play.of(ev.FaultHit)]
        assert 10 < len(lost) < 31
        shares.append([event.packet.id in lost for event in play.of(ev.AttemptStarted)])
    assert shares[0] != shares[1]


def test_a_window_is_half_open(ready):
    ready.fault("drop", to="host", from_us=START + 10, until_us=START + 12)
    ready.start()
    for _ in range(13):
        ready.after(1)
        ready.restart()
    assert [entry.t - START for entry in ready.entries if type(entry.what) is ev.FaultHit] == [10, 11]
    assert counters(ready, "drop") == (2, 2)


def test_a_fault_of_another_guest_or_host_is_not_asked(crowd):
    crowd.host("hv2")
    crowd.fault("drop", name="a", guest="g2")
    crowd.fault("drop", name="b", host="hv2")
    crowd.start("g1")
    assert crowd.of(ev.AttemptStarted)[0].asked == ()
    crowd.start("g2")
    assert crowd.of(ev.AttemptStarted)[1].asked == ("a",)
    crowd.do(cmd.Migrate("g1", "hv2"))
    assert crowd.of(ev.AttemptStarted)[2].asked == ("b",)


def test_the_first_verdict_wins(ready, kinds):
    """Those asked before it pass, those after it are not asked at all."""
    ready.fault("drop", name="never", to="host", nth=9)
    ready.fault("flip", name="answers", to="guest", bit=600)
    ready.fault("delay", name="late", to="host", by_us=SECOND)
    ready.fault("drop", name="after", to="host")
    told = ready.start()
    assert told[1].asked == ("never", "late")
    assert (told[2].fault, told[2].what) == ("late", "delay")
    assert [counters(ready, name) for name in ("never", "answers", "late", "after")] == [
        (1, 0),
        (0, 0),
        (1, 1),
        (0, 0),
    ]
    ready.until("quiet")
    assert ready.of(ev.ActivationDecided)[0].asked == ("answers",)
    assert counters(ready, "answers") == (1, 1)


def test_asking_goes_in_the_order_of_arming(ready):
    for name in ("z", "a", "m"):
        ready.fault("drop", name=name, nth=9)
    ready.start()
    assert ready.of(ev.AttemptStarted)[0].asked == ("z", "a", "m")
    ready.do(cmd.DisarmFault("a"))
    ready.fault("drop", name="b", nth=9)
    ready.restart()
    assert ready.of(ev.AttemptStarted)[1].asked == ("z", "m", "b")


def test_packets_that_a_fault_made_are_not_asked_about(ready):
    ready.fault("duplicate", to="host", copies=3)
    ready.fault("drop", to="host")
    ready.start()
    assert counters(ready, "duplicate") == (1, 1)
    assert counters(ready, "drop") == (0, 0)
    assert len(ready.of(ev.RequestRepeated)) == 3
    assert [event.asked for event in ready.of(ev.RequestRepeated)] == [(), (), ()]


def test_repeated_answers_and_error_frames_are_asked_about(ready, kinds):
    ready.fault("duplicate", to="host", copies=1, nth=1)
    ready.fault("flip", to="host", nth=1, bit=600)
    ready.fault("drop", to="guest")
    assert kinds(ready.start())[3:] == ["ActivationDecided", HIT, "RequestRepeated", HIT]
    assert kinds(ready.restart())[-4:] == [ASKED, HIT, "RequestUnread", HIT]
    assert counters(ready, "drop") == (3, 3)
    assert [event.asked for event in ready.of(ev.RequestUnread)] == [("drop",)]


def test_a_disarmed_fault_is_not_asked_and_its_name_stays_used(ready, kinds):
    ready.fault("drop", to="host")
    ready.start()
    (gone,) = ready.do(cmd.DisarmFault("drop"))
    assert gone == ev.FaultDisarmed("drop")
    assert kinds(ready.restart())[-1] == GRANTED
    assert ready.of(ev.AttemptStarted)[-1].asked == ()
    assert ready.state.faults == {}
    assert ready.state.fault_names == {"drop"}


def test_a_hit_is_caused_by_the_packet_and_causes_what_follows(ready):
    ready.fault("duplicate", to="host", copies=2, by_us=SECOND)
    ready.start()
    ready.until("quiet")
    by_index = {entry.n: entry for entry in ready.entries}
    (hit,) = [entry for entry in ready.entries if type(entry.what) is ev.FaultHit]
    assert type(by_index[hit.by].what) is ev.AttemptStarted
    assert all(packet.due[1] == hit.n for packet in hit.what.packets)
    reached = [
        entry for entry in ready.entries if type(entry.what) in (ev.ActivationDecided, ev.RequestRepeated)
    ]
    assert [entry.by for entry in reached] == [hit.n] * 3


def test_copies_are_numbered_on(ready):
    ready.fault("duplicate", to="host", copies=2)
    ready.start()
    (hit,) = ready.of(ev.FaultHit)
    assert [packet.id for packet in hit.packets] == [1, 2, 3]
    assert [event.packet.id for event in ready.of(ev.ActivationDecided)] == [4]
    assert arrivals(ready) == [1]
    assert arrivals(ready, ev.RequestRepeated) == [2, 3]


def test_no_plan_keeps_a_guest_from_its_next_attempt(ready):
    """Whatever is armed, each attempt ends, and the next one is due."""
    ready.fault("duplicate", to="host", copies=16, by_us=7 * SECOND)
    ready.fault("flip", to="guest", every=2, bit=1)
    ready.fault("reorder", to="guest", by_us=9 * SECOND)
    ready.start()
    for _ in range(20):
        ready.until("attempt", guest="web01")
    assert len(ready.of(ev.AttemptFailed)) + len(ready.of(ev.LicenceGranted)) >= 20
    assert ready.state.licences["web01"].next is not None


def test_reorder_makes_no_packet_quicker_than_its_own_link(play):
    """A request is held, and set free by one on a quicker link: it takes its own time."""
    for name, latency in (("hv1", 10), ("hv2", 1)):
        play.host(name, latency_us=latency * SECOND)
        play.guest(f"on-{name}", on=name)
    play.fault("reorder", to="host", by_us=20 * SECOND)
    begin = play.now
    for name in ("hv1", "hv2"):
        play.start(f"on-{name}")
    due = {packet.host: packet.due[0] for packet in play.state.packets.values()}
    assert due == {"hv1": begin + 10 * SECOND, "hv2": begin + SECOND}
