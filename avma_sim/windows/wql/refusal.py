"""Owns how a query is refused: the WBEM code, what is wrong, where, and what is nearest.

Must not know the grammar.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from avma_sim.errors import InputError, harmless, nearest

__all__ = ["Wbem", "WqlError", "shown"]

_SHOWN_MAX = 60  # characters of a stranger's text


class Wbem(enum.IntEnum):
    """The codes of WMI that a query can end with.

    Source: WMI error constants, Windows SDK documentation.
    """

    INVALID_QUERY = 0x80041017
    INVALID_CLASS = 0x80041010
    INVALID_OBJECT_PATH = 0x8004103A
    NOT_SUPPORTED = 0x8004100C
    QUOTA_VIOLATION = 0x8004106C

    @property
    def words(self) -> str:
        """The code's name in plain words."""
        return self.name.lower().replace("_", " ")


class WqlError(InputError):
    """A query cannot be answered.

    Args:
        code: what WMI would answer.
        wrong: what is wrong, and what to do.
        text: the query, or the part of it that `at` counts in; empty where no text is meant.
        at: offset of the place in the text.
        found: the word that stands there, or None.
        known: the words that could have stood there.
    """

    def __init__(
        self,
        code: Wbem,
        wrong: str,
        *,
        text: str = "",
        at: int = 0,
        found: str | None = None,
        known: Iterable[str] = (),
    ) -> None:
        self.code = code
        self.wrong = wrong
        self.nearest = nearest(found, known) if found and len(found) <= _SHOWN_MAX else None
        self.line = text.count("\n", 0, at) + 1 if text else 0
        self.col = at - (text.rfind("\n", 0, at) + 1) + 1 if text else 0
        where = f" at {self.line}:{self.col}" if text else ""
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        super().__init__(f"0x{code:08X} ({code.words}){where}: {harmless(wrong)}{hint}")


def shown(text: str) -> str:
    """Return a stranger's text as a message shows it: quoted, short, on one line.

    Args:
        text: the text.

    Returns:
        The text, quoted.
    """
    return repr(text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "...")
