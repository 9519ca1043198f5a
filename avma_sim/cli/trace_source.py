"""Owns getting a trace from a file: a scenario is played, a lab's journal and a journal's file are read.

Must not write anything, nor tell a trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from avma_sim.cli.looked_at import Story, played_story
from avma_sim.errors import InputError, JournalError

if TYPE_CHECKING:
    from avma_sim.sim.canonical import Entry
    from avma_sim.sim.journal import Header

__all__ = ["load_trace"]


def load_trace(file: str, seed: int | None = None) -> Story:
    """Get the trace of a file.

    Args:
        file: a scenario file, a lab file, or a journal (``*.jsonl``).
        seed: the seed of a scenario; the file's first if None.

    Returns:
        The trace.

    Raises:
        InputError: the file is invalid.
        JournalError: the journal is damaged, with file and line.
        click.UsageError: a seed was given for what has happened already.
    """
    from avma_sim.scenario.labfile import folder_of
    from avma_sim.store.folder import Folder

    if Path(file).suffix == ".jsonl":
        journal = Path(file)
    else:
        story = played_story(file, seed)
        if story is not None:
            return story
        journal = Folder(folder_of(file)).journal
    if seed is not None:
        raise click.UsageError(f"--seed is for scenarios; what {journal} tells has happened already")
    return _of_journal(journal)


def _of_journal(path: Path) -> Story:
    """Read a journal in one go, without a lock: lines of it change only where a call was never committed."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    lines = data.split(b"\n")
    # Only labs on disk have empty lines; what follows the last of them was never acknowledged.
    end = data.rfind(b"\n\n")
    if end >= 0 and end + 2 < len(data):
        lines = data[:end].split(b"\n")
        click.echo(
            f"{path}:{len(lines) + 2}: from here on a call was not committed; it is left out", err=True
        )
    header, entries = _read(path, lines)
    return Story(header.settings, entries)


def _read(path: Path, lines: Sequence[bytes]) -> tuple[Header, list[Entry]]:
    """Read lines and fold them, so that whatever is wrong is told with its line."""
    from avma_sim.model.duration import CLOCK_US_MAX
    from avma_sim.sim.journal import read_journal
    from avma_sim.sim.world import apply_entry, new_state

    number = 0

    def numbered() -> Iterator[str]:
        nonlocal number
        for number, line in enumerate(lines, 1):  # noqa: B007 - told where reading it fails
            yield line.decode("ascii")

    found: list[Entry] = []
    try:
        header, entries = read_journal(numbered())
        if not 0 <= header.settings.start_us <= CLOCK_US_MAX:
            raise JournalError(f"its clock starts at {header.settings.start_us}, which no calendar has")
        state = new_state(header.settings)
        for entry in entries:
            if entry.t > CLOCK_US_MAX:
                raise JournalError(f"entry {entry.n} is at {entry.t}, which no calendar has")
            apply_entry(state, entry)
            found.append(entry)
    except (JournalError, UnicodeDecodeError) as error:
        said = "no text of a journal" if isinstance(error, UnicodeDecodeError) else str(error)
        raise JournalError(
            f"{path}:{number}: {said}; lines 1 to {number - 1} are whole"
            if number > 1
            else f"{path}:1: {said}; a journal is what StreamJournal or a lab on disk writes"
        ) from error
    return header, found
