"""Measures whether a renewal costs the same in a large lab as in a small one.

Each lab has a process of its own, so that the small one never pays for collecting the large one's
garbage; the two take turns. Run as a program, this is such a process.
"""

from __future__ import annotations

import gc
import sys

from measure import Figure, Pairs, at_most, cpu_s
from stage import DropJournal, header, renew, started_world
from worker import Worker

from avma_sim.sim.journal import HashJournal

SMALL, LARGE = 1_000, 100_000
PORTION = 20_000
GOAL = 1.3
JOURNALS = {"no journal": DropJournal, "hash only": HashJournal}
COLLECTORS = ("gc as it is", "gc.freeze()", "gc off")


class Lab:
    """A lab in a process of its own."""

    def __init__(self, guests):
        self._worker = Worker(__file__, guests)
        self.ask = self._worker.ask
        self.close = self._worker.close

    def portion_s(self):
        """Return the CPU seconds of one portion of renewals."""
        return float(self.ask("renew"))


def figures(rounds):
    """Yield the figures: without a journal and with its hash alone, with each way of collecting garbage."""
    small, large = Lab(SMALL), Lab(LARGE)
    try:
        for journal in JOURNALS:
            for collector in COLLECTORS:
                for lab in (small, large):
                    lab.ask(f"{journal}/{collector}")
                pairs = compare(small, large, max(3, rounds // 3))
                note = (
                    f"{pairs.subject_us(PORTION):.0f} us against {pairs.control_us(PORTION):.0f} us; "
                    f"all rounds together {pairs.ratio_of_sums:.2f} x; {pairs.spread}"
                )
                name = f"renewal at {LARGE:,} guests against {SMALL:,}, {journal}, {collector}"
                if collector == "gc off":
                    yield Figure(name, pairs.ratio, "x", note=note)
                else:
                    yield at_most(name, pairs.ratio, "x", GOAL, note)
    finally:
        small.close()
        large.close()


def compare(small, large, rounds):
    """Let both labs renew their portions in turn."""
    found = [(large.portion_s(), small.portion_s()) for _ in range(rounds)]
    return Pairs(tuple(one for one, _ in found), tuple(other for _, other in found))


def serve(guests):
    """Play one lab: set the journal and the collector as told, renew portions, answer with times."""
    world = started_world(guests, journal=DropJournal)
    step = min(guests, PORTION)
    frozen = False

    def portion():
        for _ in range(PORTION // step):
            renew(world, step, guests)

    for line in sys.stdin:
        if line.strip() == "renew":
            if frozen:
                gc.freeze()  # each time, as every renewal makes rows anew
            print(cpu_s(portion, collect=False), flush=True)
            continue
        journal, _, collector = line.strip().partition("/")
        world.journal = JOURNALS[journal](header())
        gc.unfreeze()
        gc.collect()
        frozen = collector == "gc.freeze()"
        if collector == "gc off":
            gc.disable()
        else:
            gc.enable()
        print("ready", flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
