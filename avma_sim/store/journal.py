"""Owns the journal that is on the disk: each call appended, then committed by an empty line.

Must not know a state, nor decide when a call ends: whoever opened it commits.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from avma_sim.errors import JournalError
from avma_sim.sim.canonical import Entry, write_line
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.store import durable
from avma_sim.store.blocks import entry_of, read_blocks

__all__ = ["StoreJournal"]


class StoreJournal:
    """Appends to a journal's file; `Journal` describes its methods.

    Args:
        header: the header, which the file has already.
        path: the file; nothing follows its last committed block.
        first: where the first block begins, in bytes.
    """

    def __init__(self, header: Header, path: Path, first: int) -> None:
        self.header = header
        self.path = path
        self.first = first
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
        self.end = os.fstat(self._descriptor).st_size
        self.call: list[Entry] = []  # entries that are not committed
        self._broken = ""
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the lines of a call, or of the next piece of one.

        Args:
            entries: the entries.

        Raises:
            JournalError: an earlier write has failed, so the file lacks what came before.
        """
        if self._broken:
            raise JournalError(f"{self.path}: {self._broken}; open the lab again")
        data = "".join(f"{write_line(entry)}\n" for entry in entries).encode("ascii")
        self._change(data)
        self.call += entries

    def commit(self) -> None:
        """Return only when the call's lines are on the disk for good; nothing to commit is no call."""
        if not self.call:
            return
        self._change(b"\n")
        durable.sync(self._descriptor)
        self.end = os.fstat(self._descriptor).st_size
        self.call = []

    def _change(self, data: bytes) -> None:
        try:
            durable.write(self._descriptor, data)
        except BaseException as error:
            self._broken = f"it could not be written ({error})"
            if isinstance(error, OSError) and error.filename is None:
                error.filename = os.fspath(self.path)  # a descriptor has no name of its own
            raise

    def close(self) -> None:
        """Take back what was not committed, and close the file."""
        try:
            if self.call or self._broken:
                durable.cut(self._descriptor, self.end)
        finally:
            os.close(self._descriptor)
            self._closed = True

    def trace_hash(self) -> str:
        """Return the trace hash of all entries so far, hex: the file is read for it."""
        running = self.header.start_hash()
        with self.path.open("rb") as stream:
            stream.seek(self.first)
            for line in stream:
                if line != b"\n":
                    running.update(line)
        return running.hexdigest()

    def entries(self) -> list[Entry]:
        """Return all entries so far: the file is read for them.

        Raises:
            JournalError: a line is damaged, with its number and what to do.
        """
        path = self.path
        blocks = read_blocks(path, self.first, self.end if self._closed else path.stat().st_size)
        return [entry_of(path, block, at) for block in blocks for at in range(len(block.lines))]

    def fork(self) -> KeepJournal:
        """Return a journal in memory that begins with the same entries; the disk gets nothing of it."""
        return KeepJournal(self.header, self.entries())
