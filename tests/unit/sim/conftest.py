"""Worlds to play in, with short verbs; what is played is refolded from its journal when its test ends."""

from __future__ import annotations

import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.rules.keys import own_key_or_error
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import read_line, write_line
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import World, apply_entry, new_state

SECOND = 1_000_000
HOUR = 3_600 * SECOND


class Play:
    """One world that keeps its journal; each verb returns the events that it led to."""

    def __init__(self, behaviour=None, **settings):
        self.facts = load_facts()
        self.settings = Settings(**settings)
        played = find_behaviour(behaviour)
        journal = KeepJournal(Header(self.settings, self.facts.digest, played.name))
        self.world = World(self.facts, played, journal, new_state(self.settings))
        self.outcome = None
        self.broken = False  # set it where a test breaks the world on purpose

    @property
    def state(self):
        return self.world.state

    @property
    def now(self):
        return self.world.state.now_us

    @property
    def entries(self):
        return self.world.journal.entries()

    @property
    def last(self):
        """The entries of the last command, its own first."""
        return self.entries[self.outcome.first : self.outcome.last + 1]

    def do(self, command):
        self.outcome = self.world.do(command)
        return [entry.what for entry in self.last[1:]]

    def host(
        self, name="hv1", *, channel="mak", until_us=None, release="ws2019", edition="datacenter", **fields
    ):
        return self.do(cmd.AddHost(Host(name, release, edition, **fields), channel, until_us))

    def guest(self, name="web01", *, on="hv1", key="avma", release="ws2016", edition="standard", **fields):
        text = own_key_or_error(self.facts, release, edition).text if key == "avma" else key
        return self.do(
            cmd.AddGuest(Guest(name, fields.pop("vm_id", b""), release, edition, on, text, **fields))
        )

    def start(self, name="web01"):
        return self.do(cmd.Start(name))

    def restart(self, name="web01"):
        return self.do(cmd.Restart(name))

    def fault(self, action, name="", **fields):
        return self.do(cmd.ArmFault(Fault(name or action, action, **fields)))

    def after(self, span_us):
        """Let a span of time pass."""
        return self.do(cmd.Advance(self.now + span_us))

    def until(self, what, *, guest="", within_us=None):
        limit = None if within_us is None else self.now + within_us
        return self.do(cmd.Advance(limit, what, guest))

    def hosted(self, *, on=True, **host):
        """Add a host and a guest on it, started where it is to be on."""
        self.host(**host)
        self.guest()
        return self.start() if on else []

    def of(self, kind):
        """All events of one kind so far."""
        return [entry.what for entry in self.entries if type(entry.what) is kind]

    def check(self):
        """The journal, read back from its own lines, folds into the very state that is live."""
        folded = new_state(self.settings)
        for entry in self.entries:
            read = read_line(write_line(entry))
            assert read == entry
            apply_entry(folded, read)
        assert folded == self.state


@pytest.fixture
def facts():
    return load_facts()


@pytest.fixture
def make_play():
    """Make worlds; each is refolded when the test ends."""
    made = []

    def make(**settings):
        made.append(Play(**settings))
        return made[-1]

    yield make
    for play in made:
        if not play.broken:
            play.check()


@pytest.fixture
def play(make_play):
    return make_play()


@pytest.fixture
def kinds():
    """Name the types of events, in order."""
    return lambda events: [type(event).__name__ for event in events]


@pytest.fixture
def waiting(play):
    """A world in which web01 has asked hv1, where nobody answers yet."""
    play.host(service="hung")
    play.guest()
    play.start()
    assert type(play.last[-1].what) is ev.RequestUnanswered
    return play


@pytest.fixture
def refusal(play):
    """Carry out a command that the state forbids, and return (reason, message)."""

    def refused(command):
        before = play.state.copy()
        (event,) = play.do(command)
        assert not play.outcome
        assert play.outcome.refused is event
        before.n += 2
        assert play.state == before, "a refusal changes nothing"
        return event.reason, event.message

    return refused
