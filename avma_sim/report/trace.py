"""Owns the timeline of a trace: what each entry says, in order, and as lines of 80 columns.

Must not know how commands are spelt: whoever asks hands in their words.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from avma_sim.errors import harmless
from avma_sim.model.commands import COMMANDS
from avma_sim.report.trace_concern import Concern, concern_of
from avma_sim.report.trace_plain import kind_text, when
from avma_sim.report.trace_words import TOLD, event_text
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import apply_entry, new_state

__all__ = ["Told", "Words", "calls_of", "tell", "timeline", "wrapped"]

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
        kind: its type in words, such as ``licence granted``.
        text: what it says, on one line.
    """

    n: int
    at_us: int
    command: bool
    kind: str
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
            # What names nobody, such as a refusal, concerns those whom its command did; of an event that is
            # new here nobody knows that, so it is shown rather than lost.
            if found == Concern():
                new = not command and type(what) not in TOLD
                found = Concern(everybody=True) if new and concern == Concern() else concern
            state.now_us = max(state.now_us, entry.t)  # what is told is told at the entry's instant
            if not guest or found.has(state, guest):
                text = harmless(words(state, call)) if command else event_text(state, what)
                yield Told(entry.n, entry.t, command, kind_text(what), text)
            apply_entry(state, entry)


def timeline(told: Sequence[Told], most: int | None = None) -> list[str]:
    """Write told entries as lines: an instant, then below it its entries by index, `>` before a command.

    Args:
        told: the entries.
        most: of more entries than this only the first and the last are written, and what is left out between
            them is counted; all if None.

    Returns:
        Lines of 80 columns at most, unless a single word is longer.
    """
    if most is None or len(told) <= most:
        return _lines(told, told)
    first = (most + 1) // 2
    last = len(told) - most // 2
    left = told[first:last]
    kinds = Counter(one.kind for one in left).most_common()
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds)
    span = f"from {when(left[0].at_us)} to {when(left[-1].at_us)}"
    said = f"... {len(left)} entries are left out here, {left[0].n} to {left[-1].n}, {span}: {counted}"
    return [*_lines(told[:first], told), "", *wrapped(said, "    "), "", *_lines(told[last:], told)]


def wrapped(text: str, deeper: str, first: str = "") -> list[str]:
    """Break a text into lines of 80 columns.

    Args:
        text: the text.
        deeper: what each line after the first begins with.
        first: what the first line begins with.

    Returns:
        The lines; words stay whole.
    """
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=deeper,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _lines(told: Sequence[Told], among: Sequence[Told]) -> list[str]:
    """Write entries, in columns that are those of all among which they stand."""
    digits = max((len(str(one.n)) for one in among), default=0)
    lines: list[str] = []
    now: int | None = None
    for one in told:
        if one.at_us != now:
            now = one.at_us
            lines.append(when(now))
        head = f"  {one.n:>{digits}} {'>' if one.command else ' '} "
        lines += wrapped(one.text, " " * (len(head) + 2), head) or [head.rstrip()]
    return lines
