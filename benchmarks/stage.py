"""Owns the labs that are measured: so many guests on so many hosts, and journals that keep less.

Must not measure.
"""

from __future__ import annotations

from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import HashJournal, Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, new_state

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SECOND = 1_000_000
RENEWAL_US = 7 * 24 * 3_600 * SECOND
ENTRIES_A_RENEWAL = 3


class DropJournal(HashJournal):
    """Takes entries and forgets them: what the engine costs without any journal."""

    def append(self, entries):
        """Forget the entries."""


def header(**settings):
    """Make a journal's header."""
    return Header(Settings(**settings), load_facts().digest, "benchmarks")


def empty_world(journal=KeepJournal, **settings):
    """Make a world with a journal of a kind."""
    head = header(**settings)
    return World(load_facts(), find_behaviour(), journal(head), new_state(head.settings))


def names(count):
    """Name so many guests."""
    return [f"vm{number:06d}" for number in range(count)]


def add_hosts(world, count, *, encrypted=True):
    """Add so many activated hosts."""
    for number in range(count):
        world.do(cmd.AddHost(Host(f"hv{number:03d}", "ws2019", "datacenter", encryption=encrypted), "mak"))


def add_guest(world, name, host, *, encrypted=True):
    """Add a guest, off, with its AVMA key, on the host of that number."""
    guest = Guest(name, b"", "ws2016", "standard", f"hv{host:03d}", KEY, encryption=encrypted)
    world.do(cmd.AddGuest(guest))


def start_spread(world, count):
    """Start all guests, spread evenly over one renewal interval: each activates at an instant of its own."""
    gap_us = RENEWAL_US // count
    for name in names(count):
        world.do(cmd.Start(name))
        world.do(cmd.Advance(world.state.now_us + gap_us))


def started_world(count, guests_per_host=200, *, journal=KeepJournal, encrypted=True):
    """Make a world whose guests are all activated, their renewals spread over the interval."""
    world = empty_world(journal)
    add_hosts(world, -(-count // guests_per_host), encrypted=encrypted)
    for number, name in enumerate(names(count)):
        add_guest(world, name, number // guests_per_host, encrypted=encrypted)
    start_spread(world, count)
    return world


def renew(world, count, of):
    """Let the next so many renewals of a world with so many guests be carried out by one advance."""
    outcome = world.do(cmd.Advance(world.state.now_us + RENEWAL_US // of * count))
    done = (outcome.last - outcome.first - 1) / ENTRIES_A_RENEWAL
    if done != count:
        raise AssertionError(f"{done} renewals instead of {count}")
