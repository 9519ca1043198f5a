"""Measures a lab's long life: renewals of few guests over half a year, of many over a month.

Each lab has a process of its own, in each mode of the journal. The large lab lives day by day in turn with a
small one that lives as many renewals in the same mode. Run as a program, this is such a process.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from measure import Figure, Pairs, at_most, available_bytes, cpu_s, peak_bytes
from stage import ENTRIES_A_RENEWAL, RENEWAL_US, SECOND, DropJournal, started_world
from worker import Worker

from avma_sim.model import commands as cmd
from avma_sim.sim.journal import HashJournal, KeepJournal, StreamJournal

FEW, HALF_A_YEAR = 2_000, 180
MANY, MONTH = 100_000, 30
CONTROL = 1_000
GOAL = 1.3
DAY_US = 24 * 3_600 * SECOND
MIB = 1_048_576
MODES = ("keep", "stream", "hash")
KEEP_NEEDS = 4_000 * MIB  # what keeping the large lab's journal and its control's takes, with some air


class Span(NamedTuple):
    """A piece of a lab's life: CPU and wall seconds, and how many entries it had."""

    cpu: float
    wall: float
    entries: int


class Size(NamedTuple):
    """A process: its greatest size, how much of that came with its guests, and what it wrote; bytes."""

    peak: int
    grown: int
    written: int


class Life(NamedTuple):
    """How a lab was made, what it lived through, and how large it was at its end."""

    made: Span
    lived: Span
    size: Size


class Lab:
    """A lab in a process of its own."""

    def __init__(self, guests, mode, folder):
        self.guests = guests
        self._worker = Worker(__file__, guests, mode, folder)
        self.made = Span(*json.loads(self._worker.ask("make")))

    def live(self, days):
        """Let so many days pass."""
        return Span(*json.loads(self._worker.ask(f"live {days}")))

    def size(self):
        """Return how large the process has been."""
        return Size(*json.loads(self._worker.ask("size")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._worker.close()


def figures(rounds):
    """Yield entries a second in each mode, few guests and many, and the cost of a renewal among many."""
    yield from few(max(3, rounds // 3))
    for mode in (*MODES, "drop"):
        yield from many(mode)


def few(rounds):
    """Yield the figures of few guests over half a year; the modes take turns, each time in a new process."""
    found = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode, lives in found.items():
            with tempfile.TemporaryDirectory() as folder, Lab(FEW, mode, folder) as lab:
                lives.append(Life(lab.made, lab.live(HALF_A_YEAR), lab.size()))
    for mode, lives in found.items():
        rates = sorted(rate(life.lived) for life in lives)
        typical = sorted(lives, key=lambda life: rate(life.lived))[len(lives) // 2]
        spread = f"; {len(rates)} runs, {rates[0]:.1f} to {rates[-1]:.1f}"
        yield speed(f"{FEW:,} guests over {HALF_A_YEAR} days, {mode}", FEW, typical, spread)


def many(mode):
    """Yield the figures of many guests over a month, and of a renewal there against one among few."""
    name = f"a renewal at {MANY:,} guests against {CONTROL:,}, {mode}, {MONTH} days in turn"
    if mode == "keep" and available_bytes() < KEEP_NEEDS:
        note = f"not run: wants {KEEP_NEEDS / MIB:,.0f} MiB of free memory"
        yield Figure(name, math.nan, "x", note=note)
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as other,
        Lab(MANY, mode, folder) as large,
        Lab(CONTROL, mode, other) as small,
    ):
        spans = [(large.live(1), small.live(MANY // CONTROL)) for _ in range(MONTH)]
        size, control_size, made = large.size(), small.size(), large.made
    life = Life(made, Span(*map(sum, zip(*(ours for ours, _ in spans), strict=True))), size)
    yield speed(f"{MANY:,} guests over {MONTH} days, {mode}", MANY, life)
    costs = Pairs(*zip(*((renewal_s(one), renewal_s(other)) for one, other in spans), strict=True))
    # All days together, not their median: over a month the collector's rare long pauses belong to the cost.
    ratio = costs.ratio_of_sums
    note = (
        f"median of days {costs.ratio:.2f} x, {costs.subject_us(1):.0f} us against "
        f"{costs.control_us(1):.0f} us; {costs.spread}; the control's peak {control_size.peak / MIB:,.0f} MiB"
    )
    if mode == "keep":
        yield Figure(name, ratio, "x", note=note)
    else:
        yield at_most(name, ratio, "x", GOAL, note)


def renewal_s(span):
    """Return the CPU seconds of one renewal."""
    return span.cpu / span.entries * ENTRIES_A_RENEWAL


def rate(span):
    """Return thousands of entries a CPU second."""
    return span.entries / span.cpu / 1e3


def speed(name, guests, life, more=""):
    """Tell how quickly a life was lived, and how much memory it took."""
    made, lived, size = life
    written = f", {size.written / MIB:,.0f} MiB written" if size.written else ""
    note = (
        f"{lived.entries:,} entries in {lived.cpu:.1f} s CPU, {lived.wall:.1f} s wall; "
        f"made in {made.cpu:.1f} s with {made.entries:,}; "
        f"peak {size.peak / MIB:,.0f} MiB, {size.grown / guests:,.0f} B a guest{written}{more}"
    )
    return Figure(name, rate(lived), "thousand entries/s", note=note)


def serve(guests, mode, folder):
    """Play one lab, its journal of the given mode from the first entry on; answer with spans and sizes."""
    with contextlib.ExitStack() as stack:
        file = Path(folder, "journal.jsonl")

        def stream(head):
            return StreamJournal(head, stack.enter_context(file.open("w", encoding="ascii", newline="")))

        kinds = {"keep": KeepJournal, "stream": stream, "hash": HashJournal, "drop": DropJournal}
        started_world(1, journal=DropJournal)  # whatever is made on first use is made now
        before = peak_bytes()
        world = None

        def make():
            nonlocal world
            world = started_world(guests, journal=kinds[mode])

        for line in sys.stdin:
            word, _, days = line.strip().partition(" ")
            if word == "size":
                peak = peak_bytes()
                answer = Size(peak, peak - before, file.stat().st_size if file.exists() else 0)
            else:
                first = 0 if world is None else world.state.n
                start = time.perf_counter()
                cpu = cpu_s(make if word == "make" else lambda d=days: live(world, int(d)), collect=False)
                answer = Span(cpu, time.perf_counter() - start, world.state.n - first)
            print(json.dumps(answer), flush=True)


def live(world, days):
    """Let so many days pass in one advance, and see that every guest renewed as often as it should."""
    guests = len(world.state.guests)
    outcome = world.do(cmd.Advance(world.state.now_us + days * DAY_US))
    done = (outcome.last - outcome.first - 1) / ENTRIES_A_RENEWAL
    due = guests * days * DAY_US / RENEWAL_US
    if abs(done - due) > 1:
        raise AssertionError(f"{done} renewals instead of {due:.0f}")


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], sys.argv[3])
