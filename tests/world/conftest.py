"""What the tests of whole worlds share: a world that holds its journal against its state at every event."""

from __future__ import annotations

import pytest

from avma_sim import load_facts
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import Entry, read_line, write_line
from avma_sim.sim.chance import chance_below
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, apply_entry, new_state

OTHER_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed, and nobody's


class ShadowedWorld(World):
    """Folds each event, written to a line and read back, into a second state and compares the two."""

    def __init__(self, settings: Settings) -> None:
        facts, behaviour = load_facts(), find_behaviour()
        journal = KeepJournal(Header(settings, facts.digest, behaviour.name))
        super().__init__(facts, behaviour, journal, new_state(settings))
        self.shadow = new_state(settings)
        self.compared = 0

    def emit(self, event, by):
        n = super().emit(event, by)
        while self.shadow.n <= n:
            entry = self._at(self.shadow.n)
            apply_entry(self.shadow, read_line(write_line(entry)))
        # Every event of a story that is short; of one with thousands of retries some of each kind: retries
        # come in rounds, and no round is as long as a prime.
        if self.compared < 300 or n % 61 == 0:
            assert self.shadow == self.state
            self.compared += 1
        return n

    def _at(self, n: int) -> Entry:
        kept = self.journal.entries()
        return kept[n] if n < len(kept) else self._unsaved[n - len(kept)]


class Draw:
    """Draws of one run: the same seed draws the same."""

    def __init__(self, seed, entity=""):
        self.seed, self.entity, self.count = seed, entity, 0

    def below(self, bound):
        self.count += 1
        return chance_below(self.seed, "test", self.entity, self.count, bound)

    def of(self, among):
        return among[self.below(len(among))]

    def some(self, among, count):
        """Draw so many different ones."""
        left = list(among)
        return [left.pop(self.below(len(left))) for _ in range(count)]

    def one_in(self, bound):
        return self.below(bound) == 0


@pytest.fixture
def draws():
    """Return a maker of draws: (seed, whose they are)."""
    return Draw


@pytest.fixture
def shadowed():
    """Return a maker of worlds that compare themselves with their journal at every event."""
    return lambda seed=0, readings=None: ShadowedWorld(
        Settings(seed, readings=readings or Readings(), other_keys=((OTHER_KEY, "retail"),))
    )
