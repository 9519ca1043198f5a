"""Owns reading located nodes into plain values, gathering every problem on the way.

Must not know scenarios: it knows texts, numbers, times and mappings of named fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from avma_sim.errors import InputError, Problem, UnknownName, nearest
from avma_sim.model.duration import instant_us, span_us
from avma_sim.scenario.located import Mapping as MappingNode
from avma_sim.scenario.located import Node, Scalar, Sequence, Where
from avma_sim.scenario.shape import HEX, INSTANT, NUMBER, SPAN, TEXT, TRUTH, shaped, words_of

__all__ = ["Field", "Reader", "one_of"]

_KEY_SHOWN_MAX: Final = 40


class Reader:
    """Reads nodes of one file; what is wrong is noted, and reading goes on.

    Args:
        names: names of what the file ever makes, by kind (``host``, ``guest``, ``fault``).

    Attributes:
        problems: everything wrong so far.
    """

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self.names = names
        self.problems: list[Problem] = []

    def wrong(self, where: Where, path: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(where.file, where.line, where.col, path, message))

    @shaped(TEXT)
    def text(self, node: Node, path: str) -> str | None:
        """Read a text that is not empty."""
        if not isinstance(node, Scalar):
            self.wrong(node.where, path, f"expected one value, not {_kind(node)}")
        elif not node.text and node.plain:
            self.wrong(node.where, path, "a value is missing here")
        else:
            return node.text
        return None

    @shaped(TRUTH)
    def truth(self, node: Node, path: str) -> bool | None:
        """Read `true` or `false`, unquoted."""
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        self.wrong(node.where, path, f"expected true or false, not {_shown(node)}")
        return None

    @shaped(NUMBER)
    def number(self, node: Node, path: str) -> int | None:
        """Read a whole number of at most 18 digits, unquoted."""
        if (
            isinstance(node, Scalar)
            and node.plain
            and node.text.isascii()
            and node.text.isdigit()
            and len(node.text) <= 18
        ):
            return int(node.text)
        self.wrong(node.where, path, f"expected a whole number, not {_shown(node)}")
        return None

    @shaped(SPAN)
    def span(self, node: Node, path: str) -> int | None:
        """Read a span of time into microseconds."""
        value: int | None = self.convert(span_us, node, path)
        return value

    @shaped(INSTANT)
    def instant(self, node: Node, path: str) -> int | None:
        """Read an instant into microseconds since the Unix epoch."""
        value: int | None = self.convert(instant_us, node, path)
        return value

    @shaped(HEX)
    def hexbytes(self, node: Node, path: str) -> bytes | None:
        """Read bytes in hex."""
        text = self.text(node, path)
        if text is None:
            return None
        try:
            return bytes.fromhex(text)
        except ValueError:
            self.wrong(node.where, path, f"expected bytes in hex, not {_shown(node)}")
            return None

    def convert(self, change: Callable[[str], Any], node: Node, path: str) -> Any:
        """Read a text and convert it; what the conversion refuses is noted."""
        text = self.text(node, path)
        if text is None:
            return None
        try:
            return change(text)
        except InputError as error:
            self.wrong(node.where, path, str(error))
            return None

    def word(self, node: Node, path: str, among: Iterable[str]) -> str | None:
        """Read one of a closed list of words."""
        text = self.text(node, path)
        if text is None:
            return None
        known = list(among)
        if text in known:
            return text
        self.wrong(node.where, path, f"{text!r} is none of {', '.join(known)}{_hint(text, known)}")
        return None

    def named(self, node: Node, path: str, *kinds: str) -> str | None:
        """Read the name of a thing of one of these kinds, which the file must make somewhere."""
        text = self.text(node, path)
        if text is None:
            return None
        known = [name for kind in kinds for name in self.names[kind]]
        if text not in known:
            self.wrong(node.where, path, str(UnknownName(" or ".join(kinds), text, known)))
        return text

    @shaped(TEXT)
    def host(self, node: Node, path: str) -> str | None:
        """Read the name of a host."""
        return self.named(node, path, "host")

    @shaped(TEXT)
    def guest(self, node: Node, path: str) -> str | None:
        """Read the name of a guest."""
        return self.named(node, path, "guest")

    @shaped(TEXT)
    def fault(self, node: Node, path: str) -> str | None:
        """Read the name of a fault."""
        return self.named(node, path, "fault")

    def items(self, node: Node, path: str) -> list[tuple[str, Node]]:
        """Read a list, with the path of each item."""
        if isinstance(node, Sequence):
            return [(f"{path}[{at}]", item) for at, item in enumerate(node.items)]
        self.wrong(node.where, path, f"expected a list, not {_kind(node)}")
        return []

    def entries(self, node: Node, path: str) -> list[tuple[Scalar, str, Node]]:
        """Read a mapping with free keys: key, path and value of each entry."""
        if isinstance(node, MappingNode):
            return [(key, _joined(path, key.text), value) for key, value in node.items]
        self.wrong(node.where, path, f"expected a mapping, not {_kind(node)}")
        return []

    def fields(self, node: Node, path: str, known: Mapping[str, Field]) -> dict[str, Any] | None:
        """Read a mapping of known fields; None where anything in it is wrong."""
        before = len(self.problems)
        values: dict[str, Any] = {}
        if not isinstance(node, MappingNode):
            self.wrong(node.where, path, f"expected a mapping, not {_kind(node)}")
            return None
        for key, value in node.items:
            field = known.get(key.text)
            if field is None:
                hint = _hint(key.text, list(known)) or f"; known: {', '.join(known)}"
                self.wrong(key.where, path, f"unknown field {key.text!r}{hint}")
            else:
                values[field.name or key.text] = field.read(self, value, _joined(path, key.text))
        for name, field in known.items():
            if field.required and node.get(name) is None:
                self.wrong(node.where, path, f"the field {name!r} is missing")
        return values if len(self.problems) == before else None


@attrs.frozen
class Field:
    """One field of a mapping.

    Args:
        read: reads its value: (reader, node, path) -> value, or None after noting a problem.
        required: whether it must be there.
        name: its name in what is read; the same if empty.
    """

    read: Callable[[Reader, Node, str], Any]
    required: bool = False
    name: str = ""


def one_of(words: Iterable[str]) -> Callable[[Reader, Node, str], str | None]:
    """Return a reading of one of these words."""
    known = tuple(words)
    return shaped(words_of(known))(lambda reader, node, path: reader.word(node, path, known))


def _joined(path: str, key: str) -> str:
    # A stranger's key must not steer a terminal, nor make two lines of one.
    shown = key if key.isprintable() and len(key) <= _KEY_SHOWN_MAX else repr(key[:_KEY_SHOWN_MAX])[1:-1]
    return f"{path}.{shown}" if path else shown


def _kind(node: Node) -> str:
    return {"Scalar": "one value", "Sequence": "a list", "Mapping": "a mapping"}[type(node).__name__]


def _shown(node: Node) -> str:
    if isinstance(node, Scalar):
        return repr(node.text) if len(node.text) <= 60 else repr(node.text[:57] + "...")
    return _kind(node)


def _hint(text: str, known: list[str]) -> str:
    meant = nearest(text, known)
    return "" if meant is None else f"; did you mean {meant!r}?"
