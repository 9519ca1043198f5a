"""Owns the world: the state, the loop, and the one way in which entries come to be.

Must not know what commands and dues mean: the behaviour's handlers do that, and emit events.
"""

from __future__ import annotations

import functools
from typing import Final

import attrs

from avma_sim.errors import Defect, JournalError
from avma_sim.facts.tables import Facts, Timing
from avma_sim.model.commands import Advance, Command
from avma_sim.model.events import CommandRefused, Event, ProductKeyRefused
from avma_sim.sim.admission import admit
from avma_sim.sim.agenda import KIND_BITS, Agenda, due_of
from avma_sim.sim.apply import APPLY
from avma_sim.sim.behaviour import Behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Journal
from avma_sim.sim.state import Settings, State

__all__ = ["Outcome", "World", "apply_entry", "new_state"]

FLUSH_ENTRIES: Final = 128  # small: entries that are not kept die young, before the collector walks them
# A plain dict: the read-only view costs, and every event comes here.
_APPLY: Final = dict(APPLY)
_KIND_MASK: Final = (1 << KIND_BITS) - 1


@attrs.frozen
class Outcome:
    """What became of a command.

    Args:
        first: index of the command's entry.
        last: index of the last entry of the call.
        refused: the event that tells why it was refused, or None.
    """

    first: int
    last: int
    refused: CommandRefused | ProductKeyRefused | None = None

    def __bool__(self) -> bool:
        return self.refused is None


def new_state(settings: Settings) -> State:
    """Return the empty state of a lab.

    Args:
        settings: what was chosen for it.

    Returns:
        The state at entry 0.
    """
    return State(settings, settings.start_us)


def apply_entry(state: State, entry: Entry) -> tuple[str | int, ...]:
    """Fold one entry into a state.

    Args:
        state: the state, changed in place.
        entry: the next entry.

    Returns:
        The machines and packets whose due may have changed.

    Raises:
        JournalError: the entry does not follow, or does not fit the state.
    """
    if entry.n != state.n or entry.t < state.now_us:
        raise JournalError(
            f"entry {entry.n} at {entry.t} does not follow: {state.n} at {state.now_us} expected"
        )
    state.now_us = entry.t
    state.n = entry.n + 1
    apply = APPLY.get(type(entry.what))
    if apply is None:  # a command: it leaves nothing behind but its entry
        return ()
    try:
        return apply(state, entry.what)
    except LookupError as error:
        raise JournalError(f"entry {entry.n} does not fit the state: {error!r}") from error


class World:
    """One lab's state in motion.

    Args:
        facts: what is documented.
        behaviour: what is played.
        journal: where entries go.
        state: the state to go on from.
    """

    def __init__(self, facts: Facts, behaviour: Behaviour, journal: Journal, state: State) -> None:
        self.facts = facts
        self.behaviour = behaviour
        self.journal = journal
        self.state = state
        self.timing: Timing = facts.timings[state.settings.readings.timing]
        self.agenda = Agenda(functools.partial(due_of, state))
        for machine in (*state.hosts, *state.guests):
            self.agenda.touch(machine, state.now_us)
        for packet in state.packets:
            self.agenda.touch(packet, state.now_us)
        self._unsaved: list[Entry] = []
        self._refused: CommandRefused | ProductKeyRefused | None = None

    def fork(self) -> World:
        """Return a world that goes on apart from this one, from the same state."""
        return World(self.facts, self.behaviour, self.journal.fork(), self.state.copy())

    def do(self, command: Command) -> Outcome:
        """Carry out a command and whatever is due now; only `Advance` moves the clock.

        Args:
            command: the command.

        Returns:
            What became of it, after the journal has taken every entry.

        Raises:
            InputError: the command names what does not exist, or is out of bounds; nothing happened.
        """
        admit(self.facts, self.state, command)
        self._refused = None
        state = self.state
        first = state.n
        self._unsaved.append(Entry(first, state.now_us, None, command))
        state.n = first + 1
        try:
            self.behaviour.commands[type(command)](self, command, first)
            while self.step(state.now_us):
                pass
        finally:
            self.flush()
        return Outcome(first, state.n - 1, self._refused)

    def call(self, command: Command, guest: str, limit_us: int) -> Outcome:
        """Carry out a command and wait for a guest's attempt, as whatever blocks in real life does.

        Args:
            command: the command.
            guest: whose attempt.
            limit_us: how far the clock moves at most.

        Returns:
            What became of it, up to the last entry of the wait.

        Raises:
            InputError: the command names what does not exist, or is out of bounds; nothing happened.
        """
        outcome = self.do(command)
        if guest in self.state.attempts and outcome:
            last = self.do(Advance(self.state.now_us + limit_us, "attempt", guest)).last
            outcome = attrs.evolve(outcome, last=last)
        return outcome

    def settle(self) -> None:
        """Move the clock as a call from outside does: see `Settings.call_us`."""
        span = self.state.settings.call_us
        if span is None:
            if self.state.attempts:
                # No packet of key-value pairs moves the clock of who waits for a licence.
                self.do(Advance(until="activations" if self.state.kvp_packet_ids else "quiet"))
        elif span:
            self.do(Advance(self.state.now_us + span))

    def emit(self, event: Event, by: int) -> int:
        """Let an event happen now.

        Args:
            event: the event.
            by: index of the entry that led to it.

        Returns:
            Index of its entry.
        """
        state = self.state
        n = state.n
        state.n = n + 1
        now = state.now_us
        keys = _APPLY[type(event)](state, event)
        if keys:
            for key in keys:
                self.agenda.touch(key, now)
        self._unsaved.append(Entry(n, now, by, event))
        return n

    def refuse(self, event: CommandRefused | ProductKeyRefused, by: int) -> None:
        """Let the present command be refused.

        Args:
            event: the event that says why.
            by: index of the command's entry.
        """
        self._refused = event
        self.emit(event, by)

    def step(self, limit_us: int) -> bool:
        """Do the next thing that is due, if it is due by the limit.

        Args:
            limit_us: the last instant that is wanted, at least the clock.

        Returns:
            Whether there was one.

        Raises:
            Defect: a handler did nothing, so the same due would come for ever.
        """
        state = self.state
        due = self.agenda.pop(limit_us)
        if due is None:
            return False
        at, by, key = due
        now = at >> KIND_BITS
        if now > state.now_us:  # noqa: PLR1730 - every due comes here, and a call costs
            state.now_us = now
        before = state.n
        self.behaviour.dues[at & _KIND_MASK](self, key, by)
        if state.n == before:
            raise Defect(f"the handler of due kind {at & _KIND_MASK} for {key!r} let nothing happen")
        if len(self._unsaved) >= FLUSH_ENTRIES:
            self.flush()
        return True

    def flush(self) -> None:
        """Hand the entries of this call to the journal."""
        if self._unsaved:
            unsaved, self._unsaved = self._unsaved, []
            self.journal.append(unsaved)
