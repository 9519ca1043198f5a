"""Owns reading slmgr's command line: another machine, a user, an option and what follows it.

Must not know what an option does, nor whether it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

__all__ = ["Line", "read_words"]

_OPENS: Final = ("/", "-")
_MACHINE_WORDS_MAX: Final = 3


@attrs.frozen
class Line:
    """A command line as slmgr takes it apart.

    Args:
        option: the option's word as typed; None where no option can be told.
        arguments: what follows it.
        computer: the machine that is named; None for none.
        user: the user that is named; empty for none.
    """

    option: str | None
    arguments: tuple[str, ...] = ()
    computer: str | None = None
    user: str = ""

    @property
    def name(self) -> str:
        """The option's name, without its sign and in lower case."""
        return "" if self.option is None else self.option[1:].lower()


def read_words(words: Sequence[str]) -> Line:
    """Read the words of a command line.

    Args:
        words: the words after the script's name.

    Returns:
        The line. Without an option among the first four words, or with exactly two words before it (a user
        without a password), no option can be told, and nothing is asked of another machine either.
    """
    at = next((n for n, word in enumerate(words[: _MACHINE_WORDS_MAX + 1]) if word.startswith(_OPENS)), None)
    if at is None or at == 2:
        return Line(None)
    before = words[:at]
    computer = before[0] if before else None
    # A single dot is how Windows names the machine that a program runs on.
    return Line(
        words[at],
        tuple(words[at + 1 :]),
        None if computer == "." else computer,
        before[1] if at == _MACHINE_WORDS_MAX else "",
    )
