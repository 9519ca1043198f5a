"""Owns the lab as a whole: making it, and the way to handles, explanations, forks and the journal.

Must not hold meaning of its own: commands are the verbs', what is true is in the rows.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from typing import Self

from avma_sim.errors import InputError
from avma_sim.facts.load import load_facts
from avma_sim.facts.tables import Facts
from avma_sim.lab.arguments import (
    SETTLE,
    JournalChoice,
    call_span,
    choose_journal,
    choose_readings,
    other_keys_of,
)
from avma_sim.lab.clock import ClockVerbs
from avma_sim.lab.consoles import Consoles
from avma_sim.lab.generate import fill
from avma_sim.lab.handles import GuestHandle, HostHandle
from avma_sim.lab.past import Past, place_of
from avma_sim.lab.verbs import name_of
from avma_sim.model import commands as cmd
from avma_sim.model.duration import CLOCK_US_MAX, DEFAULT_START_US, instant_us, span_us
from avma_sim.model.readings import Readings
from avma_sim.report.explain import Explanation, explain
from avma_sim.report.tracking import TrackingReport, tracking_report
from avma_sim.sim.behaviour import Behaviour, find_behaviour
from avma_sim.sim.canonical import Entry, write_line
from avma_sim.sim.journal import HashJournal, Header, Journal, KeepJournal, keeps_nothing
from avma_sim.sim.replay import admit_header, world_at
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import Outcome, World, new_state
from avma_sim.store.portable import read_portable, write_portable

__all__ = ["Lab"]


class Lab(ClockVerbs):
    """A deterministic lab of hosts and guests.

    Args:
        seed: from which all chance comes; the same seed and commands give the same trace.
        start: where the clock starts, an instant such as ``2025-01-01T00:00:00Z``.
        readings: values of readings that are not to be at their default.
        facts: the facts; the shipped ones if None.
        behaviour: what is played, or its import path; the documented one if None.
        journal: ``keep`` (every entry), ``hash`` (only the trace hash), or an open text stream.
        guest_log_rows: how many rows of a guest's log are kept, at least 1.
        host_log_rows: how many rows of a host's log are kept, at least 1.
        other_keys: product keys of other kinds that guests know: retail, oem or volume by key text.
        clock: what a call from outside (a console's line, a program under test) does to the clock: ``settle``
            moves it as far as no attempt is pending, ``manual`` leaves it, a span such as ``200ms`` is how
            far each call moves it.

    Raises:
        InputError: one of these is not what it should be.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        start: str | dt.datetime | None = None,
        readings: Mapping[str, str] | Readings | None = None,
        facts: Facts | None = None,
        behaviour: Behaviour | str | None = None,
        journal: JournalChoice = "keep",
        guest_log_rows: int = 8,
        host_log_rows: int = 512,
        other_keys: Mapping[str, str] | None = None,
        clock: str | dt.timedelta = SETTLE,
    ) -> None:
        if type(seed) is not int or not 0 <= seed < 2**64:
            raise InputError(f"a seed is an integer from 0 to 2**64 - 1, not {seed!r}")
        for rows in (guest_log_rows, host_log_rows):
            if type(rows) is not int or rows < 1:
                raise InputError(f"a log keeps a whole number of rows, at least one, not {rows!r}")
        known = load_facts() if facts is None else facts
        played = find_behaviour(behaviour)
        start_us = DEFAULT_START_US if start is None else instant_us(start)
        if start_us > CLOCK_US_MAX:
            raise InputError(f"a lab starts before year 9000, not at {start}")
        settings = Settings(
            seed,
            start_us,
            choose_readings(known, readings),
            guest_log_rows,
            host_log_rows,
            other_keys_of(known, other_keys),
            call_span(clock),
        )
        self._header = Header(settings, known.digest, played.name)
        self.lock = threading.RLock()
        self._consoles = Consoles()
        self._world = World(known, played, choose_journal(journal, self._header), new_state(settings))

    @classmethod
    def generate(
        cls,
        hosts: int = 50,
        guests_per_host: int = 200,
        *,
        seed: int = 0,
        release: str = "ws2019",
        journal: JournalChoice = "keep",
    ) -> Lab:
        """Make a large lab with stable names: ``hv01``, ``hv02``... and ``hv01-vm001``...

        Args:
            hosts: how many hosts, all Datacenter and activated.
            guests_per_host: how many guests on each, off, each with its AVMA key; their releases
                are drawn from those that the host activates.
            seed: the lab's seed.
            release: release of the hosts.
            journal: as for `Lab`.

        Returns:
            The lab.
        """
        lab = cls(seed, journal=journal)
        fill(lab, hosts, guests_per_host, release)
        return lab

    @classmethod
    def continued(
        cls, header: Header, state: State, journal: Journal, behaviour: Behaviour, facts: Facts
    ) -> Self:
        """Go on with a lab that was kept.

        Args:
            header: its journal's header.
            state: the state that the journal leads to; the lab changes it from now on.
            journal: the journal, which goes on.
            behaviour: what is played, the header's.
            facts: the facts, the header's.

        Returns:
            The lab.
        """
        lab = object.__new__(cls)
        lab._header = header
        lab.lock = threading.RLock()
        lab._consoles = Consoles()
        lab._world = World(facts, behaviour, journal, state)
        return lab

    def explain(self, guest: str | GuestHandle) -> Explanation:
        """Explain why a guest's licence is as it is."""
        return explain(self.state, self.facts, self.guest(name_of(guest)).name)

    def report(
        self,
        *,
        stale_after: str | dt.timedelta = "1h",
        tenant: str | None = None,
        host: str | HostHandle = "",
    ) -> TrackingReport:
        """Report what hosts know of their guests by themselves; nothing looks into a guest.

        Args:
            stale_after: from what age on a reading is called stale.
            tenant: only this tenant's guests; None for all.
            host: only this host's guests and records; empty for all.

        Returns:
            The report. Its history is the whole trace's, or that of hosts' logs where no entries are kept.

        Raises:
            InputError: the span is none, or there is no such tenant or host.
        """
        with self.lock:
            entries = None if keeps_nothing(self._world.journal) else self.entries()
            stale_us = span_us(stale_after)
            return tracking_report(
                self.state, self.facts, entries, stale_us=stale_us, tenant=tenant, host=name_of(host)
            )

    @property
    def trace_hash(self) -> str:
        """The running SHA-256 of everything that happened, hex: the same for the same story."""
        return self._world.journal.trace_hash()

    def entries(self) -> list[Entry]:
        """Return all entries so far; raise JournalError where they are not kept."""
        return list(self._world.journal.entries())

    def journal_lines(self) -> Iterator[str]:
        """Yield the journal's canonical lines, the header first, without line ends."""
        yield self._header.line()
        for entry in self.entries():
            yield write_line(entry)

    @property
    def continues(self) -> str:
        """Trace hash of the lab that this one goes on from without its story; empty where it has it."""
        journal = self._world.journal
        return journal.after if isinstance(journal, HashJournal) else ""

    def snapshot(self) -> str:
        """Return the whole lab as text, from which `restore` makes one that goes on as this one would.

        The text is one line of JSON, ASCII, and the same for the same lab. Where entries are kept it holds
        them all; else the state, and the restored lab says in `continues` what it goes on from. Files that
        were written at consoles are not in it.
        """
        with self.lock:
            journal = self._world.journal
            kept = None if keeps_nothing(journal) else self.entries()
            return write_portable(self._header, self.state, journal.trace_hash(), kept)

    @classmethod
    def restore(
        cls, text: str, *, facts: Facts | None = None, behaviour: Behaviour | str | None = None
    ) -> Self:
        """Make a lab from a snapshot.

        Args:
            text: what `snapshot` returned.
            facts: the facts, those of the snapshot; what every lab gets if None.
            behaviour: what is played, that of the snapshot; what every lab gets if None. The text chooses
                no import.

        Returns:
            The lab.

        Raises:
            InputError: it is no text.
            JournalError: it is damaged, of another format, or of other facts or another behaviour.
        """
        found = read_portable(text)
        known, played = load_facts() if facts is None else facts, find_behaviour(behaviour)
        admit_header(found.header, known, played)
        journal = (
            HashJournal(found.header, found.trace_hash)
            if found.entries is None
            else KeepJournal(found.header, found.entries)
        )
        return cls.continued(found.header, found.state, journal, played, known)

    def at(self, when: int | str | dt.datetime) -> Past[Lab]:
        """Return the lab as it was, to look at; `fork` of what is returned goes on from there.

        Args:
            when: index of an entry, for just after it, or an instant, for the end of what happened by then.

        Returns:
            The past. Its fork begins at the end of that instant; inside an advance that is as if the advance
            had been to that instant, and inside any other call when the call is done.

        Raises:
            InputError: there is no such entry, or the instant is before the start or after now.
            JournalError: this lab keeps no entries.
        """
        with self.lock:
            entries = self.entries()
            count, at_us = place_of(when, entries, self.state.settings.start_us, self.state.now_us)
        world = self._world
        header, facts, behaviour = self._header, world.facts, world.behaviour

        def fork() -> Lab:
            other = world_at(header, entries, count, at_us, facts, behaviour)
            return Lab.continued(header, other.state, other.journal, behaviour, facts)

        return Past(header, tuple(entries[:count]), at_us, facts, fork, behaviour)

    def do(self, command: cmd.Command) -> Outcome:
        """Carry out a command that is a value already."""
        return self._do(command)

    def fork(self) -> Lab:
        """Return a lab that goes on apart from this one; a stream gets nothing from the fork."""
        other = object.__new__(type(self))
        other._header = self._header
        other.lock = threading.RLock()
        other._consoles = self._consoles.copy()
        other._world = self._world.fork()
        return other

    def branch(self, state: State, journal: Journal) -> Lab:
        """Return a lab that plays as this one does, from a state and with a journal of the caller's.

        Args:
            state: the state, which is nobody else's; not necessarily one that this lab's journal leads to.
            journal: where its entries go.

        Returns:
            The lab.
        """
        return Lab.continued(self._header, state, journal, self._world.behaviour, self.facts)
