"""Tests moving the clock: for a span, to an instant, until an attempt, until quiet, to the next due."""

from __future__ import annotations

import pytest

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.duration import CLOCK_US_MAX, utc
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.world import World

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000


@pytest.fixture
def licensed(play):
    """A guest that was granted at the start, so renews after seven days; packets take no time."""
    play.hosted()
    return play


def test_to_an_instant_with_nothing_due(play, kinds):
    assert kinds(play.do(cmd.Advance(START + 5))) == ["ClockAdvanced"]
    assert play.now == START + 5
    assert play.last[-1].t == START + 5
    assert play.last[0].t == START


def test_to_the_present_instant(play, kinds):
    assert kinds(play.do(cmd.Advance(START))) == ["ClockAdvanced"]
    assert play.now == START


def test_over_what_is_due(licensed, kinds):
    told = licensed.do(cmd.Advance(START + 15 * DAY))
    assert kinds(told) == [*["AttemptStarted", "ActivationDecided", "LicenceGranted"] * 2, "ClockAdvanced"]
    assert [entry.t for entry in licensed.last] == [
        START,
        *[START + 7 * DAY] * 3,
        *[START + 14 * DAY] * 3,
        START + 15 * DAY,
    ]
    assert licensed.now == START + 15 * DAY


def test_what_is_due_at_the_limit_is_done_and_one_microsecond_later_is_not(licensed, kinds):
    assert kinds(licensed.do(cmd.Advance(START + 7 * DAY - 1))) == ["ClockAdvanced"]
    told = licensed.do(cmd.Advance(START + 7 * DAY))
    assert kinds(told) == ["AttemptStarted", "ActivationDecided", "LicenceGranted", "ClockAdvanced"]


def test_one_advance_or_many_tell_the_same_events(make_play):
    whole, parts = make_play(), make_play()
    for play in (whole, parts):
        play.host(latency_us=SECOND)
        play.guest()
        play.guest("web02")
        play.fault("drop", every=3)
        play.start()
        play.start("web02")
    whole.after(20 * DAY)
    for _ in range(40):
        parts.after(DAY // 2)

    def story(play):
        leave_out = (cmd.Advance, ev.ClockAdvanced)
        return [(entry.t, type(entry.what)) for entry in play.entries if type(entry.what) not in leave_out]

    assert story(whole) == story(parts)
    assert whole.now == parts.now


def test_until_the_next_attempt_has_ended(licensed, kinds):
    told = licensed.until("attempt", guest="web01")
    assert kinds(told) == ["AttemptStarted", "ActivationDecided", "LicenceGranted", "ClockAdvanced"]
    assert licensed.now == START + 7 * DAY
    licensed.until("attempt", guest="web01", within_us=30 * DAY)
    assert licensed.now == START + 14 * DAY


def test_until_the_pending_attempt_has_ended(waiting, kinds):
    told = waiting.until("attempt", guest="web01")
    assert kinds(told) == ["AttemptFailed", "ClockAdvanced"]
    assert waiting.now == START + 30 * SECOND


def test_until_an_attempt_that_ends_at_once(play, kinds):
    play.host(service="stopped")
    play.guest()
    assert kinds(play.start()) == ["GuestStarted", "AttemptFailed"]
    assert kinds(play.until("attempt", guest="web01")) == ["AttemptFailed", "ClockAdvanced"]
    assert play.now == START + 2 * HOUR


def test_until_an_attempt_after_one_that_comes_to_its_end_on_the_way(licensed, kinds):
    licensed.host("hv2")
    licensed.guest("web02", on="hv2")
    licensed.after(DAY)
    licensed.start("web02")
    assert kinds(licensed.until("attempt", guest="web02"))[:3] == [
        "AttemptStarted",
        "ActivationDecided",
        "LicenceGranted",
    ]
    assert licensed.now == START + 8 * DAY
    assert licensed.state.licences["web01"].activated_us == START + 7 * DAY


def test_until_an_attempt_within_a_limit_that_is_too_near(licensed, kinds):
    assert kinds(licensed.until("attempt", guest="web01", within_us=DAY)) == ["ClockAdvanced"]
    assert licensed.now == START + DAY


@pytest.mark.parametrize("within_us", [None, DAY])
def test_until_an_attempt_of_an_off_guest_is_refused(play, refusal, within_us):
    play.host()
    play.guest()
    limit = None if within_us is None else play.now + within_us
    assert refusal(cmd.Advance(limit, "attempt", "web01")) == (
        "no-attempt",
        "web01 has no attempt pending or due; the clock stays",
    )
    assert play.now == START


def test_until_an_attempt_of_a_guest_without_a_key_is_refused(play, refusal):
    play.host()
    play.guest(key="")
    play.start()
    reason, _ = refusal(cmd.Advance(until="attempt", guest="web01"))
    assert reason == "no-attempt"


def test_until_an_attempt_of_a_guest_that_was_stopped_with_one_due_is_refused(licensed, refusal):
    licensed.do(cmd.Stop("web01"))
    assert licensed.state.licences["web01"].next is not None
    reason, _ = refusal(cmd.Advance(until="attempt", guest="web01"))
    assert reason == "no-attempt"


def test_until_quiet_when_it_is(licensed, kinds):
    assert kinds(licensed.until("quiet")) == ["ClockAdvanced"]
    assert licensed.now == START


def test_until_quiet_waits_for_packets_and_requests(play, kinds):
    play.hosted(latency_us=2 * SECOND)
    told = play.until("quiet")
    assert kinds(told) == ["ActivationDecided", "LicenceGranted", "ClockAdvanced"]
    assert play.now == START + 4 * SECOND


@pytest.mark.parametrize("until", ["quiet", "next-due"])
def test_a_limit_that_is_not_needed_moves_no_clock(play, until):
    play.hosted(latency_us=2 * SECOND)
    play.until("next-due")
    play.until(until, within_us=DAY)
    assert play.now == START + 4 * SECOND


def test_until_quiet_waits_for_a_deadline(waiting, kinds):
    assert kinds(waiting.until("quiet")) == ["AttemptFailed", "ClockAdvanced"]
    assert waiting.now == START + 30 * SECOND


def test_until_quiet_waits_for_late_bytes(play, kinds):
    play.hosted(on=False)
    play.fault("delay", to="guest", by_us=60 * SECOND)
    play.start()
    assert kinds(play.until("quiet")) == ["AttemptFailed", "BytesIgnored", "ClockAdvanced"]
    assert play.now == START + 60 * SECOND


def test_until_quiet_within_a_limit_that_is_too_near(waiting, kinds):
    assert kinds(waiting.until("quiet", within_us=29 * SECOND)) == ["ClockAdvanced"]
    assert waiting.now == START + 29 * SECOND
    assert waiting.state.attempts


def test_until_a_quiet_that_never_comes_a_limit_ends_it(play, kinds):
    """Each retry puts a packet in flight before the last one has arrived."""
    play.hosted(on=False)
    play.fault("delay", to="host", by_us=3 * HOUR)
    play.start()
    told = play.until("quiet", within_us=DAY)
    assert kinds(told)[-1] == "ClockAdvanced"
    assert play.now == START + DAY
    assert play.state.packets
    assert "LicenceGranted" not in kinds(told)


def test_until_a_quiet_that_never_comes_a_day_ends_it_without_a_limit(play, kinds):
    play.hosted(on=False)
    play.fault("delay", to="host", by_us=3 * HOUR)
    play.start()
    assert kinds(play.until("quiet"))[-1] == "ClockAdvanced"
    assert START < play.now <= START + DAY
    assert play.state.packets


@pytest.mark.parametrize("until", ["quiet", "attempt"])
def test_an_advance_ends_with_its_last_entry(play, kinds, until):
    """The answer to web02 comes at the very instant at which web01 asks for its renewal."""
    play.host(latency_us=5 * SECOND)
    play.guest()
    play.guest("web02")
    play.start()
    play.until("quiet")
    renewal = play.state.licences["web01"].next[0]
    play.do(cmd.Advance(renewal - 10 * SECOND))
    play.start("web02")
    told = play.until(until, guest="web02" if until == "attempt" else "")
    assert kinds(told)[-1] == "ClockAdvanced"
    if until == "quiet":
        assert not play.state.packets
        assert not play.state.attempts


def test_to_the_next_due(licensed, kinds):
    """All of one instant and no more, however many things are due in it."""
    licensed.guest("web02")
    licensed.start("web02")
    told = licensed.until("next-due")
    assert kinds(told).count("LicenceGranted") == 2
    assert kinds(told)[-1] == "ClockAdvanced"
    assert {entry.t for entry in licensed.last[1:]} == {START + 7 * DAY}


def test_to_the_next_due_step_by_step(play, kinds):
    play.hosted(latency_us=SECOND)
    assert kinds(play.until("next-due")) == ["ActivationDecided", "ClockAdvanced"]
    assert play.now == START + SECOND
    assert kinds(play.until("next-due")) == ["LicenceGranted", "ClockAdvanced"]
    assert play.now == START + 2 * SECOND
    assert kinds(play.until("next-due", within_us=DAY)) == ["ClockAdvanced"]
    assert play.now == START + 2 * SECOND + DAY


@pytest.mark.parametrize(
    ("to_us", "ends"),
    [(None, START), (START, START), (START + 9, START + 9)],
    ids=["no limit", "now", "later"],
)
def test_to_the_next_due_where_there_is_none(play, kinds, to_us, ends):
    assert kinds(play.do(cmd.Advance(to_us, "next-due"))) == ["ClockAdvanced"]
    assert play.now == ends


def test_stale_dues_move_no_clock(licensed, kinds):
    """The renewal that was due goes with the key: nothing is left to wait for."""
    licensed.until("attempt", guest="web01", within_us=DAY)
    licensed.do(cmd.UninstallProductKey("web01"))
    assert kinds(licensed.until("next-due")) == ["ClockAdvanced"]
    assert licensed.now == START + DAY


def test_stop_and_start_leave_stale_dues_behind(waiting, kinds):
    waiting.after(10 * SECOND)
    waiting.do(cmd.Stop("web01"))
    waiting.do(cmd.SetService("hv1", "running"))
    waiting.start()
    assert kinds(waiting.after(60 * SECOND)) == ["ClockAdvanced"]


def test_to_the_last_instant_there_is(play, kinds):
    """What falls due behind it never comes, and every row can still be written as a date."""
    play.host(until_us=CLOCK_US_MAX)
    assert kinds(play.do(cmd.Advance(CLOCK_US_MAX))) == ["HostActivationEnded", "ClockAdvanced"]
    play.guest()
    play.start()
    assert utc(play.state.licences["web01"].next[0]).year == 9000
    for until in ("next-due", "quiet"):
        assert kinds(play.until(until)) == ["ClockAdvanced"]
    assert kinds(play.until("attempt", guest="web01")) == ["ClockAdvanced"]
    assert play.now == CLOCK_US_MAX


def test_a_world_forked_between_two_advances_goes_on_alike(play):
    play.host(latency_us=SECOND)
    play.guest()
    play.start()
    fork = play.world.fork()
    for world in (fork, play.world):
        world.do(cmd.Advance(until="quiet"))
        world.do(cmd.Advance(START + 8 * DAY))
    assert fork.state == play.state
    assert list(fork.journal.entries()) == list(play.entries)


def test_advancing_needs_no_agenda_from_before(play):
    """A world made of a state alone has the same dues in the same order."""
    play.host()
    for number in range(5):
        play.guest(f"web{number}")
        play.start(f"web{number}")
        play.after(1)
    again = World(
        play.facts, play.world.behaviour, KeepJournal(Header(play.settings), play.entries), play.state.copy()
    )
    again.do(cmd.Advance(START + 30 * DAY))
    play.do(cmd.Advance(START + 30 * DAY))
    assert list(again.journal.entries()) == list(play.entries)


def test_until_an_attempt_that_will_not_come_all_else_happens(play):
    """A guest is lost on its way, its source being down: the clock goes on, and so do the others."""
    for name in ("hv1", "hv2"):
        play.host(name)
    play.guest("web01", on="hv2")
    play.guest("web02", on="hv1")
    for name in ("web01", "web02"):
        play.start(name)
    play.do(cmd.Migrate("web01", "hv1", "quick", blackout_us=60 * SECOND, fails="arrival"))
    play.do(cmd.StopHost("hv2"))
    play.do(cmd.Advance(START + 8 * DAY, "attempt", "web01"))
    assert play.state.guests["web01"].power == "off"
    assert play.state.licences["web02"].activated_us == START + 7 * DAY
    assert play.now == START + 8 * DAY
