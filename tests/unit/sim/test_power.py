"""Tests a guest's power: what each command does to it in each state, what waits for it, what it missed."""

from __future__ import annotations

import pytest

from avma_sim.errors import InputError, UnknownName
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import INVALID_DATA, TIMED_OUT
from avma_sim.model.licence import LICENSED, NOTIFICATION
from avma_sim.model.packet import NEVER_US
from avma_sim.model.readings import Readings

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000
ASKED = "AttemptStarted"
GRANT = [ASKED, "ActivationDecided", "LicenceGranted"]
PAUSE, SAVE, RESUME = cmd.Pause("web01"), cmd.Save("web01"), cmd.Resume("web01")
LIVE_COPY = cmd.Migrate("web01", "hv2", copy_us=10 * SECOND, blackout_us=SECOND)
LIVE_BLACKOUT = cmd.Migrate("web01", "hv2", blackout_us=10 * SECOND)
QUICK_COPY = cmd.Migrate("web01", "hv2", "quick", 10 * SECOND)
QUICK_BLACKOUT = cmd.Migrate("web01", "hv2", "quick", 0, 10 * SECOND)

# How a licensed guest on hv1 comes to be in each state.
STATES = {
    "running": [],
    "paused": [PAUSE],
    "saved": [SAVE],
    "saved while paused": [PAUSE, SAVE],
    "off": [cmd.Stop("web01")],
    "copied": [LIVE_COPY],
    "copied paused": [PAUSE, LIVE_COPY],
    "on its way": [LIVE_BLACKOUT],
    "on its way paused": [PAUSE, LIVE_BLACKOUT],
    "copied saved": [QUICK_COPY],
    "on its way saved": [QUICK_BLACKOUT],
}
POWER = ["running", "paused", "saved", "saved", "off", "running", "paused", "running", "paused"]
POWER += ["saved", "saved"]

COMMANDS = {
    "pause": PAUSE,
    "save": SAVE,
    "resume": RESUME,
    "start": cmd.Start("web01"),
    "stop": cmd.Stop("web01"),
    "restart": cmd.Restart("web01"),
    "ato": cmd.RequestActivation("web01"),
}

PAUSED = ("paused", "web01 is paused")
SAVED = ("saved", "web01 is saved")
OFF = ("off", "web01 is off")
ON = ("running", "web01 is running already")
NOT_OFF = ("running", "web01 is paused, not off; resume lets it go on")
MIGRATING = ("migrating", "web01 is migrating from hv1 to hv2")
ON_ITS_WAY = ("migrating", "web01 is on its way to hv2 and stands still")
GOES_ON = ["GuestResumed"]
REBOOTS = ["GuestStopped", "GuestStarted", *GRANT]
CANCELLED = ["GuestStopped", "MigrationEnded"]


def not_paused(power):
    return ("not-paused", f"web01 is {power}, neither paused nor saved")


ASKS = ["AttemptRequested", *GRANT]
# The decision table: what follows, or the refusal; columns as in COMMANDS, rows as in STATES.
TABLE = {
    "running": [["GuestPaused"], ["GuestSaved"], not_paused("running"), ON, ["GuestStopped"], REBOOTS, ASKS],
    "paused": [PAUSED, ["GuestSaved"], GOES_ON, NOT_OFF, ["GuestStopped"], PAUSED, PAUSED],
    "saved": [SAVED, SAVED, GOES_ON, GOES_ON, ["SavedStateDiscarded"], SAVED, SAVED],
    "saved while paused": [SAVED, SAVED, GOES_ON, GOES_ON, ["SavedStateDiscarded"], SAVED, SAVED],
    "off": [OFF, OFF, not_paused("off"), ["GuestStarted", *GRANT], OFF, OFF, OFF],
    "copied": [MIGRATING, MIGRATING, not_paused("running"), ON, CANCELLED, REBOOTS, ASKS],
    "copied paused": [PAUSED, MIGRATING, MIGRATING, NOT_OFF, CANCELLED, PAUSED, PAUSED],
    "on its way": [
        ON_ITS_WAY,
        ON_ITS_WAY,
        not_paused("running"),
        ON,
        ON_ITS_WAY,
        ON_ITS_WAY,
        ON_ITS_WAY,
    ],
    "on its way paused": [ON_ITS_WAY, MIGRATING, MIGRATING, NOT_OFF, ON_ITS_WAY, ON_ITS_WAY, ON_ITS_WAY],
    "copied saved": [SAVED, SAVED, MIGRATING, MIGRATING, MIGRATING, SAVED, SAVED],
    "on its way saved": [SAVED, SAVED, MIGRATING, MIGRATING, MIGRATING, SAVED, SAVED],
}
CELLS = [
    pytest.param(state, command, cell, id=f"{name} {state}")
    for state, row in TABLE.items()
    for (name, command), cell in zip(COMMANDS.items(), row, strict=True)
]


def in_state(play, state):
    play.hosted()
    play.host("hv2")
    for command in STATES[state]:
        play.do(command)
        assert play.outcome


def test_the_table_is_whole():
    assert list(TABLE) == list(STATES)
    assert len(CELLS) == 77


@pytest.mark.parametrize(("state", "power"), list(zip(STATES, POWER, strict=True)))
def test_the_states_are_what_they_are_called(play, state, power):
    in_state(play, state)
    guest = play.state.guests["web01"]
    assert guest.power == power
    assert guest.on_its_way == (state in {"on its way", "on its way paused"})
    assert guest.stands_still == (power == "paused" or guest.on_its_way)
    assert bool(play.state.migrations) == (state.startswith(("copied", "on its way")))
    assert guest.host == ("hv2" if state.startswith("on its way") else "hv1")


@pytest.mark.parametrize(("state", "command", "cell"), CELLS)
def test_each_command_in_each_state(play, kinds, refusal, state, command, cell):
    in_state(play, state)
    if isinstance(cell, tuple):
        assert refusal(command) == cell
    else:
        assert kinds(play.do(command)) == cell
        assert play.outcome


AFTER = {
    "pause running": ("running", PAUSE, "paused"),
    "save running": ("running", SAVE, "saved"),
    "save paused": ("paused", SAVE, "saved"),
    "resume paused": ("paused", RESUME, "running"),
    "resume saved": ("saved", RESUME, "running"),
    "start saved": ("saved", cmd.Start("web01"), "running"),
    "resume saved while paused": ("saved while paused", RESUME, "running"),
    "stop paused": ("paused", cmd.Stop("web01"), "off"),
    "stop saved": ("saved", cmd.Stop("web01"), "off"),
    "stop copied": ("copied", cmd.Stop("web01"), "off"),
    "restart copied": ("copied", cmd.Restart("web01"), "running"),
}


@pytest.mark.parametrize(("state", "command", "power"), AFTER.values(), ids=AFTER)
def test_the_power_afterwards(play, state, command, power):
    in_state(play, state)
    play.do(command)
    guest = play.state.guests["web01"]
    assert guest.power == power
    assert not guest.with_host
    assert not guest.stands_still or power == "paused"


@pytest.mark.parametrize("command", [cmd.Pause, cmd.Save, cmd.Resume])
def test_an_unknown_guest_and_a_wrong_type_are_refused_before_the_journal(play, command):
    play.hosted()
    entries = len(play.entries)
    with pytest.raises(UnknownName, match=r"^unknown guest 'web02'; did you mean 'web01'\?$"):
        play.do(command("web02"))
    with pytest.raises(InputError, match=r"^a guest is named by text, not by 7$"):
        play.do(command(7))
    assert len(play.entries) == entries


def test_a_saved_guest_is_not_resumed_on_a_host_that_cannot_run_it(play, refusal):
    in_state(play, "saved")
    play.do(cmd.StopHost("hv1"))
    assert refusal(RESUME) == ("host-down", "hv1 is down")
    assert refusal(cmd.Start("web01")) == ("host-down", "hv1 is down")
    play.do(cmd.StartHost("hv1"))
    assert play.state.guests["web01"].power == "saved"
    play.do(cmd.SetRole("hv1", False))
    without = ("no-hyper-v-role", "hv1 has no Hyper-V role, so it runs no guest")
    assert refusal(RESUME) == without
    assert refusal(cmd.Start("web01")) == without
    play.do(cmd.SetRole("hv1", True))
    play.do(RESUME)
    assert play.state.guests["web01"].power == "running"


def test_a_guest_of_another_platform_pauses_and_goes_on(play, kinds):
    play.host(platform="vmware", hyperv=False, channel="")
    play.guest()
    play.start()
    assert kinds(play.do(PAUSE)) == ["GuestPaused"]
    assert kinds(play.do(RESUME)) == GOES_ON


@pytest.mark.parametrize(("command", "pipes"), [(PAUSE, 0), (SAVE, 1)])
def test_going_on_is_no_start(play, command, pipes):
    in_state(play, "running")
    play.after(DAY)
    guest, licence = play.state.guests["web01"], play.state.licences["web01"]
    services = play.state.services["web01"]
    play.do(command)
    play.after(DAY)
    play.do(RESUME)
    assert play.state.licences["web01"] == licence, "what is not due yet stays due when it was"
    assert play.state.services["web01"] == services, "its licensing service did not start anew"
    assert play.state.guests["web01"].pipe == guest.pipe + pipes
    play.until("attempt", guest="web01")
    assert play.now == START + 7 * DAY


# A packet takes 10 s: the request arrives at 10 s, the answer at 20 s, the deadline is at 30 s.
@pytest.fixture
def slow(play):
    play.host(latency_us=10 * SECOND)
    play.guest()
    return play


def timed(play):
    """What the last command led to, with the second at which it happened."""
    return [((entry.t - START) // SECOND, type(entry.what).__name__) for entry in play.last[1:]]


WAIT = [(20, "PacketWaits"), (20, "ClockAdvanced")]


def answer_waits(play, *faults, resumed_s=20):
    """Ask, pause at 12 s, let the answer wait, and go to the second at which it is resumed."""
    for fault in faults:
        play.fault(fault, guest="web01", to="guest", bit=800 if fault == "flip" else 0)
    play.start()
    play.after(12 * SECOND)
    play.do(PAUSE)
    play.do(cmd.Advance(START + 20 * SECOND))
    waits = timed(play)
    if resumed_s > 20:
        play.do(cmd.Advance(START + resumed_s * SECOND))
        assert timed(play) == [(resumed_s, "ClockAdvanced")], "a paused guest's deadline is not judged"
    return waits


def test_what_waits_is_in_the_state_and_never_due(slow):
    assert answer_waits(slow) == WAIT
    (packet,) = slow.state.packets.values()
    assert packet.due[0] == NEVER_US
    assert slow.state.attempts["web01"].deadline[0] == START + 30 * SECOND
    slow.do(cmd.Advance(START + 1000 * DAY))
    assert timed(slow) == [(1000 * 86_400, "ClockAdvanced")]


IN_TIME = ["GuestResumed", "LicenceGranted"]
TOO_LATE = ["GuestResumed", "AttemptFailed", "BytesIgnored"]
# A pause of a day outlasts the retry interval: the retry is due at once too, and after the bytes.
GOOD = {20: IN_TIME, 29: IN_TIME, 30: TOO_LATE, 31: TOO_LATE, 86_400: [*TOO_LATE, ASKED]}


@pytest.mark.parametrize(("at_s", "told"), list(GOOD.items()))
def test_good_bytes_that_wait_count_before_the_deadline_only(slow, at_s, told):
    answer_waits(slow, resumed_s=at_s)
    slow.do(RESUME)
    assert timed(slow) == [(at_s, kind) for kind in told]
    assert bool(slow.state.attempts) == bool(slow.state.packets) == (at_s == 86_400)
    licence = slow.state.licences["web01"]
    if told is IN_TIME:
        assert licence.status == LICENSED
        assert licence.activated_us == START + at_s * SECOND
    else:
        row = slow.state.logs["web01"].recent[-1]
        assert (row.outcome, row.code) == ("invalid-host", TIMED_OUT), "late bytes were not seen"
        assert licence.next == (START + max(2 * HOUR, at_s * SECOND), slow.last[2].n)


@pytest.mark.parametrize(("pause_s", "due_s"), [(7199, 7200), (7200, 7200), (7201, 7201)])
def test_a_retry_is_due_when_it_is_or_on_going_on(slow, pause_s, due_s):
    answer_waits(slow, resumed_s=pause_s)
    slow.do(cmd.SetService("hv1", "hung"))
    slow.do(RESUME)
    (failed,) = slow.of(ev.AttemptFailed)
    assert failed.licence.next[0] == START + due_s * SECOND
    slow.do(cmd.Advance(START + (due_s + 30) * SECOND))
    row = slow.state.logs["web01"].recent[-1]
    assert (row.record, row.code) == (4, TIMED_OUT), "bytes of the last attempt are no bad bytes of the next"


@pytest.mark.parametrize("at_s", [30, 31, 86_400])
def test_a_microsecond_before_the_deadline_is_in_time(slow, at_s):
    answer_waits(slow, resumed_s=29)
    slow.do(cmd.Advance(START + 30 * SECOND - 1))
    slow.do(RESUME)
    assert [type(e.what).__name__ for e in slow.last[1:]] == IN_TIME
    slow.do(cmd.Advance(START + at_s * SECOND))
    assert slow.state.licences["web01"].status == LICENSED


@pytest.mark.parametrize("at_s", [20, 29])
def test_bad_bytes_that_wait_are_remembered_before_the_deadline(slow, at_s):
    answer_waits(slow, "flip", resumed_s=at_s)
    slow.do(RESUME)
    assert timed(slow) == [(at_s, "GuestResumed"), (at_s, "BadBytesSeen")]
    slow.do(cmd.Advance(START + 40 * SECOND))
    assert timed(slow) == [(30, "AttemptFailed"), (40, "ClockAdvanced")]
    row = slow.state.logs["web01"].recent[-1]
    assert (row.outcome, row.code) == ("invalid-data", INVALID_DATA)


@pytest.mark.parametrize("at_s", [30, 31, 600])
def test_bad_bytes_that_wait_past_the_deadline_were_never_seen(slow, at_s):
    answer_waits(slow, "flip", resumed_s=at_s)
    slow.do(RESUME)
    assert timed(slow) == [(at_s, kind) for kind in TOO_LATE]
    row = slow.state.logs["web01"].recent[-1]
    assert (row.outcome, row.code) == ("invalid-host", TIMED_OUT)


@pytest.mark.parametrize("at_s", [29, 30, 31, 600])
def test_bad_bytes_seen_before_the_pause_decide_at_the_deadline(slow, at_s):
    slow.fault("flip", guest="web01", to="guest", bit=800)
    slow.start()
    slow.after(20 * SECOND)
    assert timed(slow)[-2:] == [(20, "BadBytesSeen"), (20, "ClockAdvanced")]
    slow.do(PAUSE)
    slow.do(cmd.Advance(START + at_s * SECOND))
    slow.do(RESUME)
    slow.do(cmd.Advance(START + 700 * SECOND))
    (failed,) = slow.of(ev.AttemptFailed)
    assert (failed.record.code, failed.record.at_us) == (INVALID_DATA, START + max(30, at_s) * SECOND)


@pytest.mark.parametrize(("at_s", "told"), [(29, []), (30, [30]), (31, [31]), (600, [600])])
def test_with_nothing_waiting_the_deadline_decides_on_going_on(waiting, kinds, at_s, told):
    waiting.after(5 * SECOND)
    waiting.do(PAUSE)
    waiting.do(cmd.Advance(START + at_s * SECOND))
    assert kinds(waiting.do(RESUME)) == ["GuestResumed", *["AttemptFailed"] * len(told)]
    waiting.do(cmd.Advance(START + 700 * SECOND))
    (failed,) = waiting.of(ev.AttemptFailed)
    assert (failed.record.code, failed.record.at_us) == (TIMED_OUT, START + max(30, at_s) * SECOND)


def test_a_request_reaches_the_host_while_its_guest_is_paused(slow):
    slow.start()
    slow.after(5 * SECOND)
    slow.do(PAUSE)
    slow.do(cmd.Advance(START + 25 * SECOND))
    assert timed(slow) == [(10, "ActivationDecided"), (20, "PacketWaits"), (25, "ClockAdvanced")]
    slow.do(RESUME)
    assert timed(slow) == [(25, kind) for kind in IN_TIME]


def test_a_packet_still_under_way_arrives_when_it_would_have(slow):
    slow.start()
    slow.after(12 * SECOND)
    slow.do(PAUSE)
    slow.do(cmd.Advance(START + 15 * SECOND))
    slow.do(RESUME)
    assert timed(slow) == [(15, "GuestResumed")]
    assert slow.last[-1].what.packets == ()
    slow.after(10 * SECOND)
    assert timed(slow) == [(20, "LicenceGranted"), (25, "ClockAdvanced")]


def test_packets_that_wait_arrive_in_the_order_in_which_they_came(slow):
    slow.fault("duplicate", guest="web01", to="guest", copies=2, by_us=SECOND)
    answer_waits(slow, resumed_s=20)
    slow.do(cmd.Advance(START + 29 * SECOND))
    ids = list(slow.state.packets)
    assert len(ids) == 3
    slow.do(RESUME)
    assert timed(slow) == [(29, kind) for kind in [*IN_TIME, "BytesIgnored", "BytesIgnored"]]
    assert [entry.what.arrived for entry in slow.last[2:]] == ids
    assert [packet.id for packet in slow.last[1].what.packets] == ids


LOSES = {
    "stop": (cmd.Stop("web01"), ["GuestStopped"]),
    "save": (SAVE, ["GuestSaved"]),
    "move": (cmd.Migrate("web01", "hv2"), ["GuestMigrated"]),
    "put back": (cmd.ApplyCheckpoint("web01", "then"), ["CheckpointApplied"]),
    "host stops": (cmd.StopHost("hv1"), ["HostStopped", "GuestStopped"]),
    "host dies": (cmd.CrashHost("hv1"), ["HostStopped", "GuestStopped"]),
    "switched over": (LIVE_BLACKOUT, ["MigrationStarted", "GuestMigrated"]),
}


@pytest.mark.parametrize(("command", "first"), LOSES.values(), ids=LOSES)
def test_what_waits_is_lost_with_the_pipe(slow, kinds, command, first):
    slow.host("hv2")
    slow.guest("web02")
    slow.do(cmd.TakeCheckpoint("web01", "then"))
    slow.start("web02")
    answer_waits(slow)
    slow.do(cmd.Pause("web02"))
    mine = [packet.id for packet in slow.state.packets.values() if packet.guest == "web01"]
    told = slow.do(command)
    assert kinds(told)[: len(first) + 2] == [*first, "PacketLost", "AttemptVoided"]
    (lost,) = [event.arrived for event in told if isinstance(event, ev.PacketLost)]
    assert mine == [lost]
    assert all(packet.guest != "web01" for packet in slow.state.packets.values())


def test_only_what_waits_for_the_guest_itself_is_lost_or_delivered(slow):
    slow.guest("web02")
    for name in ("web01", "web02"):
        slow.start(name)
        slow.after(0)
        slow.do(cmd.Pause(name))
    slow.do(cmd.Advance(START + 25 * SECOND))
    assert [packet.due[0] for packet in slow.state.packets.values()] == [NEVER_US] * 2
    slow.do(cmd.Stop("web01"))
    (packet,) = slow.state.packets.values()
    assert packet.guest == "web02"
    slow.start("web01")
    slow.do(cmd.Resume("web02"))
    assert slow.last[-1].what.guest == "web02"
    assert type(slow.last[-1].what) is ev.LicenceGranted


def test_what_is_still_under_way_to_a_stopped_guest_is_lost_when_it_arrives(slow, kinds):
    slow.start()
    slow.after(12 * SECOND)
    slow.do(PAUSE)
    assert kinds(slow.do(cmd.Stop("web01"))) == ["GuestStopped", "AttemptVoided"]
    slow.after(10 * SECOND)
    assert timed(slow) == [(20, "PacketLost"), (22, "ClockAdvanced")]


def test_saving_voids_and_going_on_asks_again(waiting, kinds):
    waiting.after(SECOND)
    waiting.do(SAVE)
    assert kinds(event.what for event in waiting.last[1:]) == ["GuestSaved", "AttemptVoided"]
    assert waiting.last[-1].what.why == "save"
    licence = waiting.state.licences["web01"]
    assert (licence.next, licence.trigger) == ((START + SECOND, waiting.last[-1].n), "void")
    assert kinds(waiting.after(DAY)) == ["ClockAdvanced"], "nothing is attempted while it is saved"
    waiting.do(cmd.SetService("hv1", "running"))
    assert kinds(waiting.do(RESUME)) == ["GuestResumed", *GRANT]
    resumed = waiting.last[1]
    assert resumed.what.licence.next == (START + DAY + SECOND, resumed.n)
    assert waiting.of(ev.AttemptStarted)[-1].attempt.trigger == "void"


@pytest.mark.parametrize("still", [PAUSE, SAVE])
def test_attempts_that_were_missed_are_one(play, kinds, still):
    in_state(play, "running")
    play.do(still)
    assert kinds(play.after(30 * DAY)) == ["ClockAdvanced"]
    assert kinds(play.do(RESUME)) == ["GuestResumed", *GRANT]
    assert play.of(ev.AttemptStarted)[-1].attempt.trigger == "renewal"
    assert play.state.licences["web01"].next[0] == START + 37 * DAY


# Short leases end 7 days after the grant; retries fail, as the host's activation is lost meanwhile.
WHAT_ENDS = {
    "a microsecond before its end": (7 * DAY - 1, False),
    "at its end": (7 * DAY, True),
    "after its end": (7 * DAY + 1, True),
    "long after": (300 * DAY, True),
}
STANDING = {"paused": PAUSE, "saved": SAVE, "paused and saved": PAUSE}


@pytest.mark.parametrize(("span", "ended"), WHAT_ENDS.values(), ids=WHAT_ENDS)
@pytest.mark.parametrize("still", STANDING)
def test_an_end_that_was_missed_comes_before_the_attempt(make_play, kinds, still, span, ended):
    play = make_play(readings=Readings(timing="short-lease"))
    in_state(play, "running")
    play.do(STANDING[still])
    if still == "paused and saved":
        play.do(SAVE)
    play.after(span)
    assert kinds(play.of(ev.LicenceEnded)) == []
    assert play.state.licences["web01"].status == LICENSED, "the status is the one last stored"
    assert kinds(play.do(RESUME)) == ["GuestResumed", *["LicenceEnded"] * ended, *GRANT]
    assert play.state.licences["web01"].status == LICENSED


def test_an_end_that_was_missed_holds_where_nobody_answers(make_play, kinds):
    play = make_play(readings=Readings(timing="short-lease"))
    in_state(play, "paused")
    play.do(cmd.SetService("hv1", "stopped"))
    play.after(8 * DAY)
    assert kinds(play.do(RESUME)) == ["GuestResumed", "LicenceEnded", "AttemptFailed"]
    assert play.state.licences["web01"].status == NOTIFICATION


def test_a_grace_that_was_missed_ends_first_too(play, kinds):
    play.host()
    play.guest(key="")
    play.start()
    play.do(PAUSE)
    play.after(10 * DAY)
    assert kinds(play.do(RESUME)) == ["GuestResumed", "LicenceEnded"]


def test_an_end_during_a_pause_then_a_waiting_grant_in_time_is_licensed(make_play, kinds):
    """End, deadline, delivery: all of one instant, in the law's order."""
    play = make_play(readings=Readings(timing="short-lease"))
    play.host()
    play.guest()
    play.start()
    play.do(cmd.SetService("hv1", "stopped"))
    play.do(cmd.Advance(START + 7 * DAY - 15 * SECOND))
    play.do(cmd.SetService("hv1", "running"))
    play.fault("delay", to="guest", by_us=10 * SECOND)
    play.do(cmd.RequestActivation("web01"))
    play.do(PAUSE)
    play.do(cmd.Advance(START + 7 * DAY + 10 * SECOND))
    assert kinds(play.do(RESUME)) == ["GuestResumed", "LicenceEnded", "LicenceGranted"]


def test_waiting_for_an_attempt_is_refused_for_who_stands_still(slow, refusal):
    answer_waits(slow)
    wait = cmd.Advance(until="attempt", guest="web01")
    message = "web01 is paused, so its attempt does not come; the clock stays"
    assert refusal(wait) == ("no-attempt", message)
    slow.do(SAVE)
    message = "web01 has no attempt pending or due; the clock stays"
    assert refusal(wait) == ("no-attempt", message)
    slow.do(RESUME)
    slow.do(wait)
    assert slow.state.licences["web01"].status == LICENSED


def test_quiet_does_not_wait_for_who_stands_still(slow):
    slow.start()
    slow.after(12 * SECOND)
    slow.do(PAUSE)
    slow.until("quiet")
    assert timed(slow) == WAIT, "the packet in flight is waited for, and no more"
    slow.until("quiet")
    assert timed(slow) == [(20, "ClockAdvanced")]
    slow.until("next-due")
    assert timed(slow) == [(20, "ClockAdvanced")], "nothing is due for it"
    slow.do(RESUME)
    assert timed(slow) == [(20, kind) for kind in IN_TIME]


def test_quiet_waits_for_the_others(slow):
    slow.guest("web02")
    slow.start()
    slow.do(PAUSE)
    slow.start("web02")
    slow.until("quiet")
    assert slow.now == START + 20 * SECOND
    assert list(slow.state.attempts) == ["web01"]
    assert slow.state.licences["web02"].status == LICENSED


def test_quiet_goes_to_no_retry_of_another_for_the_sake_of_who_stands_still(slow):
    slow.host("dead", service="stopped")
    slow.guest("web02", on="dead")
    slow.start("web02")
    assert slow.state.licences["web02"].next[0] == START + 2 * HOUR
    answer_waits(slow)
    slow.until("quiet")
    assert slow.now == START + 20 * SECOND, "what waits at a paused guest is quiet"
    slow.do(cmd.Stop("web01"))
    slow.do(cmd.SetService("hv1", "hung"))
    slow.start()
    slow.after(10 * SECOND)
    slow.do(PAUSE)
    slow.until("quiet")
    assert slow.now == START + 30 * SECOND, "and so is its pending attempt"
