"""Owns what a test says of a row: a WHERE clause made into one function.

Must not know text, nor how rows are chosen.

NOT is carried down to the comparisons, so a property that is null satisfies neither a comparison nor its
opposite; only a comparison with null itself tells null from the rest. The same goes for a value that cannot
be compared with the constant: a list, or a text that is no number beside a number.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from avma_sim.windows.wql.like import fold, pattern_of
from avma_sim.windows.wql.query import And, Compare, Like, Not, Operator, Or, Test, Value
from avma_sim.windows.wql.tokens import number

__all__ = ["Judge", "judge_of"]

Judge: TypeAlias = Callable[[Mapping[str, Value]], bool]
_Cell: TypeAlias = Callable[[Value], bool]

_HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_TRUTH = {"TRUE": 1, "FALSE": 0}
_CIM_TIME = re.compile(r"([0-9]{14})\.([0-9]{6})([+-][0-9]{3})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def judge_of(test: Test, column: Callable[[str], str], *, negated: bool = False) -> Judge:
    """Return the function that says whether a row satisfies a test.

    Args:
        test: the test.
        column: from a property as it was written to the row's own name of it.
        negated: whether the opposite is asked for.

    Returns:
        The function; everything that the constants decide is worked out before it is called.
    """
    if isinstance(test, Not):
        return judge_of(test.test, column, negated=not negated)
    if isinstance(test, Compare | Like):
        name, cell = (
            column(test.column),
            _like(test, negated) if isinstance(test, Like) else _compare(test, negated),
        )
        return lambda row: cell(row[name])
    judges = [judge_of(one, column, negated=negated) for one in test.tests]
    if isinstance(test, Or if negated else And):
        return lambda row: all(judge(row) for judge in judges)
    return lambda row: any(judge(row) for judge in judges)


def _like(test: Like, negated: bool) -> _Cell:
    pattern = pattern_of(test.pattern)
    assert pattern is not None  # a query that was read has no other
    return lambda value: isinstance(value, str) and (pattern.fullmatch(fold(value)) is None) is negated


def _compare(test: Compare, negated: bool) -> _Cell:
    sign = _OPPOSITE[test.operator] if negated else test.operator
    holds = _HOLDS[sign]
    wanted = test.value
    if wanted is None:
        return lambda value: (value is None) is (sign == "=")
    if isinstance(wanted, str):
        return _to_text(wanted, holds)
    return _to_number(int(wanted), holds, is_truth=isinstance(wanted, bool))


def _to_number(wanted: int, holds: Callable[[Any, Any], bool], *, is_truth: bool) -> _Cell:
    def cell(value: Value) -> bool:
        if isinstance(value, str):
            found = _TRUTH.get(fold(value)) if is_truth else None
            value = number(value) if found is None else found
        return isinstance(value, int) and holds(int(value), wanted)

    return cell


def _to_text(wanted: str, holds: Callable[[Any, Any], bool]) -> _Cell:
    folded, instant, as_number = fold(wanted), _instant(wanted), number(wanted)
    as_truth = _TRUTH.get(folded, as_number)

    def cell(value: Value) -> bool:
        if isinstance(value, str):
            found = _instant(value) if instant is not None else None
            return holds(fold(value), folded) if found is None else holds(found, instant)
        compared = as_truth if isinstance(value, bool) else as_number
        return isinstance(value, int) and compared is not None and holds(int(value), compared)

    return cell


def _instant(text: str) -> int | None:
    match = _CIM_TIME.fullmatch(text)
    if match is None:
        return None
    try:
        local = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (local - _EPOCH) // _MICROSECOND + int(match[2]) - int(match[3]) * 60_000_000
