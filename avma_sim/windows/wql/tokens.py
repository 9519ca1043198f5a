"""Owns the words of a query: a text cut into tokens, each with its place.

Must not know in which order they may stand.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, cast

import attrs

from avma_sim.windows.wql.refusal import Wbem, WqlError, shown

__all__ = ["TEXT_MAX", "Kind", "Token", "cut", "number", "quoted", "unquoted"]

TEXT_MAX = 65_536  # characters of a query; ours
_DIGITS_MAX = 20  # of an unsigned 64-bit integer
_LOWEST, _HIGHEST = -(2**63), 2**64 - 1

Kind: TypeAlias = Literal["word", "number", "string", "path", "sign", "end"]

# Possessive throughout: each character is looked at a bounded number of times.
_STRING = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
_TOKEN = re.compile(
    rf"""
    (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<number>[+-]?(?:0[xX][0-9A-Fa-f]++|[0-9]++)(?![A-Za-z0-9_.]))
    | (?P<string>{_STRING})
    | (?P<path>\{{(?:{_STRING}|[^}}"'])*+\}})
    | (?P<sign><>|!=|<=|>=|[=<>(),*.])
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"[ \t\r\n]*+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NUMBER = re.compile(r"([+-]?)(?:0[xX]0*([0-9A-Fa-f]+)|0*([0-9]+))", re.ASCII)


@attrs.frozen
class Token:
    """One word of a query.

    Args:
        kind: what it is.
        text: as it was written.
        at: its offset.
    """

    kind: Kind
    text: str
    at: int

    @property
    def keyword(self) -> str:
        """The word as keywords are compared; empty for what is no word."""
        return self.text.upper() if self.kind == "word" else ""


def cut(text: str) -> list[Token]:
    """Return the tokens of a text, and one that says where it ends.

    Args:
        text: the query.

    Returns:
        The tokens, in order.

    Raises:
        WqlError: something in the text is no token, or the text is too long.
    """
    if len(text) > TEXT_MAX:
        raise WqlError(Wbem.QUOTA_VIOLATION, f"the query is longer than {TEXT_MAX:,} characters")
    found: list[Token] = []
    at = _skip(text, 0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise WqlError(Wbem.INVALID_QUERY, _no_token(text, at), text=text, at=at)
        found.append(Token(cast(Kind, match.lastgroup), match[0], at))
        at = _skip(text, match.end())
    found.append(Token("end", "", len(text)))
    return found


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None
    return space.end()


def _no_token(text: str, at: int) -> str:
    first = text[at]
    if first in "\"'":
        return "a string is not closed"
    if first == "{":
        return "an object path is not closed; it ends with '}'"
    if first in "+-" or first.isdecimal():
        return "this is no integer"
    return f"{shown(first)} has no meaning in a query"


def number(text: str) -> int | None:
    """Return the integer that a text spells, decimal or hexadecimal.

    Args:
        text: any text.

    Returns:
        The integer; None where the text is no integer or one of more than 64 bits.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match[2] or match[3]
    if len(digits) > _DIGITS_MAX:  # before `int`, which is slow and has a limit of its own
        return None
    value = int(digits, 16 if match[2] else 10) * (-1 if match[1] == "-" else 1)
    return value if _LOWEST <= value <= _HIGHEST else None


def quoted(text: str) -> str:
    """Return a text as a string constant.

    Args:
        text: the text.

    Returns:
        It in double quotes, with backslashes and double quotes escaped.
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(text: str) -> str | None:
    r"""Return the text of a string constant.

    Args:
        text: a string token.

    Returns:
        The text; None where a backslash stands before anything but a quote or a backslash.
    """
    inner = text[1:-1]
    if any(escape[1] not in "\\\"'" for escape in _ESCAPE.finditer(inner)):
        return None
    return _ESCAPE.sub(r"\1", inner)
