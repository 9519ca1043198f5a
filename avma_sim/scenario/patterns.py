"""Owns which regular expressions a scenario file may hold: a stranger's must not keep a run busy for ever.

Must not match anything.
"""

from __future__ import annotations

import re

# What Python itself makes of an expression; there is no public way to it.
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

__all__ = ["pattern_problem"]

_LENGTH_MAX: Final = 500
_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
# A few times more often is no danger; without an end, one repeat within another is.
_TIMES_MAX: Final = 16


def pattern_problem(text: str) -> str:
    """Say why an expression is not taken.

    Args:
        text: the expression.

    Returns:
        The problem in words, which read on from the expression; empty for none.
    """
    if len(text) > _LENGTH_MAX:
        return f"is longer than {_LENGTH_MAX} signs"
    try:
        re.compile(text)
        tree = _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    if _runs_away(tree, within=False):
        return "repeats what repeats or has a choice: on some texts that takes for ever; repeat single signs"
    return ""


def _runs_away(tree: Any, *, within: bool) -> bool:
    """Say whether, within something that repeats, there is a repeat, a choice or a reference."""
    for name, value in tree:
        kind = str(name)
        if within and kind in (*_REPEATS, "BRANCH", "GROUPREF", "GROUPREF_EXISTS"):
            return True
        often = kind in _REPEATS and value[1] > _TIMES_MAX
        if any(_runs_away(part, within=within or often) for part in _parts(value)):
            return True
    return False


def _parts(value: Any) -> list[Any]:
    """Return the expressions within what an operator holds."""
    if isinstance(value, _parser.SubPattern):
        return [value]
    if isinstance(value, tuple | list):
        return [part for item in value for part in _parts(item)]
    return []
