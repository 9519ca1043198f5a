"""Owns the words of a command line: how the C runtime of a Windows program splits its own, and joins them.

Must not know cmd.exe: what it does to a line happens before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["join_arguments", "split_arguments"]

_BLANKS = " \t"


def split_arguments(text: str) -> list[str]:
    r"""Split what follows a program's name into its arguments.

    Args:
        text: the text after the program's name.

    Returns:
        The arguments: blanks (space and tab) part them, quotes hold blanks, ``\"`` is a quote, backslashes
        mean something before a quote only, and ``""`` within quotes is one quote.

    Source: the vendor's page on parsing of C command-line arguments.
    """
    return list(_arguments(text))


def _arguments(text: str) -> Iterator[str]:
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in _BLANKS:
            at += 1
        if at == end:
            return
        argument, at = _one(text, at)
        yield argument


def _one(text: str, at: int) -> tuple[str, int]:
    found: list[str] = []
    quoted = False
    while at < len(text) and (quoted or text[at] not in _BLANKS):
        symbol = text[at]
        if symbol == "\\":
            slashes = len(text[at:]) - len(text[at:].lstrip("\\"))
            at += slashes
            if text[at : at + 1] != '"':
                found.append("\\" * slashes)
                continue
            found.append("\\" * (slashes // 2))
            if slashes % 2:
                found.append('"')
                at += 1
        elif symbol == '"':
            at += 1
            if quoted and text[at : at + 1] == '"':
                found.append('"')
                at += 1
            else:
                quoted = not quoted
        else:
            found.append(symbol)
            at += 1
    return "".join(found), at


def join_arguments(words: Iterable[str]) -> str:
    """Join arguments into a text that a program splits into the same arguments.

    Args:
        words: the arguments.

    Returns:
        The text; an argument with blanks, or an empty one, stands in quotes.
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    found: list[str] = []
    slashes = 0
    for symbol in word:
        if symbol == "\\":
            slashes += 1
            continue
        found.append("\\" * (2 * slashes + 1 if symbol == '"' else slashes) + symbol)
        slashes = 0
    if word and not set(word) & set(_BLANKS):
        return "".join(found) + "\\" * slashes
    return '"' + "".join(found) + "\\" * (2 * slashes) + '"'
