"""Owns patterns of LIKE: what they mean, as one compiled expression that never runs away.

Must not know queries nor rows.
"""

from __future__ import annotations

import re

__all__ = ["fold", "pattern_of"]


def fold(text: str) -> str:
    """Return a text as Windows compares texts without case: character by character, in capitals.

    Args:
        text: the text.

    Returns:
        A text of the same length.
    """
    if text.isascii():
        return text.upper()
    return "".join(big if len(big := one.upper()) == 1 else one for one in text)


def pattern_of(pattern: str) -> re.Pattern[str] | None:
    """Return the expression that a folded text must match in full.

    Args:
        pattern: ``%`` any text, ``_`` any character, ``[abc]``, ``[a-f]``, ``[a=f]``, ``[^a]``.

    Returns:
        The expression; None where a bracket is not closed, or holds nothing.

    Source: Windows SDK documentation, LIKE operator (which writes ranges with ``=``).
    """
    parts: list[list[str]] = [[]]
    at, folded = 0, fold(pattern)
    while at < len(folded):
        one = folded[at]
        at += 1
        if one == "%":
            parts.append([])
        elif one == "_":
            parts[-1].append(".")
        elif one == "[":
            end = folded.find("]", at)
            if end <= at:
                return None
            parts[-1].append(_members(folded[at:end]))
            at = end + 1
        else:
            parts[-1].append(re.escape(one))
    first, *rest = ["".join(part) for part in parts]
    if not rest:
        return re.compile(first, re.DOTALL)
    # Each part in the middle is taken where it first fits and never tried again: that is enough, as all
    # parts have a fixed length, and keeps the work to length times length.
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _members(inner: str) -> str:
    turned = inner[0] == "^" and len(inner) > 1
    inner = inner[1:] if turned else inner
    found: list[str] = []
    at = 0
    while at < len(inner):
        if inner[at + 1 : at + 2] in {"-", "="} and at + 2 < len(inner):
            if inner[at] <= inner[at + 2]:  # else a range that holds nothing
                found.append(f"{re.escape(inner[at])}-{re.escape(inner[at + 2])}")
            at += 3
        else:
            found.append(re.escape(inner[at]))
            at += 1
    if not found:
        return "." if turned else r"(?!)"
    return f"[{'^' if turned else ''}{''.join(found)}]"
