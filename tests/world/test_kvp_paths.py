"""Tests that an exchange of key-value pairs ends alike as one event and a packet at a time."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.model.readings import Readings
from avma_sim.rules.keys import own_key_or_error
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.pools import pools_of
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, apply_entry, new_state

RUNS = 120
STEPS = 60
HOSTS, WINDOWS, LINUX = ("hv1", "hv2"), ("web01", "web02"), ("tux",)
GUESTS = (*WINDOWS, *LINUX)
KEYS = ("A", "B", "AvmaSimLicenseStatus", "OSName", "HostName", "ünïcode", "𝄞" * 3)
VALUES = ("", "1", "x" * 900, "<script>", "]]>", "two\nlines", "ü𝄞", "HV1")
KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"


def commands(draw):
    """Yield random commands about a small lab; which of them is refused is the lab's business."""

    def items():
        keys = draw.some(KEYS, 1 + draw.below(3))
        return tuple(KvpItem(key, draw.of(VALUES)) for key in keys)

    makers = {
        "write": lambda guest: cmd.WriteKvp(guest, draw.below(5), items(), draw.one_in(3)),
        "delete": lambda guest: cmd.DeleteKvp(guest, draw.below(4), (draw.of(KEYS),)),
        "push": lambda guest: cmd.PushKvp(guest, items()),
        "remove": lambda guest: cmd.RemoveKvp(guest, (draw.of(KEYS),)),
        "read": lambda guest: cmd.ReadKvp(guest, pools=tuple(draw.some(range(4), 1 + draw.below(4)))),
        "read all": lambda _: cmd.ReadKvp(host=draw.of(("", *HOSTS))),
        "start": cmd.Start,
        "stop": cmd.Stop,
        "restart": cmd.Restart,
        "pause": cmd.Pause,
        "save": cmd.Save,
        "resume": cmd.Resume,
        "exchange": lambda guest: cmd.SetDataExchange(guest, not draw.one_in(3)),
        "service": lambda guest: cmd.SetKvpService(guest, not draw.one_in(3)),
        "move": lambda guest: cmd.Migrate(guest, draw.of(HOSTS), draw.of(("live", "quick"))),
        "take": lambda guest: cmd.TakeCheckpoint(guest, f"c{draw.below(1000)}"),
        "key": lambda guest: cmd.InstallProductKey(guest, KMS_KEY),
        "no key": cmd.UninstallProductKey,
        "host": lambda _: cmd.RestartHost(draw.of(HOSTS)),
        "wait": lambda _: None,
    }
    often = dict(zip(makers, (6, 2, 5, 2, 8, 3), strict=False))
    bag = [name for name in makers for _ in range(often.get(name, 1))]
    for _ in range(STEPS):
        yield makers[draw.of(bag)](draw.of(GUESTS))


def played(number, draw, *, packets):
    """Play a run; return its world, and whether each step was refused."""
    facts = load_facts()
    reading = draw.of(("tool-removes", "system-removes"))
    settings = Settings(seed=number, readings=Readings(kvp_after_key_replacement=reading))
    journal = KeepJournal(Header(settings, facts.digest, DOCUMENTED.name))
    world = World(facts, DOCUMENTED, journal, new_state(settings))
    for name in HOSTS:
        world.do(cmd.AddHost(Host(name, "ws2022", "datacenter", kvp_packets=packets), "mak"))
    for name in WINDOWS:
        release = draw.of(("ws2012r2", "ws2019"))
        key = own_key_or_error(facts, release, "standard").text
        world.do(cmd.AddGuest(Guest(name, b"", release, "standard", "hv1", key)))
    for name in LINUX:
        world.do(cmd.AddGuest(Guest(name, b"", "linux", "linux", "hv1")))
    for name in GUESTS:
        world.do(cmd.Start(name))
    told = []
    for command in commands(draw):
        if command is None:
            world.do(cmd.Advance(world.state.now_us + 3_600_000_000))
        else:
            told.append(bool(world.do(command)))
        world.do(cmd.Advance(until="quiet"))
    return world, told


def readings(world):
    """Tell what hosts read, guest by guest: packets of several guests are on their way together."""
    events = [entry.what for entry in world.journal.entries()]
    reads = [attrs.evolve(event, arrived=0) for event in events if isinstance(event, ev.KvpRead)]
    return sorted(reads, key=lambda read: read.guest)


@pytest.mark.slow
def test_both_ways_give_equal_results(draws):
    seen = dict.fromkeys(("read", "changed", "timed out", "pushed", "packet"), 0)
    for number in range(RUNS):
        whole, told = played(number, draws(number), packets=False)
        piece, told_too = played(number, draws(number), packets=True)
        assert told == told_too, number
        assert readings(whole) == readings(piece), number
        for name in GUESTS:
            ends = [pools_of(w.facts, w.behaviour, w.state, w.state.guests[name]) for w in (whole, piece)]
            assert ends[0] == ends[1], (number, name)
            kept = [w.state.pools.get(name) for w in (whole, piece)]
            if kept[0] is not None and kept[1] is not None:
                assert kept[0].delivered == kept[1].delivered, (number, name)
        assert whole.state.views == piece.state.views, number
        assert whole.state.licences.keys() == piece.state.licences.keys()
        for read in readings(whole):
            seen["read"] += 1
            seen["changed"] += bool(read.changed)
            seen["timed out"] += any(status == 0x800705B4 for _, status in read.failures)
        seen["pushed"] += sum(isinstance(entry.what, ev.KvpPushed) for entry in whole.journal.entries())
        seen["packet"] += sum(isinstance(entry.what, ev.KvpAnswerRead) for entry in piece.journal.entries())
        folded = new_state(piece.state.settings)
        for entry in piece.journal.entries():
            apply_entry(folded, entry)
        assert folded == piece.state
    assert all(count > RUNS for count in seen.values()), seen
