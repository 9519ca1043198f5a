"""Owns how text that a stranger wrote is shown: spelt out, cut, without product keys, safe in each format.

Must not know whose text it is or where it stands.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["SHOWN_MAX", "csv_cell", "markdown_cell", "masked", "oddities", "on_one_line"]

SHOWN_MAX: Final = 120  # characters of one value in a table
_KEY: Final = re.compile(
    r"(?<![A-Z0-9])(?:[A-Z0-9]{5}-){4}(?=[A-Z0-9]{5}(?![A-Z0-9]))", re.IGNORECASE | re.ASCII
)
# A spreadsheet takes what begins with one of these for a formula; the last four are their full-width forms.
_FORMULA: Final = tuple(
    "=+-@\t\r\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    "\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
)
_MARKUP: Final = re.compile(r"[<>]|\]\]|&#|javascript:", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#!|~])")
# Control, format (as those that turn the direction of writing), lone surrogate, line and paragraph separator.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def masked(text: str) -> str:
    """Return a text with all but the last five symbols of each product key in it struck out.

    Args:
        text: any text.

    Returns:
        The text; what has the form of a key counts as one, published or not.

    Source: C20.
    """
    return _KEY.sub("*****-*****-*****-*****-", text)


def on_one_line(text: str, most: int = SHOWN_MAX) -> str:
    """Return a text on one line: what is not seen is spelt out, and a long one is cut.

    Args:
        text: any text.
        most: how many characters of it are shown at most.

    Returns:
        The text; one that is cut says how much is left out.
    """
    cut = text[:most]
    shown = "".join(_spelt(one) for one in cut) if not cut.isprintable() else cut
    return shown if len(text) <= most else f"{shown}... ({len(text) - most} more characters)"


def csv_cell(text: str) -> str:
    """Return a text as a cell of a table that a spreadsheet may open: never a formula.

    Args:
        text: any text.

    Returns:
        The text with a quote before what would be a formula; line feeds stay, other unseen characters are
        spelt out.
    """
    safe = "\n".join(on_one_line(line, len(line)) for line in text.split("\n"))
    return f"'{safe}" if text.lstrip(" \n").startswith(_FORMULA) else safe


def markdown_cell(text: str, most: int = SHOWN_MAX) -> str:
    """Return a text as a cell of a Markdown table: never markup.

    Args:
        text: any text.
        most: how many characters of it are shown at most.

    Returns:
        The text, escaped, on one line.
    """
    safe = _MARKDOWN.sub(r"\\\1", on_one_line(text, most))
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def oddities(text: str) -> list[str]:
    """Say what is odd about a text that a guest wrote.

    Args:
        text: a key or a value.

    Returns:
        Words; none for a plain text.
    """
    found = []
    if "\n" in text or "\r" in text:
        found.append("line breaks")
    if not text.isprintable() and any(
        unicodedata.category(one) in _UNSEEN and one not in "\r\n" for one in text
    ):
        found.append("unseen characters")
    if _MARKUP.search(text):
        found.append("markup")
    if text.startswith(_FORMULA):
        found.append("a formula")
    if _KEY.search(text):
        found.append("a product key")
    return found


def _spelt(one: str) -> str:
    if unicodedata.category(one) not in _UNSEEN:
        return one
    number = ord(one)
    return (
        f"\\x{number:02x}"
        if number < 0x100
        else f"\\u{number:04x}"
        if number < 0x10000
        else f"\\U{number:08x}"
    )
