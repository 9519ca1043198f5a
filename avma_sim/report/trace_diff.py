"""Owns the comparison of two traces: the first entry at which they part, and what stands around it.

Must not judge which of the two is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from avma_sim.errors import harmless
from avma_sim.report.trace import Told, Words, tell, timeline, wrapped
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings

__all__ = ["Difference", "Side", "compare", "diff_document", "diff_lines", "side"]

AROUND: Final = 3
_FIELDS_MAX: Final = 12
_VALUE_MAX: Final = 48


@attrs.frozen
class Side:
    """One of two traces.

    Args:
        file: the file it came from.
        settings: what was chosen for its lab.
        entries: its entries.
        told: the same entries, told.
    """

    file: str
    settings: Settings
    entries: Sequence[Entry]
    told: Sequence[Told]


@attrs.frozen
class Difference:
    """Where two traces part.

    Args:
        a: the first.
        b: the second.
        at: index of the first entry that is not the same in both; None where they tell the same.
        story: whether only what is told was compared.
    """

    a: Side
    b: Side
    at: int | None
    story: bool

    @property
    def same(self) -> bool:
        """Whether they tell the same."""
        return self.at is None

    @property
    def ended(self) -> str:
        """Which of them has ended where they part, ``a`` or ``b``; empty for none."""
        if self.at is None:
            return ""
        return "a" if self.at == len(self.a.entries) else "b" if self.at == len(self.b.entries) else ""


def side(file: str, settings: Settings, entries: Sequence[Entry], words: Words) -> Side:
    """Make one side of a comparison.

    Args:
        file: the file it came from.
        settings: what was chosen for its lab.
        entries: its entries, from the first.
        words: spells a call's command.

    Returns:
        The side.

    Raises:
        JournalError: the entries do not follow each other.
    """
    return Side(file, settings, entries, tuple(tell(settings, entries, words)))


def compare(a: Side, b: Side, *, story: bool = False) -> Difference:
    """Find the first entry at which two traces part.

    Args:
        a: the first.
        b: the second.
        story: compare only what is told, and when; else every field of every entry.

    Returns:
        The difference.
    """
    pairs: Iterator[tuple[Any, Any]]
    pairs = zip(a.told, b.told, strict=False) if story else zip(a.entries, b.entries, strict=False)
    at = next((place for place, (one, other) in enumerate(pairs) if one != other), None)
    if at is None and len(a.entries) != len(b.entries):
        at = min(len(a.entries), len(b.entries))
    return Difference(a, b, at, story)


def diff_lines(found: Difference) -> list[str]:
    """Tell a difference as lines.

    Args:
        found: the difference.

    Returns:
        The lines.
    """
    lines = [f"{name}: {_side_text(one)}" for name, one in (("A", found.a), ("B", found.b))]
    lines += [f"settings of A and of B: {line}" for line in _differing(found.a.settings, found.b.settings)]
    if found.at is None:
        return [*lines, "The same story." if found.story else "The same story, entry by entry."]
    at, ended = found.at, found.ended
    same_before, of_a = _around(found.a.told, at)
    of_b = _around(found.b.told, at)[1]
    if same_before:
        lines += ["", "The same in both:", *timeline(same_before)]
    lines.append("")
    if ended:
        goes_on = "B" if ended == "a" else "A"
        lines.append(f"{ended.upper()} ends before entry {at}; {goes_on} goes on.")
    else:
        lines.append(f"They part at entry {at}.")
        if found.a.told[at] == found.b.told[at]:
            lines.append("Both tell the same there; what differs, of A and of B:")
            lines += [
                row
                for line in _fields_of(found.a.entries[at], found.b.entries[at])
                for row in wrapped(line, "      ", "  ")
            ]
    for name, after in (("A", of_a), ("B", of_b)):
        lines += ["", f"{name}:", *(timeline(after) or ["(its end)"])]
    return lines


def diff_document(found: Difference) -> dict[str, Any]:
    """Return a difference as plain values.

    Args:
        found: the difference.

    Returns:
        A document of format 1.
    """
    at = found.at
    differs: list[str] = []
    if at is not None and not found.ended:
        differs = _fields_of(found.a.entries[at], found.b.entries[at])
    return {
        "format": 1,
        "same": found.same,
        "story": found.story,
        "at": at,
        "ended": found.ended or None,
        "settings": _differing(found.a.settings, found.b.settings),
        "fields": differs,
        "a": _side_document(found.a, at),
        "b": _side_document(found.b, at),
    }


def _around(told: Sequence[Told], at: int) -> tuple[Sequence[Told], Sequence[Told]]:
    """Return what is told before a place, and from it on: the entry itself and three more."""
    return told[max(0, at - AROUND) : at], told[at : at + AROUND + 1]


def _side_text(one: Side) -> str:
    return f"{harmless(one.file)}, seed {one.settings.seed}, {len(one.entries)} entries"


def _side_document(one: Side, at: int | None) -> dict[str, Any]:
    before, after = ((), ()) if at is None else _around(one.told, at)
    return {
        "file": one.file,
        "seed": one.settings.seed,
        "entries": len(one.entries),
        "before": [attrs.asdict(row) for row in before],
        "after": [attrs.asdict(row) for row in after],
    }


def _fields_of(one: Entry, other: Entry) -> list[str]:
    """Return the fields in which two entries differ."""
    return _differing(
        *({"t": entry.t, "by": entry.by, type(entry.what).__name__: entry.what} for entry in (one, other))
    )


def _differing(one: Any, other: Any) -> list[str]:
    pairs = dict(_flat(one)), dict(_flat(other))
    names = [name for name in {**pairs[0], **pairs[1]} if pairs[0].get(name) != pairs[1].get(name)]
    lines = [f"{name}: {_short(pairs[0].get(name))} | {_short(pairs[1].get(name))}" for name in names]
    left = len(lines) - _FIELDS_MAX
    return lines if left <= 0 else [*lines[:_FIELDS_MAX], f"... {left} more"]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk a value down to what is plain; bytes are written as hex."""
    if attrs.has(type(value)):
        value = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _flat(below, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for at, below in enumerate(value):
            yield from _flat(below, f"{path}[{at}]")
    else:
        yield path, value.hex() if isinstance(value, bytes) else value


def _short(value: Any) -> str:
    if value is None:
        return "-"
    text = harmless(str(value))
    return text if len(text) <= _VALUE_MAX else f"{text[: _VALUE_MAX - 3]}..."
