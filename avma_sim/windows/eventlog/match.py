"""Owns whether a record is what a query asks for.

Must not read queries: it gets their syntax tree.

Values have types, as Windows' own: numbers, bits and instants are compared as such, whatever way the constant
is written in; strings as XPath 1.0 compares them, upper and lower case apart.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any as Anything
from typing import Final, NamedTuple

from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.times import time_us
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

__all__ = ["matches"]

_SIGNS: Final[dict[str, Callable[[Anything, Anything], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Guid(str):
    """A GUID: braces and case say nothing."""

    __slots__ = ()


class _Time(int):
    """An instant, microseconds since the Unix epoch."""

    __slots__ = ()


class _Node(NamedTuple):
    """An element or an attribute; only a leaf has a value."""

    name: str
    value: str | int | None = None
    attributes: tuple[_Node, ...] = ()
    children: tuple[_Node, ...] = ()


class _Context(NamedTuple):
    """Where an expression is judged."""

    node: _Node
    position: int
    now_us: int


def matches(record: Record, query: Expression, now_us: int) -> bool:
    """Say whether a query selects a record.

    Args:
        record: the record.
        query: the query's syntax tree.
        now_us: the clock, microseconds since the Unix epoch.

    Returns:
        Whether it does.
    """
    return _holds(query, _Context(_Node("", children=(_event(record),)), 1, now_us))


def _event(record: Record) -> _Node:
    provider = record.provider
    named = (
        _Node("Name", provider.name),
        _Node("Guid", _Guid(provider.guid)),
        _Node("EventSourceName", provider.event_source),
    )
    execution = (_Node("ProcessID", provider.process), _Node("ThreadID", provider.thread))
    system = (
        _Node("Provider", None, named),
        _Node("EventID", record.id, (_Node("Qualifiers", record.qualifiers),)),
        _Node("Version", record.version),
        _Node("Level", record.level),
        _Node("Task", record.task),
        _Node("Opcode", record.opcode),
        _Node("Keywords", provider.keywords),
        _Node("TimeCreated", None, (_Node("SystemTime", _Time(record.at_us)),)),
        _Node("EventRecordID", record.record_id),
        _Node("Correlation"),
        _Node("Execution", None, execution),
        _Node("Channel", record.channel),
        _Node("Computer", record.computer),
        _Node("Security"),
    )
    data = tuple(_Node("Data", string) for string in record.strings)
    return _Node("Event", children=(_Node("System", children=system), _Node("EventData", children=data)))


def _holds(expression: Expression, at: _Context) -> bool:
    match expression:
        case All(parts):
            return all(_holds(part, at) for part in parts)
        case Any(parts):
            return any(_holds(part, at) for part in parts)
        case Compared(left, sign, right):
            return any(_compared(value, sign, right) for value in _values(left, at))
        case Band(path, bits):
            return any(isinstance(value, int) and value & bits for value in _values(path, at))
        case Path():
            return next(iter(_nodes(expression, at)), None) is not None


def _values(left: Path | Position | TimeDiff, at: _Context) -> Iterator[str | int]:
    match left:
        case Position():
            yield at.position
        case TimeDiff(first, second):
            for begin in _instants(first, at):
                for end in _instants(second, at):
                    # Whole milliseconds, cut off towards zero.
                    yield int(abs(end - begin) // 1000 * (1 if end >= begin else -1))
        case Path():
            for node in _nodes(left, at):
                if node.value is not None:
                    yield node.value


def _instants(argument: Path | Literal | None, at: _Context) -> Iterator[int]:
    if argument is None:
        yield at.now_us
    elif isinstance(argument, Literal):
        found = time_us(argument.text)
        if found is not None:
            yield found
    else:
        yield from (value for value in _values(argument, at) if isinstance(value, _Time))


def _nodes(path: Path, at: _Context) -> Iterable[_Node]:
    found = [at.node]
    for step in path.steps:
        found = [chosen for node in found for chosen in _chosen(step, node, at.now_us)]
    return found


def _chosen(step: Step, node: _Node, now_us: int) -> list[_Node]:
    if step.test == "text()":
        found = [] if node.value is None else [_Node("text()", node.value)]
    else:
        among = node.attributes if step.attribute else node.children
        found = [each for each in among if step.test in ("*", each.name)]
    for predicate in step.predicates:
        found = [
            each for number, each in enumerate(found, 1) if _holds(predicate, _Context(each, number, now_us))
        ]
    return found


def _compared(value: str | int, sign: str, constant: Literal) -> bool:
    left, right = _same_kind(value, sign, constant)
    if left is None or right is None:  # what cannot be compared is unequal
        return sign == "!="
    return _SIGNS[sign](left, right)


def _same_kind(value: str | int, sign: str, constant: Literal) -> tuple[Anything, Anything]:
    if isinstance(value, _Time):
        return value, time_us(constant.text)
    if isinstance(value, int):
        return value, number_of(constant.text)
    if isinstance(value, _Guid):
        return value.strip("{}").lower(), constant.text.strip("{}").lower()
    if constant.number is None and sign in ("=", "!="):
        return value, constant.text
    return number_of(value), number_of(constant.text)
