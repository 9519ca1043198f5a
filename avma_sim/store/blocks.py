"""Owns the journal's file on the disk: its header, its blocks of one call each, and the last whole one.

Must not know a state. A block is the lines of one call and the empty line that commits it; what follows the
last empty line was never acknowledged.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import attrs

from avma_sim.errors import JournalError
from avma_sim.sim.canonical import Entry, read_line
from avma_sim.sim.journal import Header, read_journal

__all__ = [
    "END",
    "Block",
    "committed_end",
    "damaged",
    "entry_of",
    "is_command",
    "read_blocks",
    "read_header",
    "whole_lines",
]

END: Final = b"\n\n"  # a line's end, and the empty line
_LINE_END: Final = 0x0A
_STEP: Final = 1 << 16


@attrs.frozen
class Block:
    """The lines of one call.

    Args:
        start: where it begins in the file, in bytes.
        lines: its lines, without their ends and without the empty one.
    """

    start: int
    lines: tuple[bytes, ...]


def read_header(path: Path) -> tuple[Header, int]:
    """Read a journal's header.

    Args:
        path: the journal's file.

    Returns:
        The header, and how many bytes its line has.

    Raises:
        JournalError: it has none.
    """
    with path.open("rb") as stream:
        line = stream.readline()
    try:
        header, _ = read_journal([line.decode("ascii")])
    except (JournalError, UnicodeDecodeError) as error:
        raise JournalError(f"{path}:1: {error}; {_OR_RESET}") from error
    return header, len(line)


def committed_end(path: Path) -> int:
    """Return where the last committed block ends, looking from the file's end.

    Args:
        path: the journal's file.

    Returns:
        How many bytes are committed; 0 where nothing is.
    """
    with path.open("rb") as stream:
        stop = stream.seek(0, os.SEEK_END)
        while stop > 0:
            start = max(0, stop - _STEP)
            stream.seek(start)
            found = stream.read(stop - start).rfind(END)
            if found >= 0:
                return start + found + len(END)
            # The next piece takes a byte of this one along: an end may lie across both.
            stop = start + 1 if start else 0
    return 0


def read_blocks(path: Path, start: int, end: int) -> list[Block]:
    """Read committed blocks.

    Args:
        path: the journal's file.
        start: where a block begins; the first one follows the header.
        end: where a block ends.

    Returns:
        The blocks in order.
    """
    with path.open("rb") as stream:
        stream.seek(start)
        data = stream.read(end - start)
    blocks = []
    at = 0
    while at < len(data):
        # A lab of nothing begins with a block of nothing, and a call that is under way has no end yet.
        stop = at if data[at] == _LINE_END else data.find(END, at) + 1 or len(data)
        blocks.append(Block(start + at, tuple(data[at:stop].split(b"\n")[:-1])))
        at = stop + 1
    return blocks


def is_command(line: bytes) -> bool:
    """Return whether a canonical line holds a command."""
    return line.startswith(b'{"by":null,')


def whole_lines(block: Block) -> bool:
    """Return whether every line of a block is JSON at all: what a torn write leaves is not."""
    try:
        for line in block.lines:
            json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        return False
    return True


def entry_of(path: Path, block: Block, at: int) -> Entry:
    """Read one line of a block.

    Args:
        path: the journal's file, for the message.
        block: the block.
        at: which of its lines.

    Returns:
        The entry.

    Raises:
        JournalError: it is not one, with its line's number and what to do.
    """
    try:
        return read_line(block.lines[at].decode("ascii"))
    except (JournalError, UnicodeDecodeError) as error:
        raise damaged(path, block, at, error) from error


def damaged(path: Path, block: Block, at: int, error: Exception) -> JournalError:
    """Return the error of a journal that is damaged before its last block.

    Args:
        path: the journal's file.
        block: the block.
        at: which of its lines.
        error: what is wrong.

    Returns:
        The error: where, what, what to do.
    """
    with path.open("rb") as stream:
        before = stream.read(block.start).count(b"\n")
    return JournalError(
        f"{path}:{before + at + 1}: {error}; lines 1 to {before} are whole: "
        f"keep only those and open it again, or {_OR_RESET}"
    )


_OR_RESET: Final = "begin anew with 'avma-sim reset' and the lab file"
