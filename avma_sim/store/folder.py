"""Owns the folder of a lab on disk: beginning it, opening it, committing a call, taking one back.

Must not know lab files nor commands; who calls holds the folder's lock.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

from avma_sim.errors import JournalError, StoreError
from avma_sim.sim.canonical import Entry, canonical_json, write_line
from avma_sim.sim.journal import Header
from avma_sim.sim.world import apply_entry, new_state
from avma_sim.store import durable
from avma_sim.store.blocks import (
    Block,
    committed_end,
    damaged,
    entry_of,
    is_command,
    read_blocks,
    read_header,
    whole_lines,
)
from avma_sim.store.journal import StoreJournal
from avma_sim.store.snapshot import BEFORE_BYTES, read_snapshot, write_snapshot

__all__ = ["TAIL_ENTRIES", "Folder", "Store"]

TAIL_ENTRIES: Final = 256  # so many at most are folded when a lab is opened

JOURNAL: Final = "journal.jsonl"
_SNAPSHOT: Final = "snapshot.json"
_UNDONE: Final = "undone.jsonl"
_DROPPED: Final = "dropped.jsonl"
_UNSERVED: Final = "unserved.jsonl"
_DIGEST: Final = "lab.sha256"


@attrs.frozen
class Folder:
    """The folder of a lab on disk.

    Args:
        path: the folder.
    """

    path: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.path / JOURNAL

    @property
    def snapshot(self) -> Path:
        """The snapshot's file."""
        return self.path / _SNAPSHOT

    @property
    def lock(self) -> Path:
        """The lock's file."""
        return self.path / "lock"

    @property
    def begun(self) -> bool:
        """Whether a lab was begun here: its journal is there, and with its first block."""
        return self.journal.exists()

    def digest(self) -> str:
        """Return the digest of the lab file that the lab was begun from; empty where that is not known."""
        try:
            return (self.path / _DIGEST).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def begin(self, header: Header, entries: Iterable[Entry], digest: str) -> None:
        """Write the journal of a new lab; it is there with its first block or not at all.

        Args:
            header: the header.
            entries: what the lab begins with, as one call that is never taken back.
            digest: digest of the lab file.
        """
        durable.remove(self.snapshot)
        durable.replace(self.path / ".gitignore", b"*\n")
        durable.replace(self.path / _DIGEST, f"{digest}\n".encode("ascii"))
        lines = [header.line(), *map(write_line, entries)]
        durable.replace(self.journal, "".join(f"{line}\n" for line in [*lines, ""]).encode("ascii"))

    def reset(self) -> None:
        """Put the journal aside, so that the next use begins anew from the lab file."""
        durable.remove(self.snapshot)
        if self.begun:
            self.journal.replace(self.path / f"before-reset.{JOURNAL}")
        durable.remove(self.path / _UNDONE)
        durable.remove(self.path / _UNSERVED)

    def undo(self) -> tuple[Entry, ...]:
        """Take back the last call, keeping its lines in ``undone.jsonl``.

        Returns:
            Its commands; none where no call has been made.

        Raises:
            JournalError: the call's lines are damaged.
        """
        _, first = read_header(self.journal)
        blocks = read_blocks(self.journal, first, _cut_to_committed(self.journal))
        calls = [block for block in blocks[1:] if any(map(is_command, block.lines))]
        if not calls:
            return ()
        last = calls[-1]
        commands = tuple(
            entry_of(self.journal, last, at) for at, line in enumerate(last.lines) if is_command(line)
        )
        found = _place_of(self.snapshot)
        if found is None or found > last.start:
            durable.remove(self.snapshot)
        with self.journal.open("r+b") as stream:
            stream.seek(last.start)
            _append(self.path / _UNDONE, stream.read())
            durable.cut(stream.fileno(), last.start)
        return commands

    def note_unserved(self, rows: Iterable[dict[str, object]]) -> None:
        """Write down what a program asked for and the lab does not serve; no part of the journal.

        Args:
            rows: plain values, each with a ``program``.
        """
        lines = [f"{canonical_json(row)}\n" for row in rows]
        if lines:
            _append(self.path / _UNSERVED, "".join(lines).encode("ascii"))

    def unserved(self) -> Counter[str]:
        """Return how often each program was asked for that the lab does not serve."""
        try:
            lines = (self.path / _UNSERVED).read_text("ascii", "replace").splitlines()
        except FileNotFoundError:
            return Counter()
        found: Counter[str] = Counter()
        for line in lines:
            try:
                found[json.loads(line)["program"]] += 1
            except (ValueError, LookupError, TypeError):
                continue  # a torn line: it counts for nothing that is decided
        return found


class Store:
    """A lab that is open: its state and its journal.

    Args:
        folder: its folder, in which a lab was begun.

    Attributes:
        header: the journal's header.
        state: the state after the last committed call; whoever plays on changes it.
        journal: the journal that goes on.
        dropped: what was found damaged at the journal's end and dropped, in words; empty for nothing.
        refolded: how many entries were folded on opening.
        bytes_read: how many bytes of journal and snapshot were read on opening.

    Raises:
        JournalError: the journal is damaged, with the line and what to do.
        StoreError: no lab was begun here.
    """

    def __init__(self, folder: Folder) -> None:
        if not folder.begun:
            raise StoreError(f"{folder.path}: no lab was begun here")
        self.folder = folder
        self.header, first = read_header(folder.journal)
        self.dropped = ""
        end = _cut_to_committed(folder.journal)
        kept = read_snapshot(folder.snapshot, self.header, folder.journal)
        start = first if kept is None else kept.offset
        blocks = read_blocks(folder.journal, start, end)
        self.bytes_read = first + end - start + (0 if kept is None else kept.size)
        self._drop_torn(blocks, least=1 if kept is None else 0)
        self.state = new_state(self.header.settings) if kept is None else kept.state
        self.refolded = self._fold(blocks)
        self.journal = StoreJournal(self.header, folder.journal, first)
        self._since = self.refolded
        self._keep()

    def _drop_torn(self, blocks: list[Block], least: int) -> None:
        """Drop a last block that is no JSON: a power cut can leave a file longer than what was written."""
        if len(blocks) <= least or whole_lines(blocks[-1]):
            return
        torn = blocks.pop()
        data = b"".join(line + b"\n" for line in torn.lines)
        _append(self.folder.path / _DROPPED, data)
        with self.folder.journal.open("r+b") as stream:
            durable.cut(stream.fileno(), torn.start)
        self.dropped = (
            f"{self.folder.journal}: the last call was damaged and is dropped "
            f"({len(data)} bytes, kept in {_DROPPED})"
        )

    def _fold(self, blocks: Iterable[Block]) -> int:
        count = 0
        for block in blocks:
            for at in range(len(block.lines)):
                entry = entry_of(self.folder.journal, block, at)
                try:
                    apply_entry(self.state, entry)
                except JournalError as error:
                    raise damaged(self.folder.journal, block, at, error) from error
                count += 1
        return count

    def commit(self) -> None:
        """Return only when the present call is on the disk for good."""
        self._since += len(self.journal.call)
        self.journal.commit()
        self._keep()

    def _keep(self) -> None:
        """Write a snapshot where opening would else have to fold too many entries."""
        if self._since < TAIL_ENTRIES:
            return
        with self.journal.path.open("rb") as stream:
            stream.seek(max(0, self.journal.end - BEFORE_BYTES))
            before = stream.read(min(self.journal.end, BEFORE_BYTES))
        # The call is on the disk; where there is no room for a snapshot, opening takes longer, and no more.
        with contextlib.suppress(OSError):
            write_snapshot(self.folder.snapshot, self.header, self.state, self.journal.end, before)
        self._since = 0

    def close(self) -> None:
        """Take back what was not committed, and close the journal."""
        self.journal.close()


def _cut_to_committed(path: Path) -> int:
    """Cut off whatever follows the last empty line: a call that was never acknowledged."""
    end = committed_end(path)
    if not end:
        raise JournalError(f"{path}:1: no block is whole; begin anew with 'avma-sim reset' and the lab file")
    with path.open("r+b") as stream:
        if stream.seek(0, 2) > end:
            durable.cut(stream.fileno(), end)
    return end


def _place_of(snapshot: Path) -> int | None:
    """Return the journal's place that a snapshot says it stands at; None where it says none."""
    try:
        with snapshot.open("rb") as stream:
            place = json.loads(stream.readline())["offset"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return place if type(place) is int else None


def _append(path: Path, data: bytes) -> None:
    with path.open("ab", buffering=0) as stream:
        durable.write(stream.fileno(), data)
        durable.sync(stream.fileno())
