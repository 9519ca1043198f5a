"""Owns the grammar of WQL: from a text to a query.

Must not know rows, nor which classes and properties exist.

Recursive descent of our own: of what a parser library does, the loop over tokens is the small part. Which
word was meant, which WBEM code fits a place, how deep a query may go, and that most keywords are names
elsewhere, would be written here beside the library's grammar as well. No token is looked at twice.
"""

from __future__ import annotations

from avma_sim.windows.wql.associations import association
from avma_sim.windows.wql.cursor import Cursor
from avma_sim.windows.wql.like import pattern_of
from avma_sim.windows.wql.query import And, Compare, Constant, Like, Not, Operator, Or, Query, Select, Test
from avma_sim.windows.wql.refusal import Wbem
from avma_sim.windows.wql.tokens import Token, number, unquoted

__all__ = ["NESTED_MAX", "read_query"]

NESTED_MAX = 64  # parentheses and NOTs inside each other; ours, WMI's own quota is not published

_STATEMENTS = ("SELECT", "ASSOCIATORS", "REFERENCES")
_EVENTS = ("WITHIN", "GROUP", "HAVING")
_OPERATORS: dict[str, Operator] = {
    "=": "=",
    "<>": "<>",
    "!=": "<>",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}
_TURNED: dict[Operator, Operator] = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_CONSTANTS: dict[str, Constant] = {"NULL": None, "TRUE": True, "FALSE": False}
_RESERVED = frozenset({"SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "LIKE", "IS", "ISA", *_CONSTANTS})


def read_query(text: str) -> Query:
    """Return the query that a text spells.

    Args:
        text: the query; lines end as they like, keywords have any case.

    Returns:
        The query.

    Raises:
        WqlError: the text is no query, its object path is none, or WMI has it and this lab does not.

    Source: Windows SDK documentation, WQL (SQL for WMI).
    """
    cursor = Cursor(text)
    word = cursor.peek.keyword
    if word == "SELECT":
        query: Query = _select(cursor)
    elif word in _STATEMENTS:
        query = association(cursor)
    else:
        raise cursor.refuse("a query begins with SELECT, ASSOCIATORS OF or REFERENCES OF", known=_STATEMENTS)
    if cursor.peek.keyword in _EVENTS:
        raise cursor.refuse(f"{cursor.peek.keyword} belongs to queries for events", Wbem.NOT_SUPPORTED)
    cursor.end(known=("AND", "OR") if isinstance(query, Select) and query.where else ("WHERE",))
    return query


def _select(cursor: Cursor) -> Select:
    cursor.take()
    columns: list[str] = []
    if not cursor.sign("*"):
        columns.append(_name(cursor, "a property"))
        while cursor.sign(","):
            columns.append(_name(cursor, "a property"))
    cursor.keyword("FROM")
    if cursor.peek.keyword == "META_CLASS":
        raise cursor.refuse("queries for classes are not served", Wbem.NOT_SUPPORTED)
    source = _name(cursor, "a class")
    where = None
    if cursor.peek.keyword == "WHERE":
        cursor.take()
        where = _either(cursor, 0)
    unique: dict[str, str] = {}
    for name in columns:
        unique.setdefault(name.upper(), name)
    return Select(tuple(unique.values()), source, where)


def _name(cursor: Cursor, what: str) -> str:
    token = cursor.peek
    if token.kind != "word" or token.keyword in _RESERVED:
        raise cursor.refuse(f"{what} is named here")
    cursor.take()
    if cursor.peek.text == ".":
        raise cursor.refuse("properties of embedded objects are not served", Wbem.NOT_SUPPORTED)
    return token.text


def _either(cursor: Cursor, depth: int) -> Test:
    tests = [_both(cursor, depth)]
    while cursor.peek.keyword == "OR":
        cursor.take()
        tests.append(_both(cursor, depth))
    return tests[0] if len(tests) == 1 else Or(tuple(tests))


def _both(cursor: Cursor, depth: int) -> Test:
    tests = [_one(cursor, depth)]
    while cursor.peek.keyword == "AND":
        cursor.take()
        tests.append(_one(cursor, depth))
    return tests[0] if len(tests) == 1 else And(tuple(tests))


def _one(cursor: Cursor, depth: int) -> Test:
    if depth > NESTED_MAX:
        raise cursor.refuse(
            f"more than {NESTED_MAX} parentheses and NOTs in each other", Wbem.QUOTA_VIOLATION
        )
    if cursor.peek.keyword == "NOT":
        cursor.take()
        return Not(_one(cursor, depth + 1))
    if cursor.sign("("):
        inner = _either(cursor, depth + 1)
        if not cursor.sign(")"):
            raise cursor.refuse("a parenthesis is not closed", known=("AND", "OR"))
        return inner
    if cursor.peek.kind in {"string", "number"} or cursor.peek.keyword in _CONSTANTS:
        place = cursor.peek
        value = _constant(cursor)
        operator = _TURNED[_operator(cursor)]
        return _compare(cursor, _name(cursor, "a property"), operator, value, place)
    return _of_property(cursor, _name(cursor, "a property, NOT or a constant"))


def _of_property(cursor: Cursor, column: str) -> Test:
    word = cursor.peek.keyword
    if word == "IS":
        return _is(cursor, column)
    if word == "LIKE":
        cursor.take()
        place = cursor.peek
        pattern = _constant(cursor)
        if not isinstance(pattern, str):
            raise cursor.refuse("the pattern of LIKE is a string", at=place)
        if pattern_of(pattern) is None:
            raise cursor.refuse("a bracket in the pattern is not closed, or holds nothing", at=place)
        return Like(column, pattern)
    if word == "ISA":
        raise cursor.refuse("ISA is not served: it asks for classes", Wbem.NOT_SUPPORTED)
    if word == "NOT":
        raise cursor.refuse("NOT stands before the property: NOT Name LIKE '...'")
    operator = _operator(cursor)
    place = cursor.peek
    return _compare(cursor, column, operator, _constant(cursor), place)


def _is(cursor: Cursor, column: str) -> Test:
    cursor.take()
    operator: Operator = "="
    if cursor.peek.keyword == "NOT":
        cursor.take()
        operator = "<>"
    cursor.keyword("NULL")
    return Compare(column, operator, None)


def _operator(cursor: Cursor) -> Operator:
    operator = _OPERATORS.get(cursor.peek.text)
    if operator is None:
        raise cursor.refuse(
            "a comparison stands here: = <> < > <= >=, LIKE or IS", known=("LIKE", "IS", "ISA")
        )
    cursor.take()
    return operator


def _compare(cursor: Cursor, column: str, operator: Operator, value: Constant, place: Token) -> Compare:
    if value is None and operator not in {"=", "<>"}:
        raise cursor.refuse("null is neither less nor more than anything; write IS NULL", at=place)
    return Compare(column, operator, value)


def _constant(cursor: Cursor) -> Constant:
    token = cursor.peek
    if token.keyword in _CONSTANTS:
        cursor.take()
        return _CONSTANTS[token.keyword]
    if token.kind == "number":
        value = number(token.text)
        if value is None:
            raise cursor.refuse("an integer has at most 64 bits")
        cursor.take()
        return value
    if token.kind == "string":
        text = unquoted(token.text)
        if text is None:
            raise cursor.refuse(r"a backslash in a string is written twice: \\")
        cursor.take()
        return text
    raise cursor.refuse(
        "a constant stands here: a string in quotes, an integer, TRUE, FALSE or NULL", known=_CONSTANTS
    )
