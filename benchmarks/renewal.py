"""Measures whether a renewal costs the same in a large lab as in a small one."""

from __future__ import annotations

import gc

from measure import at_most, in_turn
from stage import DropJournal, header, renew, started_world

from avma_sim.sim.journal import HashJournal

SMALL, LARGE = 1_000, 100_000
PORTION = 20_000
GOAL = 1.3


def small_portion(world):
    """Renew as many as in one portion of the large lab."""
    for _ in range(PORTION // SMALL):
        renew(world, SMALL, SMALL)


def figures(rounds):
    """Yield the figures: without a journal and with its hash alone, the collector as it is and frozen."""
    small, large = (started_world(count, journal=DropJournal) for count in (SMALL, LARGE))
    portions = max(3, rounds // 3)
    for kind in (DropJournal, HashJournal):
        for frozen in (False, True):
            for world in (small, large):
                world.journal = kind(header())
            gc.collect()
            if frozen:
                gc.freeze()
            pairs = in_turn(
                lambda: renew(large, PORTION, LARGE), lambda: small_portion(small), portions, collect=False
            )
            gc.unfreeze()
            journal = "no journal" if kind is DropJournal else "hash only"
            collector = "gc.freeze()" if frozen else "gc as it is"
            note = (
                f"{pairs.subject_us(PORTION):.0f} us against {pairs.control_us(PORTION):.0f} us; "
                f"all rounds together {pairs.ratio_of_sums:.2f} x; {pairs.spread}"
            )
            label = f"renewal at {LARGE:,} guests against {SMALL:,}, {journal}, {collector}"
            yield at_most(label, pairs.ratio, "x", GOAL, note)
