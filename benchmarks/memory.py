"""Measures memory: bytes of a guest that was activated once, bytes of a log row."""

from __future__ import annotations

import gc
import tracemalloc

from measure import at_most
from stage import DropJournal, add_guest, add_hosts, empty_world, names, renew, started_world

from avma_sim.model import commands as cmd
from avma_sim.model.licence import LICENSED

GUESTS, GUESTS_PER_HOST = 20_000, 200
ROWS = 10_000


def held(work):
    """Return the bytes that are held after some work and were not before."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    work()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def figures(_):
    """Yield the figures; they do not vary, so there are no rounds."""
    world = empty_world(DropJournal)
    add_hosts(world, GUESTS // GUESTS_PER_HOST)
    started_world(1, journal=DropJournal)  # whatever is made on first use is made now

    def populate():
        for number, name in enumerate(names(GUESTS)):
            add_guest(world, name, number // GUESTS_PER_HOST)
            world.do(cmd.Start(name))

    total = held(populate)
    if {licence.status for licence in world.state.licences.values()} != {LICENSED}:
        raise AssertionError("not every guest was activated")
    note = f"{GUESTS:,} guests, {GUESTS_PER_HOST} a host; 12309 and 12310 among it, no journal"
    yield at_most("a guest that was activated once", total / GUESTS, "B", 2.5 * 1024, note)

    world = empty_world(DropJournal, guest_log_rows=ROWS, host_log_rows=ROWS)
    add_hosts(world, 1)
    (name,) = names(1)
    add_guest(world, name, 0)
    world.do(cmd.Start(name))

    def write():
        for _ in range(ROWS // 2):
            renew(world, 1, 1)

    total = held(write)
    kept = sum(len(chunk) for log in world.state.logs.values() for chunk in (*log.older, log.recent)) - 2
    if kept != ROWS:
        raise AssertionError(f"{kept} rows instead of {ROWS}")
    yield at_most("a log row", total / kept, "B", 250, f"{kept:,} rows of one guest and its host")
