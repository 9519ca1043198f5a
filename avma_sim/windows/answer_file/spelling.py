"""Owns finding the name that was meant, where a name in an answer file is not one that Setup knows.

Must not know where names stand.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

__all__ = ["hint", "like", "meant"]

_NEAR: Final = 0.8
# What people write for an architecture.
_ALIASES: Final = {"x64": "amd64", "x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "x86"}


def like(name: str, known: str) -> bool:
    """Tell whether a name is that one, or a slip of the pen away from it.

    Args:
        name: the name that was written.
        known: the name that Setup knows.

    Returns:
        Whether it is.
    """
    if len(name) > 2 * len(known):  # far away, and a stranger's name can be as long as the file
        return False
    name, known = name.lower(), known.lower()
    return name == known or difflib.SequenceMatcher(None, name, known).ratio() >= _NEAR


def meant(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was meant, letter case aside first.

    Args:
        name: the name that was written.
        known: the names that Setup knows.

    Returns:
        The name; None where none is near.
    """
    names = list(known)
    folded = {each.lower(): each for each in names}
    alias = _ALIASES.get(name.lower())
    if alias in names:
        return alias
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    return folded[near[0]] if near else None


def hint(name: str, known: Iterable[str]) -> str:
    """Say which known name was meant.

    Args:
        name: the name that was written.
        known: the names that Setup knows.

    Returns:
        What to do.
    """
    names = list(known)
    near = meant(name, names)
    return f"did you mean {near!r}?" if near else f"write one of {', '.join(names)}"
