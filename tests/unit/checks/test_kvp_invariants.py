"""Invariants of key-value pairs: they accept a genuine trace, and reject one made untrue by hand."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import load_facts, violations
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SECOND = 1_000_000


def played(*commands):
    """Play commands, a number being seconds that pass, and return the trace."""
    world = new_world(Settings(), load_facts(), find_behaviour(None))
    for given in commands:
        passes = isinstance(given, int)
        assert world.do(cmd.Advance(world.state.now_us + given * SECOND) if passes else given), given
    return world.journal.entries()


TRACE = played(
    cmd.AddHost(Host("hv1", "ws2019", "datacenter", kvp_latency_us=SECOND), "mak"),
    cmd.AddHost(Host("hv2", "ws2019", "datacenter"), "mak"),
    cmd.AddGuest(Guest("web01", b"", "ws2016", "standard", "hv1", KEY)),
    cmd.Start("web01"),
    60,
    cmd.ReadKvp("web01"),
    3,
    cmd.ArmFault(Fault("twice", "duplicate", channel="kvp", nth=1)),
    60,
    cmd.ArmFault(Fault("lost", "drop", channel="kvp", nth=2)),
    cmd.ReadKvp("web01"),
    90,
    cmd.ReadKvp("web01"),
    cmd.Migrate("web01", "hv2"),
    cmd.PushKvp("web01", (KvpItem("Role", "db"),)),
    60,
    cmd.DisarmFault("twice"),
    cmd.DisarmFault("lost"),
    cmd.ReadKvp("web01"),
    cmd.CopyGuest("web01", "web02", "hv2"),
    cmd.Start("web02"),
    cmd.ReadKvp("web02"),
    cmd.Save("web02"),
    cmd.Resume("web02"),
    cmd.ReadKvp("web02"),
    cmd.Stop("web02"),
)


def spoilt(kind, nth=0, *, remove=False, twice=False, **fields):
    """Return the trace with one event removed, repeated or changed."""
    entries = list(TRACE)
    at = [index for index, entry in enumerate(entries) if type(entry.what) is kind][nth]
    if remove:
        del entries[at]
    elif twice:
        entries.insert(at, entries[at])
    else:
        entries[at] = entries[at]._replace(what=attrs.evolve(entries[at].what, **fields))
    return entries


SPOILT = {
    "kvp-one-exchange-at-a-time": [
        (spoilt(ev.KvpExchangeStarted, twice=True), "web01 has two exchanges at once"),
        (spoilt(ev.KvpPushed, remove=True), "web01 has two exchanges at once"),
        (spoilt(ev.KvpRead, remove=True), "web01 has two exchanges at once"),
        (spoilt(ev.KvpChannelClosed, remove=True), "web01 has two exchanges at once"),
        (
            spoilt(ev.KvpExchangeStarted, remove=True),
            "web01 is asked more, and no exchange is under way",
        ),
        (spoilt(ev.KvpPushed, twice=True), "an exchange of web01 ends that had not begun"),
        (spoilt(ev.KvpChannelClosed, twice=True), "an exchange of web01 ends that had not begun"),
    ],
    "kvp-only-by-the-own-host": [
        (spoilt(ev.KvpRead, host="hv2"), "hv2 reads web01, which is on hv1"),
        (spoilt(ev.KvpPushed, host="hv2"), "hv2 reads web01, which is on hv1"),
        (spoilt(ev.GuestMigrated, remove=True), "hv2 reads web01, which is on hv1"),
        (spoilt(ev.GuestStarted, remove=True), "hv1 reads web01, which is off"),
        (spoilt(ev.GuestStarted, -1, remove=True), "hv2 reads web02, which is off"),
        (spoilt(ev.GuestResumed, remove=True), "hv2 reads web02, which is off"),
    ],
}
CASES = [(name, trace, said) for name, cases in SPOILT.items() for trace, said in cases]


def test_the_genuine_trace_is_accepted():
    assert violations(TRACE) == []
    kinds = {type(entry.what) for entry in TRACE}
    assert kinds >= {ev.KvpExchangeStarted, ev.KvpPushed, ev.KvpRead, ev.KvpChannelClosed, ev.KvpIgnored}
    assert any(type(entry.what) is ev.KvpRead and not entry.what.arrived for entry in TRACE)


@pytest.mark.parametrize(("name", "trace", "said"), CASES, ids=[f"{name}-{said}" for name, _, said in CASES])
def test_invariant_rejects_what_is_not_true(name, trace, said):
    first, *_ = violations(trace, [name])
    assert first.endswith(said), first
