"""A migration begun at every entry of a handshake and of a renewal, ended in each way: swept exhaustively."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from avma_sim import load_facts, rerun, violations
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import LICENSED
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings
from avma_sim.sim.world import apply_entry, new_state

FACTS = load_facts()
SETTINGS = Settings()
KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LATENCY = SECOND
START = SETTINGS.start_us
RENEWAL = START + 2 * LATENCY + 7 * DAY

NEXT = cmd.Advance(until="next-due")
# The way through a handshake and a renewal; a migration begins after each of these, and before the first.
# What each leads to, the clock's own entry aside: no entry of the handshake is without a begin around it.
WAY = [
    (cmd.Start("web01"), ["GuestStarted", "AttemptStarted"]),
    (cmd.Advance(START + LATENCY // 2), []),
    (NEXT, ["ActivationDecided"]),
    (cmd.Advance(START + LATENCY + LATENCY // 2), []),
    (NEXT, ["LicenceGranted"]),
    (cmd.Advance(RENEWAL - 1), []),
    (NEXT, ["AttemptStarted"]),
    (cmd.Advance(RENEWAL + LATENCY // 2), []),
    (NEXT, ["ActivationDecided"]),
    (cmd.Advance(RENEWAL + LATENCY + LATENCY // 2), []),
    (NEXT, ["LicenceGranted"]),
]
# Ends before, with, between and after the packets; after the deadline; after the retry.
SPANS = (0, 1_000, LATENCY, 31 * SECOND, 3 * HOUR)
DESTINATIONS = {
    "qualifying": {},
    "not activated": {"channel": ""},
    "service hung": {"service": "hung"},
}
# A migration that fails at its start has no spans, one that fails before the switch-over no blackout.
ENDINGS = [
    *(("", *spans) for spans in itertools.product(SPANS, SPANS)),
    ("start", LATENCY, LATENCY),
    *(("copy", span, LATENCY) for span in SPANS),
    *(("switch-over", span, LATENCY) for span in SPANS),
    *(("arrival", *spans) for spans in itertools.product(SPANS, SPANS)),
]
CASES = len(ENDINGS) * (len(WAY) + 1)


def at_every_entry(to):
    """Return the world before the first step of the way and after each."""
    world = new_world(SETTINGS, FACTS, find_behaviour(None))
    world.do(cmd.AddHost(Host("hv1", "ws2019", "datacenter", latency_us=LATENCY), "mak"))
    fields = {"channel": "mak", **to}
    channel = fields.pop("channel")
    world.do(cmd.AddHost(Host("hv2", "ws2022", "datacenter", latency_us=LATENCY, **fields), channel))
    world.do(cmd.AddGuest(Guest("web01", b"", "ws2016", "standard", "hv1", KEY)))
    worlds = [world.fork()]
    for command, told in WAY:
        first = world.do(command).first
        happened = [type(entry.what).__name__ for entry in world.journal.entries()[first + 1 :]]
        assert [kind for kind in happened if kind != "ClockAdvanced"] == told
        worlds.append(world.fork())
    return worlds


def serves(what):
    """Return every host that an event says it is that serves the guest."""
    if isinstance(what, ev.AttemptStarted):
        return {what.attempt.host, what.packet.host}
    if isinstance(what, ev.ActivationDecided):
        return {what.host, what.packet.host}
    return {what.licence.host, what.record.peer} if isinstance(what, ev.LicenceGranted) else set()


def stands_still(what, still):
    """Say whether the guest stands still after an event, if it did or did not before."""
    if isinstance(what, ev.GuestStarted | ev.GuestResumed):
        return False
    if isinstance(what, ev.GuestMigrated):
        return still or what.migration is not None
    return still or isinstance(what, ev.GuestSaved | ev.GuestPaused | ev.GuestStopped)


def follow(entries):
    """Fold a trace, holding at each entry that one host has the guest, and that nobody else serves it."""
    state, owner, still = new_state(SETTINGS), "hv1", True
    for entry in entries:
        apply_entry(state, entry)
        what = entry.what
        if isinstance(what, ev.GuestMigrated):
            assert {owner, what.to} == {"hv1", "hv2"}
            owner = what.to
        assert serves(what) <= {owner}
        still = stands_still(what, still)
        if isinstance(what, ev.AttemptStarted | ev.LicenceGranted | ev.AttemptFailed):
            assert not still, "a guest on its way does nothing"
        assert [guest.host for guest in state.guests.values()] in ([], [owner])
    return state


def play_on(world, kind, ending, *, paused=False):
    """Begin the migration here, end it, put the destination right a minute later; two retries pass."""
    fails, copy_us, blackout_us = ending
    off = not world.state.guests["web01"].running
    if paused:
        world.do(cmd.Pause("web01"))
    world.do(cmd.Migrate("web01", "hv2", kind, copy_us, blackout_us, fails))
    world.do(cmd.Advance(world.state.now_us + copy_us + blackout_us))
    assert world.state.migrations == {}
    guest = world.state.guests["web01"]
    power = "off" if off else "paused" if paused else "running"
    assert (guest.host, guest.power) == ("hv1" if fails else "hv2", power)
    if paused:
        world.do(cmd.Resume("web01"))
    if off:
        world.do(cmd.Start("web01"))
    world.do(cmd.Advance(world.state.now_us + MINUTE))
    world.do(cmd.Activate("hv2", "mak"))
    world.do(cmd.SetService("hv2", "running"))
    world.do(cmd.Advance(world.state.now_us + 2 * world.timing.retry_us))


def hold(world):
    """Hold a story that is over against everything that must be true of it."""
    entries = world.journal.entries()
    assert violations(entries) == []
    assert follow(entries) == world.state
    told = [entry.what for entry in entries]
    grants = Counter(event.record.nonce for event in told if isinstance(event, ev.LicenceGranted))
    assert max(grants.values()) == 1, "an attempt succeeds once"
    asked = [event.attempt.end.nonce for event in told if isinstance(event, ev.AttemptStarted)]
    assert set(grants) <= set(asked)
    licence = world.state.licences["web01"]
    assert licence.status == LICENSED, "the guest is stuck"
    assert licence.next[0] > world.state.now_us
    assert world.state.attempts == {}
    assert world.state.packets == {}


def again(world):
    """Carry out a story's commands anew."""
    return rerun(world.journal.header, world.journal.entries(), FACTS)


def test_the_sweep_is_whole():
    """Nobody shrinks it silently."""
    assert len(set(ENDINGS)) == 61
    assert CASES == 732
    assert CASES * len(DESTINATIONS) * 2 == 4392
    assert [kind for _, told in WAY for kind in told] == [
        "GuestStarted",
        *["AttemptStarted", "ActivationDecided", "LicenceGranted"] * 2,
    ]


def sweep(worlds, kind, **how):
    """Play each ending in each world; return how many were played, and how often migrations ended how."""
    played = 0
    ends: Counter[str] = Counter()
    for at, world in enumerate(worlds):
        for ending in ENDINGS:
            story = world.fork()
            try:
                play_on(story, kind, ending, **how)
                hold(story)
                assert again(story).journal.trace_hash() == story.journal.trace_hash()
            except AssertionError as error:
                error.add_note(f"{kind}, {how}, begun in world {at}, {ending}")
                raise
            played += 1
            what = [entry.what for entry in story.journal.entries()]
            ends.update(event.how for event in what if isinstance(event, ev.MigrationEnded))
    return played, ends


@pytest.mark.parametrize("to", DESTINATIONS)
@pytest.mark.parametrize("kind", ["live", "quick"])
def test_a_migration_at_every_entry_of_a_handshake_and_of_a_renewal(kind, to):
    played, ends = sweep(at_every_entry(DESTINATIONS[to]), kind)
    assert played == CASES
    # A live one that succeeds with no span at all, or one of a guest that is off, happens at once.
    at_once = 25 + (len(WAY) if kind == "live" else 0)
    assert ends == {
        "arrived": 25 * (len(WAY) + 1) - at_once,
        "failed": 11 * (len(WAY) + 1) + 25,
        "rolled-back": 25 * len(WAY),
    }


def test_a_paused_guest_at_every_entry():
    """Its attempt waits as it does, and is not lost but by the switch-over."""
    played, ends = sweep(at_every_entry({})[1:], "live", paused=True)
    assert played == CASES - len(ENDINGS) == 671
    assert ends == {"arrived": 24 * len(WAY), "failed": 11 * len(WAY), "rolled-back": 25 * len(WAY)}
