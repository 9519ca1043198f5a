"""Owns the grammar of event queries: the part of XPath 1.0 that Windows takes, as a syntax tree.

Must not know records: `match` judges them by the tree.

A parser of our own, because a full XPath library would take what Windows refuses. What Windows takes is
documented (the vendor's "XPath 1.0 limitations", and MS-EVEN6, 2.2.15): the axes child and attribute; names,
``*`` and ``text()``; ``or``, ``and``, parentheses and six comparisons, with a path or a function on their
left and a constant on their right; the functions ``position``, ``band`` and ``timediff``. So ``not()``,
``contains()``, ``//``, ``..``, ``|`` and arithmetic are refused. Every query selects events: each of its
paths begins with ``*`` or ``Event``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from avma_sim.windows.eventlog.errors import INVALID_QUERY, QueryError
from avma_sim.windows.eventlog.tree import (
    All,
    Any,
    Band,
    Compared,
    Expression,
    Literal,
    Path,
    Position,
    Step,
    TimeDiff,
    number_of,
)

__all__ = ["DEPTH_MAX", "LENGTH_MAX", "TERMS_MAX", "parse_xpath"]

LENGTH_MAX: Final = 32_767  # a command line holds no more
DEPTH_MAX: Final = 24
TERMS_MAX: Final = 20  # documented for a query that stands alone

_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<string>"[^"]*"|'[^']*')
      | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<name>[^\W\d][\w.\-]*)
      | (?P<mark>::|!=|<=|>=|[=<>()\[\]@,*/])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_COMPARISONS: Final = frozenset(("=", "!=", "<", "<=", ">", ">="))
_AXES: Final = ("child", "attribute")
# Elements that hold others: a position is for leaves.
_BRANCHES: Final = frozenset(("Event", "System", "EventData", "UserData", "RenderingInfo"))


def parse_xpath(text: str, terms_max: int = TERMS_MAX) -> Expression:
    """Read a query.

    Args:
        text: the query.
        terms_max: how many comparisons it may have.

    Returns:
        Its syntax tree.

    Raises:
        QueryError: Windows would refuse the query, or it is beyond our bounds.
    """
    if len(text) > LENGTH_MAX:
        raise QueryError(INVALID_QUERY, 15026)
    reader = _Reader(text, terms_max)
    found = reader.expression(top=True)
    if reader.kind != "end":
        raise reader.wrong()
    return found


class _Reader:
    """Reads a query token by token; the token at hand has a kind, a value and an end."""

    def __init__(self, text: str, terms_max: int) -> None:
        self.text, self.terms_max = text, terms_max
        self.end = self.depth = self.terms = 0
        self.kind = self.value = ""
        self.step_on()

    def step_on(self) -> None:
        """Go to the next token."""
        found = _TOKEN.match(self.text, self.end)
        if found is None:
            start = len(self.text) - len(self.text[self.end :].lstrip(" \t\r\n"))
            raise QueryError(INVALID_QUERY, 15019, start + 1)
        self.kind = found.lastgroup or "end"
        self.value, self.end = found[self.kind], found.end()

    def wrong(self) -> QueryError:
        """Return the error of a token that cannot stand here; its position counts what was read."""
        return QueryError(INVALID_QUERY, 15019, self.end)

    def takes(self, value: str) -> bool:
        """Go on if the token at hand is that mark or word."""
        if self.kind not in ("mark", "name") or self.value != value:
            return False
        self.step_on()
        return True

    def must(self, value: str) -> None:
        """Go on, or refuse."""
        if not self.takes(value):
            raise self.wrong()

    def expression(self, *, top: bool) -> Expression:
        """Read what ``or`` joins."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise QueryError(INVALID_QUERY, 15026)
        found = self.joined("or", lambda: self.joined("and", lambda: self.term(top=top), All), Any)
        self.depth -= 1
        return found

    def joined(
        self, word: str, part: Callable[[], Expression], made: Callable[[tuple[Expression, ...]], Expression]
    ) -> Expression:
        """Read one part, or more that a word joins."""
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else made(tuple(parts))

    def term(self, *, top: bool) -> Expression:
        """Read a parenthesis, a comparison, or what is true or false by itself."""
        if self.takes("("):
            found = self.expression(top=top)
            self.must(")")
            return found
        if self.kind in ("string", "number"):
            raise self.constant_alone(top=top)
        left = self.operand(top=top)
        if self.kind == "mark" and self.value in _COMPARISONS:
            return self.compared(left)
        if isinstance(left, Path | Band):
            return left
        raise QueryError(INVALID_QUERY, 15017)

    def constant_alone(self, *, top: bool) -> QueryError:
        """Return the error of a constant where a path or a function should stand."""
        self.step_on()
        if self.kind == "mark" and self.value in _COMPARISONS:
            return QueryError(INVALID_QUERY, 15016)
        return QueryError(INVALID_QUERY, 15017) if not top else self.wrong()

    def compared(self, left: Path | Band | Position | TimeDiff) -> Compared:
        """Read a comparison's sign and constant; only so many comparisons are taken."""
        self.terms += 1
        if self.terms > self.terms_max:
            raise QueryError(INVALID_QUERY, 15026)
        sign = self.value
        self.step_on()
        if self.kind not in ("string", "number"):
            raise QueryError(INVALID_QUERY, 15016) if self.kind == "name" else self.wrong()
        if isinstance(left, Band):
            raise QueryError(INVALID_QUERY, 15016)
        return Compared(left, sign, self.literal())

    def literal(self) -> Literal:
        """Read a constant."""
        kind, text = self.kind, self.value
        self.step_on()
        if kind == "string":
            return Literal(text[1:-1])
        return Literal(text, number_of(text))

    def operand(self, *, top: bool) -> Path | Band | Position | TimeDiff:
        """Read a path or a call of a function."""
        if self.kind == "name" and self.text[self.end :].lstrip(" \t\r\n").startswith("("):
            return self.call(top=top)
        return self.path(top=top)

    def call(self, *, top: bool) -> Path | Band | Position | TimeDiff:
        """Read a call of one of the three functions, or the node test ``text()``."""
        name = self.value
        if name == "text":
            return self.path(top=top)
        if name not in ("position", "band", "timediff") or (name == "position" and top):
            raise QueryError(INVALID_QUERY, 15020)
        self.step_on()
        self.must("(")
        found: Band | Position | TimeDiff = Position()
        if name == "band":
            found = self.band(top=top)
        elif name == "timediff":
            found = self.timediff(top=top)
        self.must(")")
        return found

    def band(self, *, top: bool) -> Band:
        """Read the arguments of ``band``: a path and a whole number."""
        path = self.path(top=top)
        self.must(",")
        if self.kind not in ("string", "number"):
            raise self.wrong()
        bits = number_of(self.literal().text)
        if not isinstance(bits, int):
            raise QueryError(INVALID_QUERY, 15018)
        return Band(path, bits)

    def timediff(self, *, top: bool) -> TimeDiff:
        """Read the arguments of ``timediff``: a path, or a path and a constant in either order."""
        first = self.argument(top=top)
        second = self.argument(top=top) if self.takes(",") else None
        if isinstance(first, Path) == isinstance(second, Path):
            raise QueryError(INVALID_QUERY, 15016)
        return TimeDiff(first, second)

    def argument(self, *, top: bool) -> Path | Literal:
        """Read a path or a constant."""
        return self.literal() if self.kind in ("string", "number") else self.path(top=top)

    def path(self, *, top: bool) -> Path:
        """Read a location path; at the top one that begins with the event."""
        steps = [self.step()]
        if top and (steps[0].attribute or steps[0].test not in ("*", "Event")):
            raise QueryError(INVALID_QUERY, 15015)
        if top and _has_position(steps[0]):
            raise QueryError(INVALID_QUERY, 15020)
        while self.takes("/"):
            if steps[-1].attribute or steps[-1].test == "text()":
                raise QueryError(INVALID_QUERY, 15015)
            steps.append(self.step())
        return Path(tuple(steps))

    def step(self) -> Step:
        """Read an axis, a node test, and predicates."""
        attribute = self.takes("@") or self.axis()
        test = self.value
        if test != "*" and self.kind != "name":
            raise self.wrong()
        self.step_on()
        if test == "text" and self.takes("("):
            self.must(")")
            test = "text()"
        predicates: list[Expression] = []
        while self.takes("["):
            predicates.append(self.predicate())
            self.must("]")
        found = Step(test, attribute, tuple(predicates))
        if test in _BRANCHES and _has_position(found):
            raise QueryError(INVALID_QUERY, 15020)
        return found

    def axis(self) -> bool:
        """Read an axis that is spelt out; say whether it is that of attributes."""
        if self.kind != "name" or not self.text.startswith("::", self.end):
            return False
        name = self.value
        if name not in _AXES:
            raise QueryError(INVALID_QUERY, 15020)
        self.step_on()
        self.step_on()
        return name == "attribute"

    def predicate(self) -> Expression:
        """Read what stands in brackets; a whole number alone is a position."""
        if self.kind == "number" and self.text[self.end :].lstrip(" \t\r\n").startswith("]"):
            return Compared(Position(), "=", self.literal())
        return self.expression(top=False)


def _has_position(step: Step) -> bool:
    """Say whether a step is chosen by position."""
    waiting = list(step.predicates)
    while waiting:
        part = waiting.pop()
        if isinstance(part, Compared) and isinstance(part.left, Position):
            return True
        if isinstance(part, All | Any):
            waiting.extend(part.parts)
    return False
