"""Owns the syntax tree of event queries.

Must not know how a query is written, nor how it is judged.
"""

from __future__ import annotations

import re

import attrs

__all__ = [
    "All",
    "Any",
    "Band",
    "Compared",
    "Expression",
    "Literal",
    "Path",
    "Position",
    "Step",
    "TimeDiff",
    "number_of",
]


@attrs.frozen
class Literal:
    """A constant.

    Args:
        text: as it was written, a string's quotes off.
        number: its value, if it was written as a number.
    """

    text: str
    number: int | float | None = None


@attrs.frozen
class Step:
    """One step of a path.

    Args:
        test: a name, ``*`` or ``text()``.
        attribute: whether attributes are meant, not child elements.
        predicates: what must hold of what it leads to.
    """

    test: str
    attribute: bool = False
    predicates: tuple[Expression, ...] = ()


@attrs.frozen
class Path:
    """A location path.

    Args:
        steps: its steps, at least one.
    """

    steps: tuple[Step, ...]


@attrs.frozen
class Position:
    """The function ``position()``."""


@attrs.frozen
class TimeDiff:
    """The function ``timediff``: milliseconds from the first instant to the second.

    Args:
        first: a path or a constant.
        second: a path or a constant; None for now.
    """

    first: Path | Literal
    second: Path | Literal | None = None


@attrs.frozen
class Band:
    """The function ``band``: whether a value has one of some bits.

    Args:
        path: where the value stands.
        bits: the bits.
    """

    path: Path
    bits: int


@attrs.frozen
class Compared:
    """A comparison.

    Args:
        left: what is compared.
        sign: such as ``<=``.
        right: the constant.
    """

    left: Path | Position | TimeDiff
    sign: str
    right: Literal


@attrs.frozen
class All:
    """Parts that must all hold.

    Args:
        parts: at least two.
    """

    parts: tuple[Expression, ...]


@attrs.frozen
class Any:
    """Parts of which one must hold.

    Args:
        parts: at least two.
    """

    parts: tuple[Expression, ...]


Expression = Path | Compared | Band | All | Any


def number_of(text: str) -> int | float | None:
    """Read a number: decimal, with a point, or hexadecimal.

    Args:
        text: the number.

    Returns:
        Its value; None if it is no number, or longer than any value of a record.
    """
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,32}", text):
        return int(text, 16)
    if re.fullmatch(r"\d{1,32}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"\d{0,32}\.?\d{0,32}", text, re.ASCII) and text.strip("."):
        return float(text)
    return None
