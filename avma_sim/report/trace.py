"""Owns the timeline of a trace: what each entry says, in order, and as lines of 80 columns.

Must not know how commands are spelt: whoever asks hands in their words.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from avma_sim.errors import harmless
from avma_sim.model.commands import COMMANDS
from avma_sim.report.trace_words import Concern, concern_of, event_text, when
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import apply_entry, new_state

__all__ = ["Told", "Words", "calls_of", "tell", "timeline"]

# Spells a call's command as a person writes it: the state before it, and the call's entries.
Words = Callable[[State, Sequence[Entry]], str]
_WIDTH: Final = 80


@attrs.frozen
class Told:
    """One entry, told.

    Args:
        n: its index.
        at_us: its instant, microseconds since the Unix epoch.
        command: whether it is a command.
        text: what it says, on one line.
    """

    n: int
    at_us: int
    command: bool
    text: str


def calls_of(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Split a journal into calls: a command and what followed.

    Args:
        entries: the entries, in order.

    Yields:
        The entries of one call.
    """
    start = 0
    for at, entry in enumerate(entries):
        if isinstance(entry.what, COMMANDS) and at > start:
            yield entries[start:at]
            start = at
    if entries:
        yield entries[start:]


def tell(settings: Settings, entries: Sequence[Entry], words: Words, guest: str = "") -> Iterator[Told]:
    """Tell a journal's entries.

    Args:
        settings: what was chosen for the lab.
        entries: its entries, from the first.
        words: spells a call's command.
        guest: tell only what concerns this guest; everything if empty.

    Yields:
        The entries, told.

    Raises:
        JournalError: the entries do not follow each other.
    """
    state = new_state(settings)
    for call in calls_of(entries):
        concern = Concern()
        for entry in call:
            what = entry.what
            command = isinstance(what, COMMANDS)
            found = concern_of(state, what)
            if command:
                concern = found
            # What names nobody, such as a refusal, concerns those whom its command did.
            if found == Concern():
                found = concern
            state.now_us = max(state.now_us, entry.t)  # what is told is told at the entry's instant
            if not guest or found.has(state, guest):
                text = harmless(words(state, call)) if command else event_text(state, what)
                yield Told(entry.n, entry.t, command, text)
            apply_entry(state, entry)


def timeline(told: Sequence[Told]) -> list[str]:
    """Write told entries as lines: the instant, the entry's index, and `>` before a command.

    Args:
        told: the entries.

    Returns:
        Lines of 80 columns at most, unless a single word is longer.
    """
    wide = max((len(when(one.at_us)) for one in told), default=0)
    digits = max((len(str(one.n)) for one in told), default=0)
    lines = []
    for one in told:
        head = f"{when(one.at_us):<{wide}} {one.n:>{digits}} {'>' if one.command else ' '} "
        lines += textwrap.wrap(
            one.text,
            _WIDTH,
            initial_indent=head,
            subsequent_indent=" " * (len(head) + 2),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [head.rstrip()]
    return lines
