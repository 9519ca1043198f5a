"""Owns telling a person at a terminal how far a run has come.

Must not print anything where there is no terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

__all__ = ["counted", "tell", "with_progress"]


_One = TypeVar("_One")


def with_progress(files: Sequence[str]) -> Iterator[str]:
    """Yield files one by one, with a bar on standard error that is gone at the end.

    Args:
        files: the files.

    Yields:
        Each file.
    """
    yield from counted(files, len(files))


def counted(things: Iterable[_One], total: int) -> Iterator[_One]:
    """Yield things one by one, with a bar on standard error that is gone at the end.

    Args:
        things: the things, as they come.
        total: how many there will be.

    Yields:
        Each thing.
    """
    if total < 2 or sys.stderr is None or not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import track

    shown = track(things, "running", total=total, console=Console(stderr=True), transient=True)
    yield from shown


def tell(text: str) -> None:
    """Print a line on standard error at once, above the bar where there is one.

    Args:
        text: the line or lines, without the last line feed.
    """
    if sys.stderr is not None:
        # Not `click.echo`: it goes past the bar, into the bar's own line.
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
