r"""Owns how wmic parts the text of its command line: it reads that itself, and keeps quotes that others lose.

Must not know what the pieces mean.

``where Name="a b"`` reaches WMI with its quotes, since wmic never sees the C runtime's words. A piece that
stands in quotes as a whole loses them, and ``\"`` and ``""`` within them are one quote.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["bare", "listed", "pieces", "unquoted", "without_switches"]

# A protected quote, text in quotes (which may stay open), text in single quotes, or any one symbol.
_ATOM: Final = r"""(?:\\"|"(?:\\"|[^"])*+"?+|'[^']*+'|[^\s"])"""
_WORD: Final = re.compile(rf"{_ATOM}++")
_ONE: Final = re.compile(rf"{_ATOM}|\s++")
_SWITCH: Final = re.compile(r"""/([A-Za-z?]++)(?::\s*+("[^"]*+"?+|[^\s/",]*+))?+""")
_OPEN: Final = "({"
_CLOSE: Final = ")}"


def pieces(text: str) -> list[str]:
    """Part a text at blanks; what begins with a parenthesis goes on to the one that closes it.

    Args:
        text: the text.

    Returns:
        The pieces as they are written, quotes and all.
    """
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = _closed(text, at) if text[at] == "(" else 0
        if not end:
            word = _WORD.match(text, at)
            assert word is not None  # no blank stands here
            end = word.end()
        found.append(text[at:end])
        at = end
    return found


def _closed(text: str, at: int) -> int:
    """Return where a parenthesis is closed; 0 where it never is."""
    depth = 0
    for atom in _ONE.finditer(text, at):
        depth += (atom[0] in _OPEN) - (atom[0] in _CLOSE)
        if not depth:
            return atom.end()
    return 0


def unquoted(piece: str) -> str:
    """Return a piece as WMI gets it: without the quotes around it as a whole.

    Args:
        piece: the piece.

    Returns:
        Its text.
    """
    if len(piece) > 1 and piece[0] == piece[-1] == '"' and not piece.endswith('\\"'):
        piece = piece[1:-1].replace('""', '"')
    return piece.replace('\\"', '"')


def bare(piece: str) -> str:
    """Return a name or value without any quote around it.

    Args:
        piece: the piece.

    Returns:
        Its text.
    """
    text = unquoted(piece.strip())
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def listed(text: str) -> list[str]:
    """Part a text at its commas, but for those in quotes and parentheses.

    Args:
        text: the text.

    Returns:
        The parts without blanks around them; none for a text of blanks.
    """
    found, depth = [""], 0
    for atom in _ONE.finditer(text):
        depth += (atom[0] in _OPEN) - (atom[0] in _CLOSE)
        if atom[0] == "," and depth <= 0:
            found.append("")
        else:
            found[-1] += atom[0]
    return [part.strip() for part in found] if text.strip() else []


def without_switches(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Take the switches out of a text: they may stand against a word, as in ``get Name/value``.

    Args:
        text: the text.

    Returns:
        The rest, and the switches in order: names in lower case, each with its value without quotes.
    """
    rest: list[str] = []
    switches: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        switch = _SWITCH.match(text, at)
        if switch is not None:
            switches.append((switch[1].lower(), (switch[2] or "").strip('"')))
            at = switch.end()
            continue
        atom = _ONE.match(text, at)
        assert atom is not None  # it takes any symbol
        rest.append(atom[0])
        at = atom.end()
    return "".join(rest), switches
