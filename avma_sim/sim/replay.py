"""Owns going through a journal once more: refolding its events, carrying out its commands, going on within.

Must not decide: a refold reads events as facts, a re-run asks a world.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from avma_sim.errors import InputError, JournalError
from avma_sim.facts.tables import Facts
from avma_sim.model.commands import Advance, Command
from avma_sim.model.release import KEY_FORM, OTHER_CHANNELS
from avma_sim.sim.behaviour import DOCUMENTED_NAME, Behaviour, find_behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import World, apply_entry, new_state

__all__ = ["admit_header", "new_world", "refold", "rerun", "world_at"]


def new_world(settings: Settings, facts: Facts, behaviour: Behaviour) -> World:
    """Make an empty world that keeps its journal.

    Args:
        settings: what is chosen for the lab.
        facts: the facts.
        behaviour: what is played.

    Returns:
        The world at entry 0.
    """
    journal = KeepJournal(Header(settings, facts.digest, behaviour.name))
    return World(facts, behaviour, journal, new_state(settings))


def refold(header: Header, entries: Iterable[Entry]) -> State:
    """Fold a journal's entries into the state that they lead to.

    Args:
        header: the journal's header.
        entries: its entries, from the first.

    Returns:
        The state after the last of them.

    Raises:
        JournalError: an entry does not follow or does not fit.
    """
    state = new_state(header.settings)
    for entry in entries:
        apply_entry(state, entry)
    return state


def rerun(
    header: Header, entries: Iterable[Entry], facts: Facts, behaviour: Behaviour | None = None
) -> World:
    """Carry out a journal's commands anew.

    Args:
        header: the journal's header.
        entries: its entries; only the commands are read.
        facts: the facts; of the same digest, if the same events are to follow.
        behaviour: what is played; the documented one if None.

    Returns:
        The world after the last command; with the same facts and behaviour its entries are the same.

    Raises:
        JournalError: a command of the journal is not accepted, the header's settings are not, or it
            names a behaviour that was not handed in: a file does not choose what is imported.
    """
    if behaviour is None and header.behaviour not in ("", DOCUMENTED_NAME):
        raise JournalError(
            f"the journal was played by {header.behaviour!r}; hand that in as behaviour to play it again"
        )
    _admit_settings(header.settings, facts)
    played = behaviour or find_behaviour(DOCUMENTED_NAME)
    world = new_world(header.settings, facts, played)
    for entry in entries:
        if entry.by is None:
            try:
                world.do(cast("Command", entry.what))
            except InputError as error:
                raise JournalError(f"entry {entry.n}: the command is not accepted: {error}") from error
    return world


def world_at(
    header: Header, entries: Sequence[Entry], count: int, at_us: int, facts: Facts, behaviour: Behaviour
) -> World:
    """Return a world that goes on from within a journal, with a journal of its own that can be re-run.

    It begins at the end of an instant of a call, never inside one: what an instant holds follows from how it
    begins. Where the call goes on beyond that instant, which only an advance does, it is cut: the
    world's journal has an advance to that instant in its place.

    Args:
        header: the journal's header.
        entries: its entries, from the first.
        count: how many of them are to have happened.
        at_us: the instant: not before the last of those, and before the next that is later.
        facts: the facts.
        behaviour: what is played.

    Returns:
        The world, which keeps its journal.

    Raises:
        JournalError: an entry does not follow or does not fit.
    """
    end = next((n for n in range(count, len(entries)) if entries[n].by is None), len(entries))
    cut = end > count and entries[end - 1].t > at_us
    if cut:
        end = max(n for n in range(count) if entries[n].by is None)
    kept = entries[:end]
    world = World(facts, behaviour, KeepJournal(header, kept), refold(header, kept))
    if cut:
        world.do(Advance(at_us))
    return world


def admit_header(header: Header, facts: Facts, behaviour: Behaviour) -> None:
    """Hold what was put away against the facts and the behaviour with which it is to go on.

    Args:
        header: its header.
        facts: the facts.
        behaviour: what is played.

    Raises:
        JournalError: it was played with others, or a lab cannot be made with its settings.
    """
    named = header.behaviour or DOCUMENTED_NAME
    if named != behaviour.name:
        raise JournalError(
            f"this lab was played by {named!r}, not by {behaviour.name!r}; hand that in as behaviour"
        )
    if header.facts != facts.digest:
        raise JournalError(
            f"this lab was played with other facts ({header.facts[:12]}) than these ({facts.digest[:12]}); "
            "hand those in as facts, or use the version of avma-sim that has them"
        )
    _admit_settings(header.settings, facts)


def _admit_settings(settings: Settings, facts: Facts) -> None:
    """Hold what a header says against what a lab can be made of."""
    for name, values in facts.readings.items():
        chosen = getattr(settings.readings, name)
        if chosen not in values:
            raise JournalError(f"the header's reading {name} = {chosen!r} is none of {', '.join(values)}")
    if settings.call_us is not None and settings.call_us < 0:
        raise JournalError(f"the header's call_us {settings.call_us} is below 0")
    for key, channel in settings.other_keys:
        if not KEY_FORM.fullmatch(key) or key in facts.keys or channel not in OTHER_CHANNELS:
            raise JournalError(f"the header's other key {key!r} ({channel!r}) is not one")
