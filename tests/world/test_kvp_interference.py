"""Tests that key-value pairs have no say: with hostile writes or without, every licence goes the same way."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.rules.keys import own_key_or_error
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, new_state

PAIRS = 1000
STEPS = 12
SECOND = 1_000_000
HOUR = 3_600 * SECOND
HOSTS, GUESTS = ("hv1", "hv2"), ("web01", "web02")
KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
LICENCE_EVENTS = (
    ev.AttemptStarted,
    ev.ActivationDecided,
    ev.LicenceGranted,
    ev.AttemptFailed,
    ev.AttemptVoided,
    ev.LicenceEnded,
    ev.ProductKeyInstalled,
    ev.ProductKeyRemoved,
)
# What somebody writes who wants a licence, or wants others to have none.
SPOOFS = (
    ("AvmaSimLicenseStatus", "1"),
    ("AvmaSimLicenseStatus", "0"),
    ("AvmaSimActivationHost", "hv2"),
    ("AvmaSimActivationTime", "2099-01-01T00:00:00Z"),
    ("AvmaSimPartialProductKey", "GF74]]>"),
    ("HostName", "another<script>"),
    ("PhysicalHostName", "hv2"),
    ("HostingSystemOsMajor", "11"),
    ("HostingSystemEditionId", "7"),
    ("VirtualMachineId", "00000000-0000-0000-0000-000000000000"),
    ("OSBuildNumber", "9600"),
    ("OSEditionId", "407"),
    ("x\ny", "𝄞" * 600),
)


def story(draw):
    """Draw the story that both runs have: commands that make, keep and end licences."""
    makers = (
        cmd.Start,
        cmd.Restart,
        cmd.Stop,
        cmd.RequestActivation,
        cmd.Pause,
        cmd.Resume,
        cmd.UninstallProductKey,
        lambda guest: cmd.InstallProductKey(guest, draw.of((KMS_KEY, "own"))),
        lambda guest: cmd.Migrate(guest, draw.of(HOSTS), draw.of(("live", "quick")), *spans(draw)),
        lambda guest: cmd.SetDataExchange(guest, not draw.one_in(3)),
        lambda guest: cmd.SetKvpService(guest, not draw.one_in(3)),
        lambda _: cmd.SetService(draw.of(HOSTS), draw.of(("running", "running", "hung", "stopped"))),
        lambda _: cmd.Deactivate(draw.of(HOSTS)),
        lambda _: cmd.Activate(draw.of(HOSTS)),
    )
    for _ in range(STEPS):
        yield draw.of(makers)(draw.of(GUESTS))
        yield draw.of((SECOND, 40 * SECOND, HOUR, 24 * HOUR, 8 * 24 * HOUR))


def spans(draw):
    return draw.of(((0, 0), (20 * SECOND, 2 * SECOND)))


def hostile(draw, number):
    """Draw what an administrator of a guest does, or somebody on the way of its packets."""
    guest = draw.of(GUESTS)
    items = tuple({key: KvpItem(key, value) for key, value in draw.some(SPOOFS, 4)}.values())
    return draw.of(
        (
            cmd.WriteKvp(guest, draw.below(5), items, draw.one_in(2)),
            cmd.DeleteKvp(guest, draw.below(4), (draw.of(SPOOFS)[0],)),
            cmd.PushKvp(guest, tuple(KvpItem(item.key, item.value[:500]) for item in items)),
            cmd.RemoveKvp(guest, (items[0].key,)),
            cmd.ReadKvp(draw.of(("", guest))),
            cmd.ReadKvp(guest, pools=(0, 1, 2, 3)),
            cmd.ArmFault(
                Fault(
                    f"f{number}",
                    draw.of(("drop", "flip", "duplicate", "delay", "truncate")),
                    guest=guest,
                    every=draw.of((1, 2, 5)),
                    by_us=3 * SECOND,
                    bit=draw.below(20_000),
                    size=draw.below(2600),
                    channel="kvp",
                )
            ),
        )
    )


def played(seed, draw, enemy, *, hostility):
    facts = load_facts()
    settings = Settings(seed=seed)
    world = World(facts, DOCUMENTED, KeepJournal(Header(settings, facts.digest, "")), new_state(settings))
    latency = draw.of((0, SECOND))
    for name in HOSTS:
        release = draw.of(("ws2016", "ws2019", "ws2022"))
        spans_us = {
            "kvp_latency_us": enemy.of((0, SECOND)),
            "kvp_refresh_us": enemy.of((0, 24 * HOUR)),
        }
        row = Host(name, release, "datacenter", latency_us=latency, **spans_us if hostility else {})
        world.do(cmd.AddHost(row, "mak"))
    keys = {}
    for name in GUESTS:
        release = draw.of(("ws2012r2", "ws2016", "ws2019"))
        keys[name] = own_key_or_error(facts, release, "standard").text
        world.do(cmd.AddGuest(Guest(name, b"", release, "standard", "hv1", keys[name])))
    for number, step in enumerate(story(draw)):
        if isinstance(step, int):
            world.do(cmd.Advance(world.state.now_us + step))
        else:
            own = isinstance(step, cmd.InstallProductKey) and step.key == "own"
            world.do(attrs.evolve(step, key=keys[step.guest]) if own else step)
        if hostility:
            world.do(hostile(enemy, number))
    return world


def licence_story(world):
    """Tell what became of every licence, without the indices of entries and what stays in pools."""
    told = []
    for entry in world.journal.entries():
        what = entry.what
        if isinstance(what, LICENCE_EVENTS):
            plain = attrs.asdict(what)
            plain.pop("leaves", None)
            told.append((entry.t, type(what).__name__, _without_entries(plain)))
    return told


def _without_entries(value):
    """Take out which entry set a due: others lie between in one of the runs."""
    if isinstance(value, dict):
        return {key: _without_entries(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        if len(value) == 2 and all(type(part) is int for part in value):
            return (value[0],)
        return tuple(map(_without_entries, value))
    return value


@pytest.mark.slow
def test_hostile_pairs_change_no_licence(draws):
    events = writes = reads = faults = 0
    for seed in range(PAIRS):
        plain, attacked = (
            played(seed, draws(seed, "story"), draws(seed, "enemy"), hostility=hostility)
            for hostility in (False, True)
        )
        story_told = licence_story(plain)
        assert story_told == licence_story(attacked), seed
        assert plain.state.logs == attacked.state.logs, seed
        assert plain.state.now_us == attacked.state.now_us, seed
        events += len(story_told)
        for entry in attacked.journal.entries():
            writes += isinstance(entry.what, ev.KvpWritten)
            reads += isinstance(entry.what, ev.KvpRead)
            faults += isinstance(entry.what, ev.FaultHit)
    assert events > 8 * PAIRS, events
    assert min(2 * writes, reads, faults) > PAIRS, (writes, reads, faults)
