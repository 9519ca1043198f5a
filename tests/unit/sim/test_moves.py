"""Tests moving a guest: who may move, the course of each kind, each failure, and hosts that die meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from avma_sim.errors import DurationError, InputError, UnknownName
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.codes import HOST_NOT_ACTIVATED, TIMED_OUT
from avma_sim.model.licence import ARRIVAL, LICENSED, NOTIFICATION
from avma_sim.model.migration import Migration
from avma_sim.model.readings import Readings
from avma_sim.sim.admission import admit
from avma_sim.sim.admitted import INSTANT_US_MAX

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
START = 1_735_689_600_000_000
ASKED = "AttemptStarted"
GRANT = [ASKED, "ActivationDecided", "LicenceGranted"]
PAUSE, SAVE, RESUME, STOP = cmd.Pause("web01"), cmd.Save("web01"), cmd.Resume("web01"), cmd.Stop("web01")
WAIT = cmd.Advance(until="attempt", guest="web01")


def move(kind="live", copy_s=0, blackout_s=0, fails="", to="hv2"):
    return cmd.Migrate("web01", to, kind, copy_s * SECOND, blackout_s * SECOND, fails)


@pytest.fixture
def two(play):
    """A licensed guest on hv1, and another activated host."""
    play.hosted()
    play.host("hv2")
    return play


@pytest.fixture
def asking(waiting):
    """A guest that has asked hv1, where nobody answers; hv2 would."""
    waiting.host("hv2")
    return waiting


def timed(play):
    """What the last command led to, with the second at which it happened."""
    return [((entry.t - START) // SECOND, type(entry.what).__name__) for entry in play.last[1:]]


def run(play, command, until_s):
    """Carry out a command at the start and go on to a second; return what happened when, but the clock."""
    play.do(command)
    assert play.outcome
    told = timed(play)
    play.do(cmd.Advance(START + until_s * SECOND))
    told += timed(play)
    assert told.pop() == (until_s, "ClockAdvanced")
    return told


def where(play):
    guest = play.state.guests["web01"]
    return guest.host, guest.power


ADMISSION = {
    "guest": (cmd.Migrate("web02", "hv2"), UnknownName, "unknown guest 'web02'; did you mean 'web01'?"),
    "host": (cmd.Migrate("web01", "hv3"), UnknownName, "unknown host 'hv3'; did you mean 'hv2'?"),
    "kind": (move("life"), UnknownName, "unknown kind of migration 'life'; did you mean 'live'?"),
    "phase": (
        move(fails="copied"),
        UnknownName,
        "unknown phase of a migration 'copied'; did you mean 'copy'?",
    ),
    "type": (cmd.Migrate("web01", "hv2", "live", "1s"), InputError, "Migrate: '1s' is not int"),
    "copy": (
        move(copy_s=-1),
        DurationError,
        "a span of a migration is at least 0 and ends before year 10000",
    ),
    "blackout": (
        cmd.Migrate("web01", "hv2", "live", 0, INSTANT_US_MAX + 1),
        DurationError,
        "a span of a migration is at least 0 and ends before year 10000",
    ),
    **{
        f"failover with {name}": (
            command,
            InputError,
            "a failover takes no time and does not fail: it is a start on another host",
        )
        for name, command in {
            "copy": move("failover", 1),
            "blackout": move("failover", 0, 1),
            "failure": move("failover", fails="copy"),
        }.items()
    },
}


@pytest.mark.parametrize(("command", "kind", "message"), ADMISSION.values(), ids=ADMISSION)
def test_what_is_wrong_is_refused_before_the_journal(two, command, kind, message):
    entries = len(two.entries)
    with pytest.raises(InputError) as refused:
        two.do(command)
    assert type(refused.value) is kind
    assert str(refused.value) == message
    assert len(two.entries) == entries


@pytest.mark.parametrize("kind", ["live", "quick"])
@pytest.mark.parametrize("fails", ["", "start", "copy", "switch-over", "arrival"])
def test_what_is_at_the_bounds_is_admitted(two, kind, fails):
    admit(two.facts, two.state, cmd.Migrate("web01", "hv2", kind, INSTANT_US_MAX, INSTANT_US_MAX, fails))
    admit(two.facts, two.state, move("failover"))


# Who may move where: first the hosts, then the guest.
MIGRATING = ("migrating", "web01 is migrating from hv1 to hv2")
HOSTS = {
    "to where it is": ([], move(to="hv1"), ("same-host", "web01 is on hv1 already")),
    "to another platform": (
        [],
        move(to="esx"),
        ("not-hyper-v", "esx is no Hyper-V host; a guest moves between those"),
    ),
    "to a host without the role": (
        [cmd.SetRole("hv2", False)],
        move(),
        ("not-hyper-v", "hv2 is no Hyper-V host; a guest moves between those"),
    ),
    "from a host without the role": (
        [cmd.SetRole("hv1", False)],
        move(),
        ("not-hyper-v", "hv1 is no Hyper-V host; a guest moves between those"),
    ),
    "to a drained node": (
        [cmd.SetCluster("hv2", "c1"), cmd.DrainHost("hv2")],
        move(),
        ("draining", "hv2 is drained and takes no guests"),
    ),
    "failover to a drained node": (
        [cmd.SetCluster("hv2", "c1"), cmd.DrainHost("hv2"), cmd.CrashHost("hv1")],
        move("failover"),
        ("draining", "hv2 is drained and takes no guests"),
    ),
    "to a host that is down": ([cmd.StopHost("hv2")], move(), ("host-down", "hv2 is down")),
    "from a host that is down": ([cmd.StopHost("hv1")], move(), ("host-down", "hv1 is down")),
    "quick from a host that is down": (
        [SAVE, cmd.StopHost("hv1")],
        move("quick"),
        ("host-down", "hv1 is down"),
    ),
    "failover to a host that is down": (
        [cmd.StopHost("hv1"), cmd.StopHost("hv2")],
        move("failover"),
        ("host-down", "hv2 is down"),
    ),
    "failover from a host that is up": (
        [],
        move("failover"),
        ("host-up", "hv1 is up: started elsewhere, web01 would run twice"),
    ),
    "failover from a host that is up again": (
        [cmd.CrashHost("hv1"), cmd.StartHost("hv1")],
        move("failover"),
        ("host-up", "hv1 is up: started elsewhere, web01 would run twice"),
    ),
}


@pytest.mark.parametrize(("before", "command", "expected"), HOSTS.values(), ids=HOSTS)
def test_hosts_that_do_not_take_part(two, refusal, before, command, expected):
    two.host("esx", platform="vmware", hyperv=False, channel="")
    for earlier in before:
        two.do(earlier)
        assert two.outcome
    assert refusal(command) == expected


STATES = {
    "running": [],
    "paused": [PAUSE],
    "saved": [SAVE],
    "off": [STOP],
    "copied": [move(copy_s=10)],
    "copied paused": [PAUSE, move(copy_s=10)],
    "on its way": [move(blackout_s=10)],
    "copied saved": [move("quick", 10)],
    "on its way saved": [move("quick", 0, 10)],
}
AT_ONCE = ["GuestMigrated"]
WHOLE = ["MigrationStarted", "GuestMigrated", "MigrationEnded"]
BEGINS = ["MigrationStarted"]
FAILED = ["MigrationStarted", "MigrationEnded"]
KINDS = {
    "live": move(),
    "live with a copy": move(copy_s=9),
    "live with a blackout": move(blackout_s=9),
    "live that fails": move(fails="start"),
    "quick": move("quick"),
    "quick with a copy": move("quick", 9),
    "failing late": move("quick", 9, 9, "arrival"),
}
QUICK = ["MigrationStarted", "GuestSaved", "GuestMigrated", "MigrationEnded", "GuestResumed"]
PAUSED = ("paused", "web01 is paused")
TABLE: dict[str, list[Any]] = {
    "running": [
        AT_ONCE,
        BEGINS,
        WHOLE[:2],
        FAILED,
        QUICK,
        QUICK[:2],
        QUICK[:2],
    ],
    "paused": [AT_ONCE, BEGINS, WHOLE[:2], FAILED, PAUSED, PAUSED, PAUSED],
    "saved": [AT_ONCE, AT_ONCE, AT_ONCE, FAILED, AT_ONCE, AT_ONCE, FAILED],
    "off": [AT_ONCE, AT_ONCE, AT_ONCE, FAILED, AT_ONCE, AT_ONCE, FAILED],
}
CELLS = [
    pytest.param(state, command, cell, id=f"{name} {state}")
    for state, row in TABLE.items()
    for (name, command), cell in zip(KINDS.items(), row, strict=True)
]


@pytest.mark.parametrize(("state", "command", "cell"), CELLS)
def test_each_kind_of_migration_in_each_state(two, kinds, refusal, state, command, cell):
    for earlier in STATES[state]:
        two.do(earlier)
    if isinstance(cell, tuple):
        assert refusal(command) == cell
        return
    pipe, licence = two.state.guests["web01"].pipe, two.state.licences["web01"]
    assert kinds(two.do(command)) == cell
    moved = cell.count("GuestMigrated")
    assert where(two)[0] == ("hv2" if moved else "hv1")
    assert two.state.guests["web01"].pipe == pipe + moved + cell.count("GuestResumed")
    assert two.state.licences["web01"] == licence, "a move keeps licence and renewal"
    assert bool(two.state.migrations) == (cell in (BEGINS, WHOLE[:2], QUICK[:2]))
    if cell is AT_ONCE:
        assert where(two)[1] == state


UNDER_WAY = [state for state in STATES if state not in TABLE]
WHILE = {
    "migrate": cmd.Migrate("web01", "hv3"),
    "checkpoint": cmd.TakeCheckpoint("web01", "now"),
    "apply": cmd.ApplyCheckpoint("web01", "then"),
    "copy": cmd.CopyGuest("web01", "web02", "hv1"),
    "quick": cmd.Migrate("web01", "hv3", "quick"),
}


@pytest.mark.parametrize("state", UNDER_WAY)
@pytest.mark.parametrize("command", WHILE.values(), ids=WHILE)
def test_what_is_refused_while_a_migration_is_under_way(two, refusal, state, command):
    two.host("hv3")
    two.do(cmd.TakeCheckpoint("web01", "then"))
    for earlier in STATES[state]:
        two.do(earlier)
    paused = state == "copied paused" and isinstance(command, cmd.Migrate) and command.kind == "quick"
    assert refusal(command) == (PAUSED if paused else MIGRATING)
    back = cmd.Migrate("web01", "hv1" if state.startswith("on its way") else "hv2", "live", 5)
    assert refusal(back) == MIGRATING or back.to == where(two)[0]


def test_the_row_of_a_migration(two):
    two.do(move(copy_s=10, blackout_s=5, fails="arrival"))
    started = two.last[1]
    due = (START + 10 * SECOND, started.n)
    row = Migration("live", "hv1", "hv2", "copy", due, 5 * SECOND, "arrival")
    assert two.state.migrations == {"web01": row}
    assert started.what.migration == row
    two.do(cmd.Advance(START + 10 * SECOND))
    switched = two.last[1]
    assert (switched.t, switched.by) == (START + 10 * SECOND, started.n)
    due = (START + 15 * SECOND, switched.n)
    assert switched.what.migration == Migration("live", "hv1", "hv2", "arrival", due, 5 * SECOND, "arrival")
    assert two.state.migrations == {"web01": switched.what.migration}
    two.do(cmd.Advance(START + 15 * SECOND))
    ended = two.last[1]
    assert (ended.t, ended.by) == (START + 15 * SECOND, switched.n)
    assert two.state.migrations == {}


# Of a guest whose attempt is pending since 0 s, its deadline at 30 s; where and with what power it is then.
COPIED = [(0, "MigrationStarted"), (10, "GuestMigrated"), (10, "AttemptVoided")]
SAVED_FIRST = [(0, "MigrationStarted"), (0, "GuestSaved"), (0, "AttemptVoided")]
ASKS_BACK = [(15, ASKED), (15, "RequestUnanswered")]
COURSES = {
    "live at once": (move(), [(0, "GuestMigrated"), (0, "AttemptVoided"), *[(0, k) for k in GRANT]]),
    "live": (
        move(copy_s=10, blackout_s=5),
        [*COPIED, (15, "MigrationEnded"), (15, "GuestResumed"), *[(15, k) for k in GRANT]],
    ),
    "live without a blackout": (
        move(copy_s=10),
        [*COPIED, (10, "MigrationEnded"), (10, "GuestResumed"), *[(10, k) for k in GRANT]],
    ),
    "live past the deadline": (
        move(copy_s=40, blackout_s=5),
        [
            (0, "MigrationStarted"),
            (30, "AttemptFailed"),
            (40, "GuestMigrated"),
            (45, "MigrationEnded"),
            (45, "GuestResumed"),
        ],
    ),
    "live at the deadline": (
        move(copy_s=30),
        [
            (0, "MigrationStarted"),
            (30, "AttemptFailed"),
            (30, "GuestMigrated"),
            (30, "MigrationEnded"),
            (30, "GuestResumed"),
        ],
    ),
    "quick": (
        move("quick", 10, 5),
        [
            *SAVED_FIRST,
            (10, "GuestMigrated"),
            (15, "MigrationEnded"),
            (15, "GuestResumed"),
            *[(15, k) for k in GRANT],
        ],
    ),
    "live fails at start": (
        move(copy_s=10, blackout_s=5, fails="start"),
        [(0, "MigrationStarted"), (0, "MigrationEnded"), (30, "AttemptFailed")],
    ),
    "live fails in the copy": (
        move(copy_s=10, blackout_s=5, fails="copy"),
        [(0, "MigrationStarted"), (10, "MigrationEnded"), (30, "AttemptFailed")],
    ),
    "live fails at the switch-over": (
        move(copy_s=10, blackout_s=5, fails="switch-over"),
        [(0, "MigrationStarted"), (10, "MigrationEnded"), (30, "AttemptFailed")],
    ),
    "live fails at arrival": (
        move(copy_s=10, blackout_s=5, fails="arrival"),
        [*COPIED, (15, "MigrationEnded"), (15, "GuestMigrated"), (15, "GuestResumed"), *ASKS_BACK],
    ),
    "quick fails at start": (
        move("quick", 10, 5, "start"),
        [(0, "MigrationStarted"), (0, "MigrationEnded"), (30, "AttemptFailed")],
    ),
    "quick fails in the copy": (
        move("quick", 15, 5, "copy"),
        [*SAVED_FIRST, (15, "MigrationEnded"), (15, "GuestResumed"), *ASKS_BACK],
    ),
    "quick fails at the switch-over": (
        move("quick", 15, 5, "switch-over"),
        [*SAVED_FIRST, (15, "MigrationEnded"), (15, "GuestResumed"), *ASKS_BACK],
    ),
    "quick fails at arrival": (
        move("quick", 10, 5, "arrival"),
        [
            *SAVED_FIRST,
            (10, "GuestMigrated"),
            (15, "MigrationEnded"),
            (15, "GuestMigrated"),
            (15, "GuestResumed"),
            *ASKS_BACK,
        ],
    ),
}
ENDS = {"start": "failed", "copy": "failed", "switch-over": "failed", "arrival": "rolled-back", "": "arrived"}


@pytest.mark.parametrize(("command", "told"), COURSES.values(), ids=COURSES)
def test_the_course_of_a_migration(asking, command, told):
    before = asking.state.licences["web01"]
    happened = run(asking, command, max(46, told[-1][0]))
    if told[-1] == ASKS_BACK[-1]:
        happened.remove((45, "AttemptFailed"))
    assert happened == told
    assert where(asking) == ("hv1" if command.fails else "hv2", "running")
    assert asking.state.migrations == {}
    for ended in asking.of(ev.MigrationEnded):
        assert ended == ev.MigrationEnded("web01", ENDS[command.fails], command.fails or "arrival")
    if told[-1][1] == "LicenceGranted":
        assert asking.state.licences["web01"].host == "hv2"
    elif "AttemptVoided" in str(told):
        why = "save" if command.kind == "quick" else "migration"
        assert [event.why for event in asking.of(ev.AttemptVoided)] == [why]
        assert asking.of(ev.AttemptStarted)[-1].attempt.host == "hv1"
        assert asking.of(ev.AttemptStarted)[-1].attempt.trigger == "void"
    else:
        assert asking.state.logs["web01"].recent[-1].code == TIMED_OUT
        assert asking.state.licences["web01"].next[0] == START + 2 * HOUR
        assert before.next[0] == START


@pytest.mark.parametrize("command", [move(copy_s=10, blackout_s=5), move("quick", 10, 5)])
@pytest.mark.parametrize("fails", ["", "start", "copy", "switch-over", "arrival"])
def test_a_migration_of_a_licensed_guest_keeps_its_licence(two, command, fails):
    licence = two.state.licences["web01"]
    told = run(two, cmd.Migrate("web01", "hv2", command.kind, 10 * SECOND, 5 * SECOND, fails), 20)
    assert not {ASKED, "AttemptVoided"} & {kind for _, kind in told}
    assert two.state.licences["web01"] == licence
    two.do(WAIT)
    assert two.now == START + 7 * DAY
    assert two.state.logs["web01"].recent[-1].peer == ("hv1" if fails else "hv2")


def test_what_is_due_when_it_is_switched_over_is_done_where_it_still_is(play):
    play.host(latency_us=5 * SECOND)
    play.host("hv2")
    play.guest()
    play.start()
    told = run(play, move(copy_s=10), 20)
    assert told == [
        (0, "MigrationStarted"),
        (5, "ActivationDecided"),
        (10, "LicenceGranted"),
        (10, "GuestMigrated"),
        (10, "MigrationEnded"),
        (10, "GuestResumed"),
    ]
    assert play.state.licences["web01"].host == "hv1"


def test_bytes_of_the_old_pipe_are_lost(play):
    play.host(latency_us=10 * SECOND)
    play.host("hv2", latency_us=20 * SECOND)
    play.guest()
    play.start()
    told = run(play, move(copy_s=15, blackout_s=3), 70)
    assert told == [
        (0, "MigrationStarted"),
        (10, "ActivationDecided"),
        (15, "GuestMigrated"),
        (15, "AttemptVoided"),
        (18, "MigrationEnded"),
        (18, "GuestResumed"),
        (18, ASKED),
        (20, "PacketLost"),
        (38, "ActivationDecided"),
        (48, "AttemptFailed"),
        (58, "BytesIgnored"),
    ]
    assert [row.host for row in play.of(ev.ActivationDecided)] == ["hv1", "hv2"]


def test_nothing_is_due_for_a_guest_on_its_way(two, kinds):
    two.do(move(blackout_s=20 * 86_400))
    assert kinds(two.after(19 * DAY)) == ["ClockAdvanced"]
    assert kinds(two.after(DAY)) == ["MigrationEnded", "GuestResumed", *GRANT, "ClockAdvanced"]
    assert two.of(ev.AttemptStarted)[-1].attempt.trigger == "renewal"


@pytest.mark.parametrize("command", [move(blackout_s=604_800), move("quick", 600_000, 4_800)])
def test_an_end_during_the_way_comes_before_the_attempt(make_play, kinds, command):
    play = make_play(readings=Readings(timing="short-lease"))
    play.hosted()
    play.host("hv2")
    play.do(command)
    assert play.state.licences["web01"].status == LICENSED
    told = kinds(play.do(cmd.Advance(START + 7 * DAY)))
    assert told[-7:] == ["MigrationEnded", "GuestResumed", "LicenceEnded", *GRANT, "ClockAdvanced"]


def test_a_paused_guest_arrives_paused(asking):
    asking.do(PAUSE)
    told = run(asking, move(copy_s=10, blackout_s=5), 20)
    assert told == [*COPIED, (15, "MigrationEnded")]
    assert where(asking) == ("hv2", "paused")
    assert not asking.state.guests["web01"].on_its_way
    asking.do(RESUME)
    assert timed(asking) == [(20, kind) for kind in ["GuestResumed", *GRANT]]


def test_a_paused_guest_goes_back_paused(asking):
    asking.do(PAUSE)
    told = run(asking, move(copy_s=10, blackout_s=5, fails="arrival"), 20)
    assert told == [*COPIED, (15, "MigrationEnded"), (15, "GuestMigrated")]
    assert where(asking) == ("hv1", "paused")
    assert not asking.state.guests["web01"].stands_still or asking.state.guests["web01"].paused


@pytest.mark.parametrize("fails", ["copy", "switch-over"])
def test_a_paused_guest_whose_migration_fails_keeps_its_attempt(asking, fails):
    asking.do(PAUSE)
    told = run(asking, move(copy_s=10, blackout_s=5, fails=fails), 20)
    assert told == [(0, "MigrationStarted"), (10, "MigrationEnded")]
    assert where(asking) == ("hv1", "paused")
    assert "web01" in asking.state.attempts
    asking.do(RESUME)
    assert timed(asking) == [(20, "GuestResumed")]


@pytest.mark.parametrize("kind", ["live", "quick"])
def test_a_saved_guest_is_moved_and_goes_on(two, kinds, kind):
    two.do(SAVE)
    assert kinds(two.do(move(kind, 10, 10))) == AT_ONCE
    assert where(two) == ("hv2", "saved")
    two.after(8 * DAY)
    assert kinds(two.do(RESUME)) == ["GuestResumed", *GRANT]
    assert two.state.licences["web01"].host == "hv2"


def test_a_restart_during_the_copy_goes_on(asking):
    asking.do(move(copy_s=10, blackout_s=5))
    asking.after(5 * SECOND)
    asking.do(cmd.SetService("hv1", "running"))
    asking.do(cmd.Restart("web01"))
    assert timed(asking) == [(5, k) for k in ["GuestStopped", "AttemptVoided", "GuestStarted", *GRANT]]
    told = run(asking, cmd.SetService("hv1", "hung"), 20)[1:]
    assert told == [(10, "GuestMigrated"), (15, "MigrationEnded"), (15, "GuestResumed")]
    assert where(asking) == ("hv2", "running")


def test_a_stop_during_the_copy_cancels(asking, kinds):
    asking.do(move(copy_s=10, blackout_s=5))
    assert kinds(asking.do(STOP)) == ["GuestStopped", "AttemptVoided", "MigrationEnded"]
    assert asking.last[-1].what == ev.MigrationEnded("web01", "cancelled", "copy")
    assert kinds(asking.after(DAY)) == ["ClockAdvanced"]
    assert where(asking) == ("hv1", "off")


# Hosts that go down: at 5 s in the copy, or on the way, of a guest that has no attempt pending.
DIES = {
    ("live", "copy", "hv1"): (["HostStopped", "GuestStopped", "MigrationEnded"], [], ("hv1", "off")),
    ("live", "copy", "hv2"): (["HostStopped", "MigrationEnded"], [], ("hv1", "running")),
    ("live", "arrival", "hv1"): (
        ["HostStopped"],
        [(15, "MigrationEnded"), (15, "GuestResumed")],
        ("hv2", "running"),
    ),
    ("live", "arrival", "hv2"): (["HostStopped", "GuestStopped", "MigrationEnded"], [], ("hv2", "off")),
    ("quick", "copy", "hv1"): (["HostStopped", "MigrationEnded"], [], ("hv1", "saved")),
    ("quick", "copy", "hv2"): (["HostStopped", "MigrationEnded", "GuestResumed"], [], ("hv1", "running")),
    ("quick", "arrival", "hv1"): (
        ["HostStopped"],
        [(15, "MigrationEnded"), (15, "GuestResumed")],
        ("hv2", "running"),
    ),
    ("quick", "arrival", "hv2"): (["HostStopped", "MigrationEnded"], [], ("hv2", "saved")),
}
HOW = {("copy", "hv1"): "cancelled", ("copy", "hv2"): "failed", ("arrival", "hv2"): "cancelled"}


@pytest.mark.parametrize("dies", [cmd.StopHost, cmd.CrashHost])
@pytest.mark.parametrize(("where_and_when", "expected"), list(DIES.items()), ids=map(" ".join, DIES))
def test_a_host_that_goes_down_ends_a_migration(two, kinds, dies, where_and_when, expected):
    kind, phase, host = where_and_when
    told, later, place = expected
    copied = phase == "copy"
    two.do(move(kind, 10, 5) if copied else move(kind, 0, 15))
    two.after(5 * SECOND)
    assert kinds(two.do(dies(host))) == told
    how = HOW.get((phase, host))
    if how:
        assert two.of(ev.MigrationEnded) == [ev.MigrationEnded("web01", how, phase)]
        assert two.state.migrations == {}
    two.do(cmd.Advance(START + 20 * SECOND))
    assert timed(two) == [*later, (20, "ClockAdvanced")]
    assert where(two) == place
    guest = two.state.guests["web01"]
    assert not guest.on_its_way
    assert guest.with_host == (place[1] == "off")
    two.do(cmd.StartHost(host))
    assert where(two) == (place[0], "saved" if place[1] == "saved" else "running")


@pytest.mark.parametrize("gone", [cmd.CrashHost("hv1"), cmd.StopHost("hv1"), cmd.SetRole("hv1", False)])
@pytest.mark.parametrize("paused", [False, True])
def test_a_live_migration_that_has_nowhere_to_go_back_leaves_the_guest_off(two, gone, paused):
    if paused:
        two.do(PAUSE)
    services = two.state.services["web01"]
    two.do(move(blackout_s=10, fails="arrival"))
    two.do(gone)
    two.do(cmd.Advance(START + 10 * SECOND))
    assert timed(two) == [(10, "MigrationEnded"), (10, "GuestStopped"), (10, "ClockAdvanced")]
    assert two.last[1].what == ev.MigrationEnded("web01", "failed", "arrival")
    assert two.last[2].what == ev.GuestStopped("web01", False, True)
    assert where(two) == ("hv2", "off")
    assert two.state.services["web01"] == services, "a guest that died logged nothing"
    two.start()
    assert two.state.licences["web01"].host == "hv2"


@pytest.mark.parametrize("gone", [cmd.CrashHost("hv1"), cmd.SetRole("hv1", False)])
def test_a_quick_migration_that_has_nowhere_to_go_back_loses_the_memory(two, gone):
    two.do(move("quick", 0, 10, "arrival"))
    two.do(gone)
    two.do(cmd.Advance(START + 10 * SECOND))
    assert timed(two) == [(10, "MigrationEnded"), (10, "SavedStateDiscarded"), (10, "ClockAdvanced")]
    assert where(two) == ("hv2", "off")


def test_a_migration_goes_back_to_a_source_that_is_up_again(two):
    two.do(move(blackout_s=10, fails="arrival"))
    two.do(cmd.RestartHost("hv1"))
    two.do(cmd.Advance(START + 10 * SECOND))
    assert two.last[1].what.how == "rolled-back"
    assert where(two) == ("hv1", "running")


@pytest.mark.parametrize("down", [cmd.StopHost("hv1"), cmd.CrashHost("hv1")])
@pytest.mark.parametrize(
    ("before", "told", "power"),
    [
        ([], ["GuestMigrated", "GuestStarted", *GRANT], "running"),
        ([PAUSE], ["GuestMigrated", "GuestStarted", *GRANT], "running"),
        ([SAVE], ["GuestMigrated"], "saved"),
        ([STOP], ["GuestMigrated"], "off"),
    ],
    ids=["running", "paused", "saved", "off"],
)
def test_a_failover_starts_who_ran(two, kinds, down, before, told, power):
    for command in [*before, down]:
        two.do(command)
    assert kinds(two.do(move("failover"))) == told
    assert where(two) == ("hv2", power)
    assert not two.state.guests["web01"].with_host
    assert kinds(two.do(cmd.StartHost("hv1"))) == ["HostStarted"], "it is started once"
    assert where(two) == ("hv2", power)
    assert two.of(ev.AttemptStarted)[-1].attempt.trigger == "start"


def test_two_guests_migrate_apart_from_each_other(two):
    two.guest("web02", on="hv2")
    two.start("web02")
    two.do(cmd.Migrate("web02", "hv1", "live", 5 * SECOND, 10 * SECOND, "arrival"))
    told = run(two, move(copy_s=10), 20)
    assert told == [
        (0, "MigrationStarted"),
        (5, "GuestMigrated"),
        (10, "GuestMigrated"),
        (10, "MigrationEnded"),
        (10, "GuestResumed"),
        (15, "MigrationEnded"),
        (15, "GuestMigrated"),
        (15, "GuestResumed"),
    ]
    assert {name: guest.host for name, guest in two.state.guests.items()} == {"web01": "hv2", "web02": "hv2"}


# The reading attempt-on-arrival: a guest that was moved to a host that would not activate it asks at once.
REFUSED = ["AttemptRequested", ASKED, "ActivationDecided", "AttemptFailed"]
ON_ARRIVAL = {
    "at once": ([], move(), ["GuestMigrated", *REFUSED]),
    "live": ([], move(copy_s=5, blackout_s=5), [*WHOLE, "GuestResumed", *REFUSED]),
    "quick": (
        [],
        move("quick", 5, 5),
        ["MigrationStarted", "GuestSaved", "GuestMigrated", "MigrationEnded", "GuestResumed", *REFUSED],
    ),
    "paused at once": ([PAUSE], move(), ["GuestMigrated", "AttemptRequested"]),
    "paused": ([PAUSE], move(copy_s=5, blackout_s=5), [*WHOLE, "AttemptRequested"]),
    "saved": ([SAVE], move(), ["GuestMigrated"]),
    "off": ([STOP], move(), ["GuestMigrated"]),
    "back": (
        [],
        move(copy_s=5, blackout_s=5, fails="arrival"),
        [*WHOLE, "GuestMigrated", "GuestResumed"],
    ),
    "failed": ([], move(copy_s=5, fails="copy"), FAILED),
}


@pytest.mark.parametrize("reading", ["attempt-on-arrival", "kept-until-expiry"])
@pytest.mark.parametrize("channel", ["", "mak"])
@pytest.mark.parametrize("how", ON_ARRIVAL)
def test_asking_on_arrival(make_play, kinds, how, channel, reading):
    before, command, told = ON_ARRIVAL[how]
    play = make_play(readings=Readings(move_to_unqualified=reading))
    play.hosted()
    play.host("hv2", channel=channel)
    for earlier in before:
        play.do(earlier)
    happened = [kind for _, kind in run(play, command, 20)]
    asks = reading == "attempt-on-arrival" and not channel
    assert happened == [kind for kind in told if asks or kind not in REFUSED]
    refused = asks and "AttemptFailed" in told
    licence = play.state.licences["web01"]
    assert licence.status == (NOTIFICATION if refused else LICENSED)
    if refused:
        assert licence.reason == HOST_NOT_ACTIVATED
    elif asks and "AttemptRequested" in told:
        assert licence.trigger == ARRIVAL
        assert kinds(play.do(RESUME)) == ["GuestResumed", *REFUSED[1:]]
        assert play.state.licences["web01"].status == NOTIFICATION


@pytest.mark.parametrize("copy_s", [0, 5])
def test_asking_on_arrival_takes_the_place_of_the_attempt_that_was_voided(make_play, copy_s):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.host(service="hung")
    play.host("hv2", channel="")
    play.guest()
    play.start()
    run(play, move(copy_s=copy_s, blackout_s=copy_s), 20)
    assert [event.attempt.trigger for event in play.of(ev.AttemptStarted)] == ["start", ARRIVAL]


@pytest.mark.parametrize("key", ["", "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"])
def test_without_an_avma_key_nothing_is_asked_on_arrival(make_play, kinds, key):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.host()
    play.host("hv2", channel="")
    play.guest(key=key)
    play.start()
    assert kinds(play.do(move())) == AT_ONCE


@pytest.mark.parametrize(
    ("host", "asks"),
    [
        ({"release": "ws2012r2"}, True),
        ({"edition": "standard"}, True),
        ({"channel": "evaluation"}, True),
        ({"service": "stopped"}, False),
        ({"service": "hung"}, False),
        ({"encryption": False}, False),
    ],
)
def test_what_makes_a_host_ask_worthy(make_play, host, asks):
    play = make_play(readings=Readings(move_to_unqualified="attempt-on-arrival"))
    play.hosted()
    play.host("hv2", **host)
    play.do(move())
    assert bool(play.of(ev.AttemptRequested)) == asks


NO_ATTEMPT = (
    "no-attempt",
    "web01 is on its way to hv2 and stands still, so its attempt does not come; the clock stays",
)


def test_waiting_for_an_attempt_through_a_migration(asking):
    asking.do(move(copy_s=10, blackout_s=5))
    asking.do(WAIT)
    assert asking.now == START + 15 * SECOND
    assert asking.state.licences["web01"].status == LICENSED


def test_waiting_for_an_attempt_through_a_quick_migration(asking):
    asking.do(move("quick", 10, 5))
    asking.do(WAIT)
    assert asking.now == START + 15 * SECOND


def test_waiting_for_an_attempt_of_a_guest_on_its_way_is_refused(two, refusal):
    two.do(move(blackout_s=10))
    assert refusal(WAIT) == NO_ATTEMPT


@pytest.mark.parametrize(("within", "now_s"), [(None, 10), (5, 5), (60, 60)])
def test_waiting_for_an_attempt_of_a_guest_that_a_migration_leaves_off(two, kinds, within, now_s):
    two.guest("web02", on="hv2")
    two.start("web02")
    two.do(move("quick", 0, 10, "arrival"))
    two.do(cmd.CrashHost("hv1"))
    two.until("attempt", guest="web01", within_us=within and within * SECOND)
    assert two.now == START + now_s * SECOND, "whatever else is due is not waited for"
    assert kinds(entry.what for entry in two.last[1:])[-1] == "ClockAdvanced"


def test_waiting_for_an_attempt_no_longer_than_wanted(two):
    two.do(move(copy_s=10))
    two.until("attempt", guest="web01", within_us=20 * SECOND)
    assert two.now == START + 20 * SECOND


def test_quiet_is_quiet_while_a_guest_is_on_its_way(asking):
    asking.do(move(copy_s=10, blackout_s=5))
    asking.until("quiet")
    assert asking.now == START + 10 * SECOND, "the attempt is voided, and the next one is not due yet"
    assert timed(asking) == [(10, "GuestMigrated"), (10, "AttemptVoided"), (10, "ClockAdvanced")]
    asking.until("next-due")
    assert timed(asking)[:2] == [(15, "MigrationEnded"), (15, "GuestResumed")]
    assert asking.now == START + 15 * SECOND


@pytest.mark.parametrize("still", [SAVE, STOP])
def test_a_guest_without_memory_has_nothing_to_copy(two, still):
    two.do(still)
    two.do(move(copy_s=9, blackout_s=9, fails="copy"))
    row = two.last[1].what.migration
    assert (row.due[0], row.blackout_us) == (START, 0)
