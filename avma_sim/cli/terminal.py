"""Owns how text reaches a terminal, and plainly whoever reads where there is none.

Must not know what is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

__all__ = ["STATUS_STYLES", "console", "plain_table", "show", "status_text"]

# Piped output has no width of its own; this is about what a log shows in a line.
_PLAIN_WIDTH: Final = 140
# How sure a fact is, in colours.
STATUS_STYLES: Final = {"documented": "green", "observed": "cyan", "modelled": "yellow"}


def status_text(status: str) -> Text:
    """Return a status in its colour.

    Args:
        status: ``documented``, ``observed`` or ``modelled``.

    Returns:
        The text.
    """
    from rich.text import Text

    return Text(status, STATUS_STYLES[status])


def plain_table(headers: Sequence[str], numbers: Sequence[str] = (), words: Sequence[str] = ()) -> Table:
    """Return an empty table in the house's style.

    Args:
        headers: the columns' headers.
        numbers: those of columns that stand to the right.
        words: those of columns that are never broken.

    Returns:
        The table.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(
            header,
            justify="right" if header in numbers else "left",
            no_wrap=header in words or header in numbers,
            overflow="fold",
        )
    return table


def show(*parts: object) -> None:
    """Print texts and tables; a text is never broken into lines.

    Args:
        parts: strings, which are no markup, and what rich can print.
    """
    from rich.text import Text

    shown = console()
    for part in parts:
        if isinstance(part, str):
            part = Text(part)  # noqa: PLW2901 - a string is no markup
        shown.print(part, soft_wrap=isinstance(part, Text))


def console() -> Console:
    """Return the console of standard output: of a fixed width where there is no terminal.

    Returns:
        The console.
    """
    from rich.console import Console

    class Honest(Console):
        """A console that tells of a reader that has gone, instead of ending the program."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Honest(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False)
