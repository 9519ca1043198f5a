"""Measures sweeps of key-value pairs: all pools of many guests, as one event each and a packet at a time."""

from __future__ import annotations

import attrs
from measure import Figure, cpu_s, peak_bytes
from stage import DropJournal, add_guest, empty_world, names

from avma_sim.model import commands as cmd
from avma_sim.model.host import Host
from avma_sim.sim.journal import HashJournal

GUESTS, GUESTS_PER_HOST = 10_000, 200
ITEMS = 39
POOLS = (0, 1, 2, 3)
READ = cmd.ReadKvp(pools=POOLS)


def running(journal, *, packets=False, guests=GUESTS):
    """Make a world of guests that run; each packet is an entry where it is wanted."""
    world = empty_world(journal)
    for number in range(guests // GUESTS_PER_HOST):
        world.do(cmd.AddHost(Host(f"hv{number:03d}", "ws2019", "datacenter"), "mak"))
    for number, name in enumerate(names(guests)):
        add_guest(world, name, number // GUESTS_PER_HOST)
        world.do(cmd.Start(name))
    if packets:  # from now on: what the starts left is the same, and took no packets
        for name, host in world.state.hosts.items():
            world.state.hosts[name] = attrs.evolve(host, kvp_packets=True)
    return world


def figures(_):
    """Yield the figures: each sweep is measured once."""
    yield from sweep("as one event each", HashJournal)
    yield from sweep("as one event each, no journal", DropJournal)
    yield from sweep("a packet at a time", HashJournal, packets=True)


def sweep(how, journal, *, packets=False):
    """Measure the first sweep and one that finds nothing new."""
    world = running(journal, packets=packets)
    before = peak_bytes()
    first = cpu_s(lambda: world.do(READ))
    grown = (peak_bytes() - before) / GUESTS
    again = cpu_s(lambda: world.do(READ))
    found = [sum(len(items) for _, items in view.pools) for view in world.state.views.values()]
    if found != [ITEMS] * GUESTS:
        raise AssertionError(f"not every view holds {ITEMS} items")
    transactions = GUESTS * (ITEMS + len(POOLS))
    what = f"sweep of {GUESTS:,} guests x {ITEMS} items {how}"
    note = f"{first / transactions * 1e6:.1f} us a transaction; again {again:.1f} s"
    yield Figure(what, first, "s", note=note)
    yield Figure(f"{what}: memory a guest", grown / 1024, "KiB", note="growth of the peak, views and all")
