"""Owns the journal: the one sequence of entries, its running trace hash, and the three modes.

Must not know how entries come to be; it takes them once a call, in order, and never gives one back changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol, TextIO

import attrs

from avma_sim.errors import JournalError
from avma_sim.sim.canonical import Entry, canonical_json, read_line, structure, unstructure, write_line
from avma_sim.sim.state import Settings

__all__ = [
    "FORMAT",
    "HashJournal",
    "Header",
    "Journal",
    "KeepJournal",
    "StreamJournal",
    "keeps_nothing",
    "read_journal",
]

FORMAT: Final = 1


@attrs.frozen
class Header:
    """The first line of a journal.

    Args:
        settings: what was chosen for the lab; part of the trace hash.
        facts: digest of the facts, hex; not part of it.
        behaviour: name of the behaviour; not part of it.
        format: number of the format.
    """

    settings: Settings
    facts: str = ""
    behaviour: str = ""
    format: int = FORMAT

    def line(self) -> str:
        """Return the header as a canonical line without its end."""
        return canonical_json(unstructure(self) | {"format": self.format})

    def start_hash(self) -> hashlib._Hash:
        """Return the running hash before the first entry: it covers format and settings."""
        plain = {"format": self.format, "settings": unstructure(self.settings)}
        return hashlib.sha256((canonical_json(plain) + "\n").encode("ascii"))


class Journal(Protocol):
    """The seam for durability: whoever takes a call's entries before the call returns."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Take the entries of one call, or a long advance's next few thousand."""

    def trace_hash(self) -> str:
        """Return the trace hash of all entries so far, hex."""

    def entries(self) -> Sequence[Entry]:
        """Return all entries; raise JournalError where they are not kept."""

    def fork(self) -> Journal:
        """Return a journal that goes on apart from this one."""


class HashJournal:
    """Keeps only the running hash.

    Args:
        header: the header.
        after: trace hash of a story whose entries are not here and which this journal goes on with; empty
            for a journal that has its whole story. Until something happens it is the trace hash, then the
            trace hash is that of the continuation alone: a running hash cannot be taken up again.
    """

    def __init__(self, header: Header, after: str = "") -> None:
        self.header = header
        self.after = after
        self._hash: hashlib._Hash | None = None

    def append(self, entries: Sequence[Entry]) -> None:
        """Add the entries' lines to the hash."""
        self._add(entries)

    def _add(self, entries: Iterable[Entry]) -> list[str]:
        lines = [write_line(entry) for entry in entries]
        if lines:
            self._running().update(("\n".join(lines) + "\n").encode("ascii"))
        return lines

    def _running(self) -> hashlib._Hash:
        if self._hash is None:
            self._hash = self.header.start_hash()
            if self.after:
                self._hash.update((canonical_json({"after": self.after}) + "\n").encode("ascii"))
        return self._hash

    def trace_hash(self) -> str:
        """Return the trace hash of all entries so far, hex."""
        if self._hash is None and self.after:
            return self.after
        return self._running().hexdigest()

    def entries(self) -> Sequence[Entry]:
        """Refuse: nothing is kept.

        Raises:
            JournalError: always.
        """
        raise JournalError("this lab keeps no entries; open it with journal='keep' or read its journal file")

    def fork(self) -> HashJournal:
        """Return a journal with the same hash so far."""
        other = HashJournal(self.header, self.after)
        other._hash = None if self._hash is None else self._hash.copy()
        return other


class KeepJournal(HashJournal):
    """Keeps every entry, and renders one only when its line is wanted.

    Args:
        header: the header.
        kept: entries to begin with.
    """

    def __init__(self, header: Header, kept: Sequence[Entry] = ()) -> None:
        super().__init__(header)
        self._kept = list(kept)
        self._hashed = 0

    def append(self, entries: Sequence[Entry]) -> None:
        """Keep the entries."""
        self._kept.extend(entries)

    def trace_hash(self) -> str:
        """Return the trace hash of all entries so far, hex."""
        self._add(self._kept[self._hashed :])
        self._hashed = len(self._kept)
        return super().trace_hash()

    def entries(self) -> Sequence[Entry]:
        """Return all entries."""
        return self._kept

    def fork(self) -> KeepJournal:
        """Return a journal that begins with the same entries, hashed as far as these are."""
        other = KeepJournal(self.header, self._kept)
        other._hashed = self._hashed
        other._hash = None if self._hash is None else self._hash.copy()
        return other


class StreamJournal(HashJournal):
    """Writes every line to a text stream as it comes, and keeps only the running hash.

    Args:
        header: the header, written first.
        stream: where lines go; the caller opens it (UTF-8, no newline translation) and closes it.
    """

    def __init__(self, header: Header, stream: TextIO) -> None:
        super().__init__(header)
        self._stream = stream
        stream.write(header.line() + "\n")

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the entries' lines and flush them."""
        for line in self._add(entries):
            self._stream.write(line + "\n")
        self._stream.flush()


def keeps_nothing(journal: Journal) -> bool:
    """Return whether a journal is one that keeps no entries.

    Args:
        journal: the journal.

    Returns:
        Whether asking it for entries can only be refused.
    """
    return isinstance(journal, HashJournal) and not isinstance(journal, KeepJournal)


def read_journal(lines: Iterable[str]) -> tuple[Header, Iterator[Entry]]:
    """Read a journal's lines.

    Args:
        lines: the header's line and the entries' lines.

    Returns:
        The header, and the entries as they are read.

    Raises:
        JournalError: the header is missing or of another format; a bad line, once it is reached.
    """
    source = iter(lines)
    first = next(source, None)
    if first is None:
        raise JournalError("the journal is empty: not even a header")
    try:
        plain = json.loads(first)
    except (ValueError, RecursionError) as error:
        raise JournalError(f"not a journal's header: {first[:200]!r}") from error
    found = plain.get("format") if isinstance(plain, dict) else None
    if found != FORMAT:
        raise JournalError(f"journal format {found!r} is not the one this version reads, {FORMAT}")
    return structure(plain, Header), (read_line(line) for line in source if line.strip())
